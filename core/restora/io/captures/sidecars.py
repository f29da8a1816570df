"""The small JSON files beside a capture: `transforms.json`, and our own `<capture>.restora.json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from restora.data.json_values import expect
from restora.data.kinds import ColourFilter
from restora.data.orientation import Flip
from restora.data.photon_cube import Origin
from restora.errors import FileProblemError
from restora.io.captures.fact_sheet import FactSheet
from restora.io.captures.options import LARGEST_SIDE, MOST_BITS, BitOrder, Packing, parse_layout
from restora.io.decoding import check_ordinary

TRANSFORMS = "transforms.json"
OWN_SUFFIX = ".restora.json"
OWN_KEY = "restora"
"""Under this key `transforms.json` holds what the own sidecar would."""

_LARGEST_SIDECAR = 256 * 2**20
"""Bytes: a pose per frame of a million frames still fits."""


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


def learn_sidecars(sheet: FactSheet, capture: Path) -> None:
    """Note what the files beside `capture` say.

    Raises FileProblemError where they are damaged or disagree with what is known already.
    """
    transforms = transforms_beside(capture)
    if transforms is not None:
        _learn_transforms(sheet, transforms)
    own = capture.with_name(capture.name + OWN_SUFFIX)
    if own.exists():
        _learn_own(sheet, own, _read_object(own))


def has_sidecar(capture: Path) -> bool:
    """Whether a file beside `capture` declares it a capture; damaged ones count."""
    if capture.with_name(capture.name + OWN_SUFFIX).exists():
        return True
    try:
        return transforms_beside(capture) is not None
    except FileProblemError:
        return True


def transforms_beside(capture: Path) -> Transforms | None:
    """The `transforms.json` in the same folder, where it speaks of this capture."""
    path = capture.with_name(TRANSFORMS)
    if not path.exists():
        return None
    found = read_transforms(path)
    return found if found.describes(capture) else None


def read_transforms(path: Path) -> Transforms:
    """Parse a `transforms.json`; raises FileProblemError with what is wrong."""
    raw = _read_object(path)
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


def _learn_transforms(sheet: FactSheet, transforms: Transforms) -> None:
    source = f"in {TRANSFORMS}"
    for name, value in (
        ("packing", transforms.packing),
        ("height", transforms.height),
        ("width", transforms.width),
        ("channels", transforms.channels),
        ("frames", transforms.poses),
    ):
        sheet.learn(name, value, Origin.SIDECAR, source)
    _learn_own(sheet, transforms.path, transforms.own)


def _learn_own(sheet: FactSheet, path: Path, raw: Mapping[str, object]) -> None:
    for key, entry in raw.items():
        if key not in _OWN_FIELDS:
            raise FileProblemError(path, f"has the unknown entry {key!r} (known: {', '.join(_OWN_FIELDS)})")
        name, parse = _OWN_FIELDS[key]
        if entry is None:
            continue
        try:
            value = parse(entry)
        except (TypeError, ValueError) as error:
            raise FileProblemError(path, f"{key} {error}, got {entry!r}") from error
        sheet.learn(name, value, Origin.SIDECAR, f"in {path.name}")


def _read_object(path: Path) -> dict[str, object]:
    import json  # most captures come without a sidecar

    check_ordinary(path)
    if path.stat().st_size > _LARGEST_SIDECAR:
        raise FileProblemError(
            path, f"is larger than {_LARGEST_SIDECAR // 2**20} MiB, which no sidecar needs"
        )
    try:
        return expect(json.loads(path.read_bytes().decode("utf-8-sig")), dict, "the whole")
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise FileProblemError(path, f"cannot be read as JSON: {error}") from error


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


def _bits_of(value: object) -> int:
    most = expect(value, int, "the value")
    bits = most.bit_length()
    if most < 1 or most != 2**bits - 1 or bits > MOST_BITS:
        raise ValueError("must be 1, 3, 7, 15, … up to 65535")
    return bits


def _filter_of(value: object) -> ColourFilter:
    return ColourFilter(expect(value, str, "the value").lower())


def _bit_order_of(value: object) -> BitOrder:
    return BitOrder(expect(value, str, "the value").lower())


def _layout_of(value: object) -> str:
    return parse_layout(expect(value, str, "the value").lower())


def _rotation_of(value: object) -> int:
    if value not in (0, 90, 180, 270) or isinstance(value, bool):
        raise ValueError("must be 0, 90, 180 or 270")
    return expect(value, int, "the value")


def _flip_of(value: object) -> Flip:
    if isinstance(value, bool):
        return Flip.HORIZONTAL if value else Flip.NONE
    return Flip(expect(value, str, "the value"))


def _amount(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise ValueError("must be a number of at least 0")
    return float(value)


def _name_of(value: object) -> str:
    name = expect(value, str, "the value")
    # A sidecar may come from anywhere: it names files beside itself only.
    if PurePosixPath(name).name != name or "\\" in name or "\0" in name or name in ("", ".", ".."):
        raise ValueError("must be the name of a file in the same folder")
    return name


_OWN_FIELDS: Mapping[str, tuple[str, Callable[[object], object]]] = MappingProxyType(
    {
        "n": ("bits", _bits_of),
        "cfa": ("colour filter", _filter_of),
        "bit_order": ("bit order", _bit_order_of),
        "axis_order": ("layout", _layout_of),
        "frame_rate": ("frames per second", _amount),
        "exposure_us": ("exposure in µs", _amount),
        "alpha": ("brightness", _amount),
        "dark_rate": ("dark counts per second", _amount),
        "dead_time_us": ("dead time in µs", _amount),
        "mask": ("bad pixels", _name_of),
        "rotate": ("rotation", _rotation_of),
        "flip": ("flip", _flip_of),
    }
)
