"""What a check is given: the plugin, one of its methods, and where weights and scratch space are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from restora.plugins.declarations import MethodInfo, WeightFile
from restora.plugins.needs import needs_of
from restora.testing.bench import Bench, bench_for
from restora.testing.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One method of a plugin under test."""

    target: Target
    info: MethodInfo
    scratch: Path
    weights_folder: Path | None = None
    vectors_folder: Path | None = None

    def weights(self) -> Mapping[str, Path] | None:
        """Paths by id, as `load` gets them; None where a required file is not there."""
        found: dict[str, Path] = {}
        for weight in self.info.weights:
            path = None if self.weights_folder is None else _within(self.weights_folder, weight)
            if path is not None:
                found[weight.id] = path
        needs = needs_of(self.info.weights)
        return found if all(need.is_met(lambda file: file.id in found) for need in needs) else None

    @contextmanager
    def bench(self) -> Iterator[Bench]:
        """The method, loaded on the CPU; NotApplicableError where that is impossible here."""
        with bench_for(self.info, self.weights(), self.scratch) as bench:
            yield bench


def _within(folder: Path, weight: WeightFile) -> Path | None:
    """Where a declared file lies: in a folder of its id, or beside the others."""
    places = (folder / weight.id / weight.filename, folder / weight.filename)
    return next((place for place in places if place.is_file()), None)
