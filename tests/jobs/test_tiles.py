from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restora.data.arrays import ImageArray
from restora.data.geometry import Rect
from restora.jobs.tiles import TileGrid, plan_grid, run_tiled, shared_pixels


@dataclass(frozen=True)
class Layout:
    width: int
    height: int
    side: int
    overlap: int
    margin: int
    align: int

    @property
    def grid(self) -> TileGrid:
        return plan_grid(
            self.width,
            self.height,
            side=self.side,
            overlap=self.overlap,
            margin=self.margin,
            align=self.align,
        )

    def picture(self) -> ImageArray:
        size = (self.height, self.width, 3)
        return np.random.default_rng(self.side).standard_normal(size).astype(np.float32)


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    align = draw(st.sampled_from([1, 2, 8, 16]))
    overlap = draw(st.integers(0, 40))
    return Layout(
        width=draw(st.integers(1, 200)),
        height=draw(st.integers(1, 200)),
        side=overlap + align * draw(st.integers(1, 12)),
        overlap=overlap,
        margin=draw(st.integers(0, overlap // 2)),
        align=align,
    )


def cut(pixels: ImageArray, rect: Rect) -> ImageArray:
    return pixels[rect.rows, rect.columns]


@settings(deadline=None, max_examples=50)
@given(layouts())
def test_identity_and_pointwise_methods_are_reproduced_bit_for_bit(layout: Layout) -> None:
    pixels = layout.picture()
    assert np.array_equal(run_tiled(layout.grid, lambda rect: cut(pixels, rect)), pixels)
    changed = run_tiled(layout.grid, lambda rect: np.sqrt(np.abs(cut(pixels, rect))) * np.float32(1.7))
    assert np.array_equal(changed, np.sqrt(np.abs(pixels)) * np.float32(1.7))


def blurred(pixels: ImageArray, reach: int) -> ImageArray:
    """The mean over a square of `reach` pixels to each side; zeros outside."""
    padded = np.pad(pixels, [(reach, reach), (reach, reach), (0, 0)])
    height, width = pixels.shape[:2]
    total = np.zeros_like(pixels)
    for dy in range(2 * reach + 1):
        for dx in range(2 * reach + 1):
            total += padded[dy : dy + height, dx : dx + width]
    return total / np.float32((2 * reach + 1) ** 2)


@settings(deadline=None, max_examples=40)
@given(layouts(), st.integers(1, 3))
def test_a_filter_whose_reach_is_within_the_margin_is_reproduced_bit_for_bit(
    layout: Layout, reach: int
) -> None:
    if reach > layout.margin:
        layout = Layout(layout.width, layout.height, layout.side, layout.overlap, layout.margin, layout.align)
        reach = layout.margin
    pixels = layout.picture()
    joined = run_tiled(layout.grid, lambda rect: blurred(cut(pixels, rect), reach))
    assert np.array_equal(joined, blurred(pixels, reach))


@settings(deadline=None, max_examples=100)
@given(layouts())
def test_tiles_cover_the_picture_are_aligned_and_never_larger_than_asked(layout: Layout) -> None:
    grid = layout.grid
    covered = np.zeros((layout.height, layout.width), np.int64)
    for rect in grid.tiles():
        assert rect.lies_in(layout.width, layout.height)
        assert max(rect.width, rect.height) <= max(layout.side, 1)
        assert rect.x % layout.align == 0
        assert rect.y % layout.align == 0
        covered[rect.rows, rect.columns] += 1
    assert covered.min() >= 1
    assert grid.count == len(list(grid.tiles()))
    assert max(grid.largest) <= layout.side
    if grid.count > 1:
        assert shared_pixels(grid) >= layout.overlap


@settings(deadline=None, max_examples=100)
@given(layouts())
def test_no_tile_is_a_thin_remainder(layout: Layout) -> None:
    for spans, total in ((layout.grid.rows, layout.height), (layout.grid.columns, layout.width)):
        lengths = [span.length for span in spans]
        if len(lengths) > 1:
            assert min(lengths) > layout.side - layout.align
            assert sum(lengths) >= total


@settings(deadline=None, max_examples=30)
@given(layouts(), st.sampled_from([2, 3]))
def test_larger_results_are_joined_at_their_own_size(layout: Layout, scale: int) -> None:
    pixels = layout.picture()

    def enlarged(part: ImageArray) -> ImageArray:
        return part.repeat(scale, axis=0).repeat(scale, axis=1)

    joined = run_tiled(layout.grid, lambda rect: enlarged(cut(pixels, rect)), scale=scale)
    assert np.array_equal(joined, enlarged(pixels))


def test_what_a_tile_spoils_at_its_border_is_thrown_away() -> None:
    pixels = np.ones((50, 70, 1), np.float32)
    grid = plan_grid(70, 50, side=24, overlap=8, margin=4)

    def spoilt(rect: Rect) -> ImageArray:
        tile = cut(pixels, rect).copy()
        inner_left, inner_top = 4 if rect.x else 0, 4 if rect.y else 0
        inner_right = rect.width - (4 if rect.right < 70 else 0)
        inner_bottom = rect.height - (4 if rect.bottom < 50 else 0)
        ruined = np.full_like(tile, np.nan)
        inside = slice(inner_top, inner_bottom), slice(inner_left, inner_right)
        ruined[inside] = tile[inside]
        return ruined

    assert np.array_equal(run_tiled(grid, spoilt), pixels)


def test_tiles_that_disagree_are_blended_without_a_jump() -> None:
    grid = plan_grid(64, 1, side=40, overlap=16)
    values = iter([0.0, 1.0])
    joined = run_tiled(grid, lambda rect: np.full((1, rect.width, 1), next(values), np.float32))[0, :, 0]
    assert joined[0] == 0
    assert joined[-1] == 1
    assert np.all(np.diff(joined) >= 0)
    assert np.diff(joined).max() < 0.11


def test_a_side_that_covers_the_picture_gives_one_tile() -> None:
    for side in (None, 64, 100):
        assert plan_grid(64, 32, side=side, overlap=16).count == 1
    assert shared_pixels(plan_grid(64, 32, side=None)) == 0


@pytest.mark.parametrize(
    ("side", "overlap", "margin", "align", "sentence"),
    [
        (16, 16, 0, 1, "not larger than its overlap"),
        (64, 16, 9, 1, "twice the margin"),
        (20, 16, 0, 8, "cannot start at multiples of 8"),
    ],
)
def test_tiles_that_cannot_be_are_refused(
    side: int, overlap: int, margin: int, align: int, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        plan_grid(100, 100, side=side, overlap=overlap, margin=margin, align=align)
