"""What can be wrong with a method's rules: sizes, tiles, memory, devices, references, frames."""

from __future__ import annotations

from collections.abc import Iterator

from restora.data.kinds import ColourFilter, Kind
from restora.plugins.declarations import (
    FrameNeed,
    MemoryRule,
    MethodInfo,
    References,
    SizeRule,
    TileRule,
    Tiling,
)
from restora.plugins.predicates import is_mapping, is_number, is_one_of, is_set_of, is_tuple_of, is_whole

DEVICES: frozenset[object] = frozenset({"cpu", "cuda"})
PRECISIONS: frozenset[object] = frozenset({"fp32", "tf32", "bf16", "fp16"})


def problems_of_rules(info: MethodInfo) -> Iterator[str]:
    """Everything wrong with the rules of a method, one sentence each."""
    yield from _problems_of_size(info.size)
    yield from _problems_of_tile(info)
    yield from _problems_of_devices(info)
    yield from _problems_of_memory(info)
    yield from _problems_of_references(info.references)
    yield from _problems_of_frames(info)


def _problems_of_size(size: object) -> Iterator[str]:
    if not isinstance(size, SizeRule):
        yield f"size must be a SizeRule, got {size!r:.80}"
        return
    for name in ("minimum", "multiple_of"):
        if not is_whole(getattr(size, name), 1):
            yield f"size: {name} must be a whole number of 1 or more, got {getattr(size, name)!r}"
    if size.maximum is not None and not is_whole(size.maximum, 1):
        yield f"size: maximum must be a whole number of 1 or more, or None, got {size.maximum!r}"
    elif size.maximum is not None and is_whole(size.minimum, 1) and size.maximum < size.minimum:
        yield f"size: maximum {size.maximum} lies below minimum {size.minimum}"


def _problems_of_tile(info: MethodInfo) -> Iterator[str]:
    if not isinstance(info.tiling, Tiling):
        yield f"tiling must be a Tiling, got {info.tiling!r}"
    tile = info.tile
    if not isinstance(tile, TileRule):
        yield f"tile must be a TileRule, got {tile!r:.80}"
        return
    whole = [("minimum", tile.minimum, 1), ("overlap", tile.overlap, 0), ("margin", tile.margin, 0)]
    if tile.preferred is not None:
        whole.append(("preferred", tile.preferred, 1))
    wrong = [
        f"tile: {name} must be {low} or more, got {value!r}"
        for name, value, low in whole
        if not is_whole(value, low)
    ]
    if wrong:
        yield from wrong
        return
    if tile.preferred is not None and tile.preferred < tile.minimum:
        yield f"tile: preferred {tile.preferred} lies below minimum {tile.minimum}"
    if tile.margin * 2 > tile.overlap:
        yield f"tile: margin {tile.margin} is more than half of overlap {tile.overlap}"
    if tile.overlap >= tile.minimum:
        yield f"tile: overlap {tile.overlap} must be smaller than minimum {tile.minimum}"


def _problems_of_devices(info: MethodInfo) -> Iterator[str]:
    devices, precisions = info.devices, info.precisions
    if not is_set_of(devices, is_one_of(DEVICES)):
        yield f"devices must be a frozenset out of cpu and cuda, got {devices!r}"
        return
    if not is_tuple_of(precisions, is_one_of(PRECISIONS)) or not precisions:
        yield f"precisions must be a tuple out of fp32, tf32, bf16 and fp16, got {precisions!r}"
        return
    if "cpu" in devices and "fp32" not in precisions:
        yield f"precisions must contain fp32 for the cpu, got {', '.join(precisions)}"
    speeds = info.seconds_per_mpix
    if not is_mapping(speeds):
        yield f"seconds_per_mpix must map devices to seconds, got {speeds!r}"
        return
    for device, seconds in speeds.items():
        if device not in devices or not is_number(seconds, 0):
            yield f"seconds_per_mpix must map the method's devices to seconds, got {device!r}: {seconds!r}"


def _problems_of_memory(info: MethodInfo) -> Iterator[str]:
    rules = info.memory
    if not is_tuple_of(rules, MemoryRule):
        yield f"memory must be a tuple of MemoryRule, got {rules!r:.80}"
        return
    for rule in rules:
        if is_tuple_of(info.precisions, str) and rule.precision not in info.precisions:
            yield f"memory: {rule.precision!r} is none of the method's precisions"
        if not is_whole(rule.fixed_mib, 0) or not is_number(rule.mib_per_mpix, 0):
            yield f"memory: {rule.fixed_mib!r} and {rule.mib_per_mpix!r} must be numbers of 0 or more"
        if not is_number(rule.mib_per_output_mpix, 0):
            yield f"memory: mib_per_output_mpix must be 0 or more, got {rule.mib_per_output_mpix!r}"
        per_million = rule.mib_per_million_gaussians
        if per_million is not None and not is_number(per_million, 0):
            yield f"memory: mib_per_million_gaussians must be 0 or more, or None, got {per_million!r}"
        elif per_million is not None and is_set_of(info.accepts, Kind) and Kind.SPLAT not in info.accepts:
            yield "memory: mib_per_million_gaussians is declared, but the method does not accept splat items"
    stated = [rule.precision for rule in rules]
    yield from (
        f"memory: {name} is declared twice" for name in sorted({n for n in stated if stated.count(n) > 1})
    )


def _problems_of_references(rule: object) -> Iterator[str]:
    if not isinstance(rule, References):
        yield f"references must be a References, got {rule!r:.80}"
    elif not is_whole(rule.minimum, 0) or not is_whole(rule.maximum, 0) or rule.minimum > rule.maximum:
        yield f"references: needs 0 <= minimum <= maximum, got {rule.minimum!r} and {rule.maximum!r}"


def _problems_of_frames(info: MethodInfo) -> Iterator[str]:
    rule = info.frames
    if rule is None:
        return
    if not isinstance(rule, FrameNeed):
        yield f"frames must be a FrameNeed or None, got {rule!r:.80}"
        return
    if is_set_of(info.accepts, Kind) and Kind.SPAD not in info.accepts:
        yield "frames are declared, but the method does not accept spad items"
    if not is_whole(rule.minimum, 1):
        yield f"frames: minimum must be 1 or more, got {rule.minimum!r}"
    elif rule.maximum is not None and not is_whole(rule.maximum, rule.minimum):
        yield f"frames: maximum must be None or at least minimum {rule.minimum}, got {rule.maximum!r}"
    if rule.bits is not None and not is_set_of(rule.bits, lambda bits: is_whole(bits, 1)):
        yield f"frames: bits must be a frozenset of whole numbers or None, got {rule.bits!r}"
    if rule.filters is not None and not is_set_of(rule.filters, ColourFilter):
        yield f"frames: filters must be a frozenset of ColourFilter or None, got {rule.filters!r}"
