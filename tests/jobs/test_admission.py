from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restora.errors import BadInputError, UnsuitableItemError
from restora.jobs.admission import (
    Decision,
    Verdict,
    check_side,
    decide,
    halved,
    megapixels_at_once,
    smallest_side,
    tile_candidates,
)
from restora.jobs.estimates import Basis, Estimate
from restora.jobs.tiles import plan_grid
from restora.plugins.declarations import MethodInfo, SizeRule, TileRule, Tiling
from restora.plugins.running import TileChoice

InfoOf = Callable[..., MethodInfo]


def cost(megapixels: float) -> Estimate:
    return Estimate(peak_mib=100 + 1000 * megapixels, seconds_per_million=None, basis=Basis.DECLARED)


def decided(
    info: MethodInfo, size: tuple[int, int], *, free: float, budget: float = 1e9, side: int | None = None
) -> Decision:
    return decide(info, size, side=side, cost=cost, budget_mib=budget, free_mib=free)


@pytest.fixture
def plain(info_of: InfoOf) -> MethodInfo:
    return info_of(tile=TileRule(minimum=64, overlap=32))


def test_the_whole_picture_is_taken_where_it_fits(plain: MethodInfo) -> None:
    decision = decided(plain, (2000, 1000), free=2100)
    assert decision.verdict is Verdict.ADMITTED
    assert decision.tile == TileChoice(side=None)


def test_the_largest_tile_that_fits_is_taken(plain: MethodInfo) -> None:
    decision = decided(plain, (2000, 1000), free=1000)
    sides = [choice.side for choice in tile_candidates(plain, (2000, 1000))]
    assert sides == [None, 1000, 500, 250, 125, 64]
    assert decision.tile.side == 500
    assert decision.tile.automatic


def test_a_refusal_gives_the_numbers(plain: MethodInfo) -> None:
    decision = decided(plain, (2000, 1000), free=1e9, budget=90)
    assert decision.verdict is Verdict.REFUSED
    assert decision.explain("a.b") == (
        "a.b: needs about 104 MiB (declared) even with tiles of 64 pixels, but restora may use 90 MiB here"
    )


def test_what_fits_the_budget_but_not_now_waits(plain: MethodInfo) -> None:
    decision = decided(plain, (2000, 1000), free=50, budget=1000)
    assert decision.verdict is Verdict.WAIT
    assert decision.explain("a.b") == "a.b: needs about 104 MiB (declared), 50 MiB are free"


@pytest.mark.parametrize("free", [1e9, 300, 10])
def test_a_tile_set_by_hand_is_never_changed(plain: MethodInfo, free: float) -> None:
    assert decided(plain, (2000, 1000), free=free, side=512).tile == TileChoice(side=512, automatic=False)


def test_a_method_that_needs_the_whole_picture_gets_no_tiles(info_of: InfoOf) -> None:
    info = info_of(tiling=Tiling.NONE)
    assert list(tile_candidates(info, (5000, 5000))) == [TileChoice(side=None)]
    assert decided(info, (5000, 5000), free=10, budget=50).verdict is Verdict.REFUSED
    assert "tiles" not in decided(info, (5000, 5000), free=10, budget=50).explain("a.b")


def test_a_preferred_tile_is_the_largest_that_is_tried(info_of: InfoOf) -> None:
    info = info_of(tile=TileRule(preferred=256, minimum=64, overlap=32))
    assert [choice.side for choice in tile_candidates(info, (2000, 1000))] == [256, 128, 64]
    assert [choice.side for choice in tile_candidates(info, (200, 100))] == [None, 100, 64]


def test_a_picture_larger_than_a_whole_method_takes_is_refused(info_of: InfoOf) -> None:
    info = info_of(tiling=Tiling.NONE, size=SizeRule(maximum=512))
    with pytest.raises(UnsuitableItemError, match="at most 512 pixels a side, this one has 600 x 20"):
        decided(info, (600, 20), free=1e9)


@st.composite
def declared(draw: st.DrawFn) -> tuple[SizeRule, TileRule]:
    overlap = draw(st.integers(0, 64))
    minimum = draw(st.integers(overlap + 1, 200))
    least = draw(st.integers(1, 200))
    multiple = draw(st.sampled_from([1, 2, 8, 48, 64]))
    reachable = -(-least // multiple) * multiple  # a rule that no size fits is no rule
    size = SizeRule(
        minimum=least,
        multiple_of=multiple,
        square=draw(st.booleans()),
        maximum=draw(st.none() | st.integers(reachable, 600)),
    )
    preferred = draw(st.none() | st.integers(minimum, 700))
    return size, TileRule(preferred=preferred, minimum=minimum, overlap=overlap, margin=overlap // 2)


@settings(deadline=None, max_examples=100)
@given(declared(), st.integers(1, 3000), st.integers(1, 3000))
def test_every_form_that_is_offered_can_be_run_and_repeated_by_hand(
    rules: tuple[SizeRule, TileRule], width: int, height: int
) -> None:
    size, tile = rules
    info = _INFO[0](size=size, tile=tile)
    sides = [choice.side for choice in tile_candidates(info, (width, height))]
    assert len(set(sides)) == len(sides)
    assert [side for side in sides if side is not None] == sorted(
        (side for side in sides if side is not None), reverse=True
    )
    for side in sides:
        if side is not None:
            check_side(info, side)
            plan_grid(
                width, height, side=side, overlap=tile.overlap, margin=tile.margin, align=size.multiple_of
            )
    if not sides:
        assert size.maximum is not None
        assert size.maximum < max(width, height) + size.multiple_of


_INFO: list[InfoOf] = []


@pytest.fixture(autouse=True)
def _remember(info_of: InfoOf) -> None:
    _INFO[:] = [info_of]


def test_halving_goes_down_the_same_stairs(plain: MethodInfo) -> None:
    size, tile = (2000, 1000), TileChoice(side=None)
    sides = []
    while (smaller := halved(plain, size, tile)) is not None:
        tile = smaller
        sides.append(tile.side)
    assert sides == [1000, 500, 250, 125, 64]


def test_a_tile_set_by_hand_is_never_halved(plain: MethodInfo) -> None:
    assert halved(plain, (2000, 1000), TileChoice(side=512, automatic=False)) is None


def test_nothing_is_halved_where_the_method_needs_the_whole(info_of: InfoOf) -> None:
    assert halved(info_of(tiling=Tiling.NONE), (2000, 1000), TileChoice(side=None)) is None


@pytest.mark.parametrize(
    ("side", "sentence"), [(16, "at least 40"), (60, "multiple of 8"), (520, "at most 512")]
)
def test_sides_that_a_method_cannot_take_are_refused(info_of: InfoOf, side: int, sentence: str) -> None:
    info = info_of(size=SizeRule(multiple_of=8, maximum=512), tile=TileRule(overlap=32))
    assert smallest_side(info) == 40
    with pytest.raises(BadInputError, match=sentence):
        check_side(info, side)


def test_a_whole_method_takes_no_side(info_of: InfoOf) -> None:
    with pytest.raises(BadInputError, match="takes no tile size"):
        check_side(info_of(tiling=Tiling.NONE), 256)


def test_padding_counts(info_of: InfoOf) -> None:
    info = info_of(size=SizeRule(multiple_of=64, square=True))
    assert megapixels_at_once(info, (10, 65), TileChoice(side=None)) == 128 * 128 / 1e6
    assert megapixels_at_once(info, (1000, 100), TileChoice(side=128)) == 128 * 128 / 1e6
