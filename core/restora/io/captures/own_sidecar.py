"""The entries of our own sidecar, `<capture>.restora.json`, and what each of them may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from restora.data.json_values import expect
from restora.data.kinds import ColourFilter
from restora.data.orientation import Flip
from restora.data.photon_cube import Origin
from restora.errors import FileProblemError
from restora.io.captures.fact_sheet import FactSheet
from restora.io.captures.options import MOST_BITS, BitOrder, parse_layout


def learn_own(sheet: FactSheet, path: Path, raw: Mapping[str, object]) -> None:
    """Note what the entries say; raises FileProblemError for unknown ones and unusable values."""
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
