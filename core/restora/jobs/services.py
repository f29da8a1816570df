"""What a lane needs from the rest of the program, handed to it by the workbench."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from restora.data.recipe import Recipe
from restora.jobs.job import Job
from restora.plugins.declarations import JobRecord, MethodInfo
from restora.plugins.running import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneServices:
    """Called on the lane's thread."""

    weights_for: Callable[[MethodInfo, Callable[[], bool]], Mapping[str, Path]]
    """Paths of a method's weights by id; raises WeightsMissingError. Asks the second whether to give up, and
    then raises Cancelled: large files may have to be hashed first."""
    build: Callable[[MethodInfo], Method]
    """Imports the heavy part; raises MethodDefectError."""
    asked: Callable[[Job, Mapping[str, Path]], Recipe]
    """What a job asks for, as a recipe that says nothing of what came out; hashes all that goes in."""
    finished: Callable[[JobRecord], None]
    """Tells observers; must return at once."""
    scratch: Path
    """The folder below which each job gets a folder of its own."""
    resume: Path
    """The folder below which long work survives interruptions."""
    budget_share: Callable[[], float]
    """The share of the device that restora may use, as it stands now."""
