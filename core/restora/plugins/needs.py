"""Which declared files of weights must be here, and which of them can stand for each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from restora.plugins.declarations import WeightFile


@dataclass(frozen=True, slots=True)
class Need:
    """Files of which one must be here."""

    files: tuple[WeightFile, ...]

    @property
    def first(self) -> WeightFile:
        """The one that its author named first."""
        return self.files[0]

    def is_met(self, is_here: Callable[[WeightFile], bool]) -> bool:
        """Whether one of the files is here."""
        return any(is_here(file) for file in self.files)


def needs_of(files: Iterable[WeightFile]) -> tuple[Need, ...]:
    """What a method cannot do without, in the order of its declaration."""
    groups: dict[tuple[str, str], list[WeightFile]] = {}
    for file in files:
        if file.choice is not None:
            groups.setdefault(("choice", file.choice), []).append(file)
        elif not file.optional:
            groups[("file", file.id)] = [file]
    return tuple(Need(tuple(group)) for group in groups.values())
