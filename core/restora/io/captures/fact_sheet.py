"""Collects what is known about a capture and from where, and refuses what contradicts itself."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, TypeVar

from restora.data.geometry import Rect
from restora.data.photon_cube import Fact, Origin
from restora.errors import FileProblemError

T = TypeVar("T")


class _Known(NamedTuple):
    value: object
    origin: Origin
    source: str


class FactSheet:
    """Facts by name, each with the place it was learnt from first; a second, different value is refused."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.warnings: list[str] = []
        self._known: dict[str, _Known] = {}

    def learn(self, name: str, value: object | None, origin: Origin, source: str) -> None:
        """Note a fact; None says nothing. Raises FileProblemError where another value is known already."""
        if value is None:
            return
        known = self._known.setdefault(name, _Known(value, origin, source))
        if known.value != value:
            raise FileProblemError(
                self.path,
                f"{name} is {_text(known.value)} {known.source}, but {_text(value)} {source}",
                advice="Correct what is wrong, or leave the statement out.",
            )

    def learn_from_file(self, name: str, value: object, source: str = "in the file") -> None:
        """Note what the file itself tells."""
        self.learn(name, value, Origin.FILE, source)

    def assume(self, name: str, value: T, reason: str) -> T:
        """Note a value that nobody stated; it is reported as assumed, with the reason."""
        self._known.setdefault(name, _Known(value, Origin.ASSUMED, f"({reason})"))
        return value

    def get(self, name: str, kind: type[T]) -> T | None:
        """What is known under `name`."""
        known = self._known.get(name)
        return known.value if known is not None and isinstance(known.value, kind) else None

    def origin(self, name: str) -> Origin | None:
        """Where it was learnt."""
        known = self._known.get(name)
        return None if known is None else known.origin

    def facts(self) -> tuple[Fact, ...]:
        """Everything, in the order in which it was learnt."""
        return tuple(
            Fact(name=name, value=_reported(known), origin=known.origin)
            for name, known in self._known.items()
        )

    def problem(self, text: str, *, state: str | None = None) -> FileProblemError:
        """The error that says what is wrong and, in `state`, what the user can state to mend it."""
        return FileProblemError(self.path, text, advice=None if state is None else f"State {state}.")


def _reported(known: _Known) -> str:
    text = _text(known.value)
    return f"{text} {known.source}" if known.origin is Origin.ASSUMED else text


def _text(value: object) -> str:
    if isinstance(value, Rect):
        return f"{value.width} x {value.height} at column {value.x}, row {value.y}"
    return f"{value:g}" if isinstance(value, float) else str(value)
