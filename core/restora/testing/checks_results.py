"""K6, K7 and K10: sizes, repeatability and unusual values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from restora.data.item import Item
from restora.data.kinds import Kind
from restora.errors import BadInputError, OutputRejectedError, RestoraError
from restora.jobs.execution import Outcome
from restora.jobs.padding import padded_size
from restora.plugins.declarations import MethodInfo, Tiling
from restora.testing.bench import Bench, capture_item, picture_item, sample_item, sample_pixels
from restora.testing.outcomes import is_same, picture
from restora.testing.scene_items import awkward_scenes, sample_scene, scene_item, unusual_scenes
from restora.testing.scene_photographs import with_photographs
from restora.testing.subject import Subject
from restora.testing.verdicts import CheckFailedError

TILE_TOLERANCE = 0.02
"""Of white: what the result may change on average where it is computed in tiles instead of in one piece."""

_SEEDS = (11, 12)
_LARGE_ENOUGH = 32
"""Pixels a side; no capture of that size may be refused as too small."""


def sizes(subject: Subject) -> str:
    """K6: pictures of awkward sizes come back with exactly `scale` times their size; so do scenes."""
    tried: list[str] = []
    with subject.bench() as bench:
        if takes_only_scenes(subject.info):
            for name, scene in awkward_scenes().items():
                _run_scene(bench, name, scene_item(with_photographs(scene)), tried)
            return f"{len(tried)} scenes: {', '.join(tried)}"
        for width, height in _awkward_sizes(subject.info):
            _run_size(bench, width, height, None, tried)
        _run_size(bench, 24, 16, 1, tried)
    return f"{len(tried)} sizes: {', '.join(tried)}"


def _awkward_sizes(info: MethodInfo) -> list[tuple[int, int]]:
    step = max(info.size.multiple_of, 16)
    sizes = [
        (1, 1),
        (2, 3),
        (17, 13),
        (9, 3 * step),
        (3 * step, 9),
        (step + 1, step + 1),
        (2 * step, 2 * step),
    ]
    largest = info.size.maximum
    return [size for size in sizes if largest is None or max(padded_size(*size, info.size)) <= largest]


def _run_size(bench: Bench, width: int, height: int, channels: int | None, tried: list[str]) -> None:
    label = f"{width}x{height}" + (" grey" if channels == 1 else "")
    item = sample_item(bench.info, width, height, channels)
    try:
        bench.run(item)
    except OutputRejectedError as error:
        raise CheckFailedError(f"{label}: {error}") from error
    except BadInputError as error:
        # A picture is padded to what the method declares; a capture is not, and may be too small for it.
        if item.kind is not Kind.SPAD or min(width, height) >= _LARGE_ENOUGH:
            raise CheckFailedError(f"{label}: refused: {error}") from error
        label += " refused"
    tried.append(label)


def _run_scene(bench: Bench, name: str, item: Item, tried: list[str]) -> None:
    try:
        bench.run(item)
    except OutputRejectedError as error:
        raise CheckFailedError(f"{name}: {error}") from error
    except BadInputError as error:
        if item.scene().cameras and item.scene().count > 1:  # a method may need cameras, or more to work on
            raise CheckFailedError(f"{name}: refused: {error}") from error
        name += " refused"
    tried.append(name)


def takes_only_scenes(info: MethodInfo) -> bool:
    """Whether it takes neither pictures nor captures."""
    return info.accepts <= {Kind.SPLAT}


def determinism(subject: Subject) -> str:
    """K7: the same request gives the same bits, another seed as declared, tiles no other picture."""
    info = subject.info
    item = sample_item(info, *_tiled_size(info))
    with subject.bench() as bench:
        first = bench.run(item, seed=_SEEDS[0])
        if not is_same(first, bench.run(item, seed=_SEEDS[0])):
            raise CheckFailedError("the same request gave two different results")
        changes = not is_same(first, bench.run(item, seed=_SEEDS[1]))
        if changes and not info.stochastic:
            raise CheckFailedError("the seed changes the result, but stochastic is false")
        if info.stochastic and not changes:
            raise CheckFailedError("the seed changes nothing, but stochastic is true")
        difference = _tile_difference(bench, item, first)
    if difference is None:
        return "equal bits"
    if difference > TILE_TOLERANCE:
        raise CheckFailedError(
            f"in tiles the result differs by {difference:.3g} on average, allowed is {TILE_TOLERANCE:g}"
        )
    return f"equal bits; tiles differ by {difference:.2g}"


def _tiled_size(info: MethodInfo) -> tuple[int, int]:
    """A size that needs two tiles each way, if the method is tiled by the host and takes it in one piece."""
    side = _tile_side(info) if info.tiling is Tiling.HOST else 48
    wanted = (side + side // 2, side + side // 3)
    largest = info.size.maximum
    return wanted if largest is None else (min(wanted[0], largest), min(wanted[1], largest))


def _tile_side(info: MethodInfo) -> int:
    multiple = info.size.multiple_of
    side = max(info.tile.minimum, info.size.minimum, info.tile.overlap + multiple)
    return -(-side // multiple) * multiple


def _tile_difference(bench: Bench, item: Item, whole: Outcome) -> float | None:
    """The mean difference between one piece and tiles; None where the host does not cut."""
    info = bench.info
    if info.tiling is not Tiling.HOST or item.kind in {Kind.SPAD, Kind.SPLAT}:
        return None
    tiled = bench.run(item, seed=_SEEDS[0], side=_tile_side(info))
    return float(np.mean(np.abs(picture(tiled) - picture(whole))))


def value_range(subject: Subject) -> str:
    """K10: unusual values give a defined result, or a sentence."""
    refused: list[str] = []
    with subject.bench() as bench, np.errstate(all="ignore"):  # warnings about NaN are no finding here
        for name, item in _unusual(subject.info).items():
            try:
                bench.run(item)
            except OutputRejectedError as error:
                raise CheckFailedError(f"{name}: {error}") from error
            except RestoraError as error:
                refused.append(f"{name} ({error})")
    return f"refuses {', '.join(refused)}" if refused else "all give a result"


def _unusual(info: MethodInfo) -> Mapping[str, Item]:
    if takes_only_scenes(info):
        cameras = with_photographs(sample_scene(50)).cameras
        return {name: scene_item(replace(scene, cameras=cameras)) for name, scene in unusual_scenes().items()}
    if Kind.IMAGE not in info.accepts and Kind.METALENS not in info.accepts:
        rates = {"no detection": 0.0, "detections everywhere": 1.0}
        return {name: capture_item(info, 24, 20, rate=rate) for name, rate in rates.items()}
    sample = sample_pixels(24, 20, 3 if 3 in info.channels else min(info.channels))
    spoilt, endless = sample.copy(), sample.copy()
    spoilt[3:5, 4:6], endless[3:5, 4:6] = np.nan, np.inf
    pixels = {
        "NaN": spoilt,
        "infinities": endless,
        "black": np.zeros_like(sample),
        "white": np.ones_like(sample),
        "values above 1": sample * np.float32(4),
        "values below 0": sample - np.float32(0.5),
    }
    return {name: picture_item(info, values) for name, values in pixels.items()}
