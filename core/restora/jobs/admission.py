"""Deciding before the start whether a job fits the memory, and with which tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from restora.errors import BadInputError, UnsuitableItemError
from restora.jobs.estimates import Estimate
from restora.jobs.padding import padded_size
from restora.jobs.wording import readable_memory
from restora.plugins.declarations import MethodInfo, Tiling
from restora.plugins.running import TileChoice


class Verdict(StrEnum):
    """The three answers."""

    ADMITTED = "admitted"
    WAIT = "wait"
    """It fits the budget, but not what is free now."""
    REFUSED = "refused"
    """It never fits, even in its smallest form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer for one job, with the numbers it rests on."""

    verdict: Verdict
    tile: TileChoice
    estimate: Estimate
    budget_mib: float
    free_mib: float

    def explain(self, method_id: str) -> str:
        """One sentence for the user."""
        need = f"needs about {readable_memory(self.estimate.peak_mib)} ({self.estimate.basis})"
        if self.verdict is Verdict.REFUSED:
            form = "" if self.tile.side is None else f" even with tiles of {self.tile.side} pixels"
            return f"{method_id}: {need}{form}, but restora may use {readable_memory(self.budget_mib)} here"
        return f"{method_id}: {need}, {readable_memory(self.free_mib)} are free"


def decide(
    info: MethodInfo,
    size: tuple[int, int],
    *,
    side: int | None,
    cost: Callable[[float], Estimate],
    budget_mib: float,
    free_mib: float,
    gaussian_millions: float | None = None,
) -> Decision:
    """Choose the largest tile that fits; `side` is a tile set by hand, which is never changed.

    `size` is the source's width and height, `cost` the estimate for a number of megapixels at once. A scene
    has `gaussian_millions` instead, which its cost is asked for, and is taken whole. Raises
    UnsuitableItemError where the method can take no form of a picture of that size.
    """
    if side is not None:
        candidates = [TileChoice(side=side, automatic=False)]
    elif gaussian_millions is not None:
        candidates = [TileChoice(side=None)]
    else:
        candidates = list(tile_candidates(info, size))
    decision: Decision | None = None
    for tile in candidates:
        at_once = megapixels_at_once(info, size, tile) if gaussian_millions is None else gaussian_millions
        estimate = cost(at_once)
        verdict = _verdict(estimate.peak_mib, budget_mib, free_mib)
        decision = Decision(
            verdict=verdict, tile=tile, estimate=estimate, budget_mib=budget_mib, free_mib=free_mib
        )
        if verdict is Verdict.ADMITTED:
            return decision
    if decision is None:
        raise UnsuitableItemError(
            f"{info.id} takes pictures of at most {info.size.maximum} pixels a side, "
            f"this one has {size[0]} x {size[1]}"
        )
    return decision


def tile_candidates(info: MethodInfo, size: tuple[int, int]) -> Iterator[TileChoice]:
    """The forms a job can take, from the largest to the smallest; none where the method cannot take it."""
    rule, maximum = info.tile, info.size.maximum
    longest = max(padded_size(*size, info.size))
    if info.tiling is Tiling.NONE:
        if maximum is None or longest <= maximum:
            yield TileChoice(side=None)
        return
    preferred = None if rule.preferred is None else max(rule.preferred, smallest_side(info))
    ceiling = min(side for side in (preferred, maximum, longest) if side is not None)
    if ceiling >= longest:
        yield TileChoice(side=None)
    side = _aligned(ceiling if ceiling < longest else longest // 2, info)
    least = max(smallest_side(info), -_aligned(-rule.minimum, info))
    if smallest_side(info) <= side < least and ceiling < longest:
        yield TileChoice(side=side)  # the method takes no larger one
    while side >= least:
        yield TileChoice(side=side)
        side = max(_aligned(side // 2, info), least) if side > least else 0


def smallest_side(info: MethodInfo) -> int:
    """The smallest tile that the method can take at all."""
    return -_aligned(-max(info.tile.overlap + info.size.multiple_of, info.size.minimum), info)


def check_side(info: MethodInfo, side: int) -> None:
    """Refuse a tile set by hand that the method cannot take."""
    if info.tiling is Tiling.NONE:
        raise BadInputError(f"{info.id}: this method needs the whole picture and takes no tile size")
    smallest = smallest_side(info)
    if side < smallest or side % info.size.multiple_of:
        raise BadInputError(
            f"{info.id}: a tile must be at least {smallest} pixels and a multiple of "
            f"{info.size.multiple_of}, got {side}"
        )
    if info.size.maximum is not None and side > info.size.maximum:
        raise BadInputError(f"{info.id}: a tile may have at most {info.size.maximum} pixels, got {side}")


def halved(info: MethodInfo, size: tuple[int, int], tile: TileChoice) -> TileChoice | None:
    """The next smaller form after memory ran out; None where there is none or the user set the tile."""
    if not tile.automatic:
        return None
    current = tile.side if tile.side is not None else max(padded_size(*size, info.size))
    smaller = (choice for choice in tile_candidates(info, size) if choice.side and choice.side < current)
    return next(smaller, None)


def _aligned(side: int, info: MethodInfo) -> int:
    return side // info.size.multiple_of * info.size.multiple_of


def megapixels_at_once(info: MethodInfo, size: tuple[int, int], tile: TileChoice) -> float:
    """Source pixels that one call handles, padding included, in millions."""
    width, height = size
    if tile.side is not None:
        width, height = min(width, tile.side), min(height, tile.side)
    width, height = padded_size(width, height, info.size)
    return width * height / 1e6


def _verdict(peak_mib: float, budget_mib: float, free_mib: float) -> Verdict:
    if peak_mib > budget_mib:
        return Verdict.REFUSED
    return Verdict.ADMITTED if peak_mib <= free_mib else Verdict.WAIT
