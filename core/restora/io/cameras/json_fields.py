"""Numbers and texts out of JSON that nobody checked; every wrong one is named in a sentence."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.errors import FileProblemError
from restora.io.decoding import check_ordinary

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGEST = 64 * 2**20
_MOST_PIXELS = 10**6
"""Of a side; a camera with more is a mistake."""


def read_json(path: Path) -> object:
    """What the file holds; raises FileProblemError where it is no JSON or too large for a list of cameras."""
    check_ordinary(path)
    size = path.stat().st_size
    if size > _LARGEST:
        raise FileProblemError(path, f"has {size} bytes, too many for a file of cameras")
    try:
        found: object = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise FileProblemError(path, "is no text in UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise FileProblemError(path, f"is no JSON ({error})") from error
    except OSError as error:
        raise FileProblemError(path, f"cannot be read ({error.strerror})") from error
    return found


@dataclass(frozen=True, slots=True)
class Fields:
    """An object of a JSON file, with the names under which people find it."""

    path: Path
    where: str
    """`frame 3`."""
    values: Mapping[str, object]
    common: Mapping[str, object]
    """What holds where `values` says nothing."""

    @classmethod
    def of(cls, path: Path, where: str, value: object, common: Mapping[str, object] | None = None) -> Fields:
        """Raises FileProblemError where `value` is no object."""
        if not isinstance(value, dict):
            raise FileProblemError(path, f"{where} is {_shown(value)}, expected an object")
        return cls(path, where, value, common or {})

    def get(self, key: str) -> object:
        """The value or None."""
        return self.values.get(key, self.common.get(key))

    def has(self, key: str) -> bool:
        """Whether it is there."""
        return self.get(key) is not None

    def number(self, key: str, usual: float | None = None) -> float:
        """A finite number; `usual` where there is none, else it must be there."""
        value = self.get(key)
        if value is None and usual is not None:
            return usual
        return self._finite(key, value)

    def positive(self, key: str) -> float:
        """A number above zero."""
        value = self.number(key)
        if value <= 0:
            raise FileProblemError(self.path, f"{self.where}: {key} is {value:g}, expected more than 0")
        return value

    def pixels(self, key: str) -> int:
        """A side of a picture."""
        value = self.number(key)
        if not (1 <= value <= _MOST_PIXELS) or value != int(value):
            raise FileProblemError(
                self.path, f"{self.where}: {key} is {value:g}, expected whole pixels from 1 to {_MOST_PIXELS}"
            )
        return int(value)

    def text(self, key: str) -> str | None:
        """A text or None."""
        value = self.get(key)
        if value is not None and not isinstance(value, str):
            raise FileProblemError(self.path, f"{self.where}: {key} is {_shown(value)}, expected a text")
        return value

    def matrix(self, key: str, rows: int, columns: int) -> NDArray[np.float64]:
        """Rows of numbers, nested or one after another."""
        value = self.get(key)
        flat = value
        if isinstance(value, list) and len(value) == rows and all(isinstance(row, list) for row in value):
            flat = [entry for row in value for entry in row]
        if not isinstance(flat, list) or len(flat) != rows * columns:
            raise FileProblemError(self.path, f"{self.where}: {key} must be {rows} x {columns} numbers")
        numbers = [self._finite(key, entry) for entry in flat]
        return np.array(numbers, np.float64).reshape(rows, columns)

    def _finite(self, key: str, value: object) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or abs(value) > 1e30 or math.isnan(value):  # type: ignore[arg-type]  # a number by now
            raise FileProblemError(
                self.path, f"{self.where}: {key} is {_shown(value)}, expected a finite number"
            )
        return float(value)  # type: ignore[arg-type]  # as above


def _shown(value: object) -> str:
    if value is None:
        return "missing"
    text = json.dumps(value) if isinstance(value, int | float | str | bool) else type(value).__name__
    return text[:60]
