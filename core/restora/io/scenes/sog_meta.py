"""meta.json of SOG bundles: the count, the ranges, the codebooks and the names of the pictures."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.errors import FileProblemError

if TYPE_CHECKING:
    from numpy.typing import NDArray

META = "meta.json"
VERSION = 2
LARGEST_META = 4 * 2**20
CODES = 256
MOST_PALETTE = 65_536
PER_ROW = 64
"""Palette entries in a row of their picture."""
_LARGEST = 2**31


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SogMeta:
    """What a bundle says, checked."""

    count: int
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]
    means: tuple[str, str]
    quats: str
    scales: str
    scale_codes: NDArray[np.float32]
    sh0: str
    sh0_codes: NDArray[np.float32]
    degree: int = 0
    palette: int = 0
    rest_codes: NDArray[np.float32] | None = None
    centroids: str = ""
    labels: str = ""
    is_antialiased: bool = False


def parse_meta(path: Path, content: bytes) -> SogMeta:
    """Raises FileProblemError for whatever is missing or cannot be."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FileProblemError(path, f"its {META} is no JSON ({error})") from error
    if not isinstance(value, dict) or "means" not in value:
        raise FileProblemError(path, f"its {META} is not that of a SOG bundle")
    if value.get("version") != VERSION:
        stated = value.get("version", "none")
        raise FileProblemError(path, f"has the SOG version {str(stated)[:20]}, this restora reads {VERSION}")
    parts = _Parts(path, value)
    lows, highs = (np.array(parts.numbers("means", key, 3)) for key in ("mins", "maxs"))
    rest = _rest(parts) if value.get("shN") is not None else {}
    names = parts.files("means", 2)
    return SogMeta(
        count=parts.count(None, "count", _LARGEST),
        lows=lows,
        highs=highs,
        means=(names[0], names[1]),
        quats=parts.files("quats", 1)[0],
        scales=parts.files("scales", 1)[0],
        scale_codes=parts.codebook("scales"),
        sh0=parts.files("sh0", 1)[0],
        sh0_codes=parts.codebook("sh0"),
        is_antialiased=value.get("antialias") is True,
        **rest,  # type: ignore[arg-type]  # the fields that `_rest` names
    )


def _rest(parts: _Parts) -> dict[str, object]:
    centroids, labels = parts.files("shN", 2)
    return {
        "degree": parts.count("shN", "bands", 3),
        "palette": parts.count("shN", "count", MOST_PALETTE),
        "rest_codes": parts.codebook("shN"),
        "centroids": centroids,
        "labels": labels,
    }


class _Parts:
    """Parts of the JSON by name."""

    def __init__(self, path: Path, value: Mapping[str, object]) -> None:
        self._path, self._value = path, value

    def _get(self, part: str | None, key: str) -> object:
        inner = self._value if part is None else self._value.get(part)
        return inner.get(key) if isinstance(inner, Mapping) else None

    def _wrong(self, part: str | None, key: str, expected: str) -> FileProblemError:
        place = key if part is None else f"{part}.{key}"
        return FileProblemError(self._path, f"its {META} needs {expected} in {place}")

    def count(self, part: str | None, key: str, largest: int) -> int:
        value = self._get(part, key)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= largest:
            raise self._wrong(part, key, f"a whole number from 1 to {largest}")
        return value

    def numbers(self, part: str, key: str, length: int) -> list[float]:
        value = self._get(part, key)
        if not isinstance(value, list) or len(value) != length:
            raise self._wrong(part, key, f"{length} numbers")
        for each in value:
            is_number = isinstance(each, int | float) and not isinstance(each, bool)
            if not is_number or abs(each) > 1e30 or math.isnan(each):
                raise self._wrong(part, key, f"{length} finite numbers")
        return [float(each) for each in value]

    def codebook(self, part: str) -> NDArray[np.float32]:
        return np.array(self.numbers(part, "codebook", CODES), np.float32)

    def files(self, part: str, length: int) -> list[str]:
        value = self._get(part, "files")
        if not isinstance(value, list) or len(value) != length or not all(isinstance(v, str) for v in value):
            raise self._wrong(part, "files", f"{length} names of pictures")
        return value
