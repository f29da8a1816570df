"""`transforms.json` as it describes a capture: sizes, packing, and how many poses there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from restora.data.json_values import expect
from restora.errors import FileProblemError
from restora.io.captures.json_sidecar import read_object
from restora.io.captures.options import LARGEST_SIDE, Packing
from restora.io.captures.signs import TRANSFORMS

OWN_KEY = "restora"
"""Under this key it holds what the own sidecar would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transforms:
    """What `transforms.json` says about a capture; poses are counted, not read."""

    path: Path
    file_path: str | None
    poses: int | None
    height: int | None
    width: int | None
    channels: int | None
    packing: Packing | None
    own: Mapping[str, object]

    def describes(self, capture: Path) -> bool:
        """Whether it belongs to that file beside it."""
        return self.file_path is not None and PurePosixPath(self.file_path).name == capture.name


def transforms_beside(capture: Path) -> Transforms | None:
    """The `transforms.json` in the same folder, where it speaks of this capture."""
    path = capture.with_name(TRANSFORMS)
    if not path.exists():
        return None
    found = read_transforms(path)
    return found if found.describes(capture) else None


def read_transforms(path: Path) -> Transforms:
    """Parse a `transforms.json`; raises FileProblemError with what is wrong."""
    raw = read_object(path)
    try:
        frames = expect(raw.get("frames", []), list, "frames")
        own = expect(raw.get(OWN_KEY, {}), dict, OWN_KEY)
        file_path = raw.get("file_path")
        return Transforms(
            path=path,
            file_path=None if file_path is None else expect(file_path, str, "file_path"),
            poses=len(frames) or None,
            height=_side(raw, "h"),
            width=_side(raw, "w"),
            channels=_number(raw, "c", 1, 4),
            packing=_packing(raw),
            own=own,
        )
    except (TypeError, ValueError) as error:
        raise FileProblemError(path, str(error)) from error


def _packing(raw: Mapping[str, object]) -> Packing | None:
    if "bitpack" not in raw:
        return None
    is_packed = expect(raw["bitpack"], bool, "bitpack")
    side = raw.get("bitpack_dim")
    if not is_packed:
        return Packing.NONE
    if side is None or isinstance(side, bool) or side not in _PACKED_SIDES:
        raise ValueError(f"bitpack_dim must be 1 (rows) or 2 (columns) where bitpack is true, got {side!r}")
    return _PACKED_SIDES[expect(side, int, "bitpack_dim")]


_PACKED_SIDES: Mapping[int, Packing] = MappingProxyType({1: Packing.HEIGHT, 2: Packing.WIDTH})


def _side(raw: Mapping[str, object], key: str) -> int | None:
    return _number(raw, key, 1, LARGEST_SIDE)


def _number(raw: Mapping[str, object], key: str, least: int, most: int) -> int | None:
    value = raw.get(key)
    if value is None:
        return None
    # Some writers keep sizes as 512.0.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    number = expect(value, int, key)
    if not least <= number <= most:
        raise ValueError(f"{key} must be {least} to {most}, got {number}")
    return number
