from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restora.data.geometry import Rect
from restora.data.image import Image
from restora_desktop.viewer.layers import Alignment, Layer, SceneRect, aligned
from restora_desktop.viewer.viewport import Viewport

Make = Callable[..., Image]


def test_a_result_of_four_times_the_size_covers_the_same_scene(flat: Make) -> None:
    source = Layer.source("a", "a", flat(0.5, 60, 40))
    result = source.over("b", "b", flat(0.5, 240, 160))
    assert result.scene == source.scene
    assert result.pixel_at(59.9, 39.9) == (239, 159)
    assert source.pixel_at(59.9, 39.9) == (59, 39)


@pytest.mark.parametrize("point", [(-0.1, 5), (5, -0.1), (60, 5), (5, 40)])
def test_there_is_no_pixel_outside(flat: Make, point: tuple[float, float]) -> None:
    assert Layer.source("a", "a", flat(0.5, 60, 40)).pixel_at(*point) is None


@pytest.mark.parametrize(
    ("alignment", "expected"),
    [
        (Alignment.STRETCH, SceneRect(0, 0, 60, 40)),
        (Alignment.ORIGIN, SceneRect(0, 0, 20, 10)),
        (Alignment.CENTRE, SceneRect(20, 15, 20, 10)),
    ],
)
def test_unrelated_pictures_are_aligned_as_asked(
    flat: Make, alignment: Alignment, expected: SceneRect
) -> None:
    assert aligned(flat(0.5, 20, 10), SceneRect(0, 0, 60, 40), alignment) == expected


def test_rectangles_that_only_touch_have_nothing_in_common() -> None:
    assert SceneRect(0, 0, 5, 5).intersected(SceneRect(5, 0, 5, 5)) is None


def test_whole_pixels_reach_around_the_rectangle() -> None:
    assert SceneRect(0.5, -0.5, 2, 1).whole_pixels() == Rect(0, -1, 3, 2)


@settings(deadline=None, max_examples=50, derandomize=True)
@given(
    scale=st.floats(0.01, 500),
    centre=st.tuples(st.floats(0, 10_000), st.floats(0, 10_000)),
    ratio=st.sampled_from([1.0, 1.5, 2.0]),
    point=st.tuples(st.floats(0, 800), st.floats(0, 600)),
)
def test_there_and_back_is_the_same_place(
    scale: float, centre: tuple[float, float], ratio: float, point: tuple[float, float]
) -> None:
    viewport = Viewport(
        centre_x=centre[0],
        centre_y=centre[1],
        scale=scale,
        width=int(800 * ratio),
        height=int(600 * ratio),
        ratio=ratio,
    )
    x, y = viewport.to_scene(*point)
    back = viewport.to_widget(SceneRect(x, y, 0, 0))
    assert (back.x, back.y) == pytest.approx(point, abs=1e-3)


def test_at_one_to_one_pixels_lie_on_whole_device_pixels() -> None:
    viewport = Viewport(centre_x=31.7, centre_y=12.2, scale=1.0, width=101, height=77)
    device = viewport.to_device(SceneRect(3, 4, 1, 1))
    assert device.x == int(device.x)
    assert device.y == int(device.y)
