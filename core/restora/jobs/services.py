"""What a lane needs from the rest of the program, handed to it by the workbench."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from restora.data.recipe import Recipe
from restora.jobs.job import Job
from restora.plugins.declarations import JobRecord, MethodInfo
from restora.plugins.running import Method

if TYPE_CHECKING:
    import torch


Build: TypeAlias = "Callable[[], Mapping[str, torch.Tensor]]"


class Convert(Protocol):
    """Takes the plugin's name, then what `Context.converted` takes."""

    def __call__(
        self, plugin: str, recipe: str, version: str, sources: Sequence[Path], build: Build
    ) -> dict[str, torch.Tensor]:
        """See Context.converted."""
        ...


def built_each_time(
    plugin: str, recipe: str, version: str, sources: Sequence[Path], build: Build
) -> dict[str, torch.Tensor]:
    """For whoever keeps nothing."""
    del plugin, recipe, version, sources
    return dict(build())


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
    converted: Convert = built_each_time
    """Keeps weights in the form a method made of them."""
