"""Maps of a result, field rings and the tiles of the next run, laid over the pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from restora.data.geometry import Rect
from restora.data.image import Image
from restora_desktop.viewer.colour_maps import ColourMap, colours
from restora_desktop.viewer.layers import SceneRect
from restora_desktop.viewer.map_overlay import MapOverlay, map_overlay
from restora_desktop.viewer.overlays import FieldRings, TileGrid

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Studio
    from numpy.typing import NDArray

SCENE = SceneRect(0.0, 0.0, 4.0, 1.0)


def overlays(studio: Studio) -> list[object]:
    return list(studio.desk.view.panes[0].overlays)


def image_of(numbers: list[float]) -> Image:
    return Image(pixels=np.asarray(numbers, np.float32)[None, :, None])


def drawn(made: MapOverlay) -> NDArray[np.uint8]:
    bits = np.frombuffer(made.image.constBits(), np.uint8)
    return bits.reshape(made.image.height(), made.image.width(), 4)[:, :, 2::-1]


def test_a_map_of_a_result_is_laid_over_it_with_its_numbers(studio: Studio, capture: Path) -> None:
    studio.open(capture)
    bar = studio.desk.drawing.overlays.bar
    assert not bar.isVisible()
    result = studio.run("classic.spad_burst")
    assert bar.isVisible()
    assert not bar.open.isEnabled()
    bar.names.setCurrentIndex(bar.names.findData("agreement"))
    studio.wait(lambda: bool(overlays(studio)))
    (laid,) = overlays(studio)
    assert isinstance(laid, MapOverlay)
    assert laid.name == "agreement"
    assert laid.opacity == 0.55
    bar.opacity.setValue(80)
    (laid,) = overlays(studio)
    assert isinstance(laid, MapOverlay)
    assert laid.opacity == 0.8
    studio.window.items_panel.select(result.root)
    studio.settle()
    assert overlays(studio) == []
    studio.window.items_panel.select(result)
    studio.wait(lambda: bool(overlays(studio)))  # what was chosen is still wanted


def test_a_map_can_be_opened_as_an_item_of_its_own(studio: Studio, capture: Path) -> None:
    studio.open(capture)
    result = studio.run("classic.spad_burst")
    bar = studio.desk.drawing.overlays.bar
    bar.names.setCurrentIndex(bar.names.findData("agreement"))
    bar.open.click()
    studio.wait(lambda: len(studio.window.items.roots) == 2)
    studio.settle()
    assert result.result is not None
    assert studio.window.items.roots[1].picture is result.result.images["agreement"]


def test_rings_and_tiles_are_drawn_while_their_commands_are_on(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    studio.window.plan.choose("classic.denoise")
    studio.settle()
    studio.trigger("view.rings")
    assert [type(each) for each in overlays(studio)] == [FieldRings]
    studio.trigger("view.tiles")
    assert [type(each) for each in overlays(studio)] == [FieldRings]  # it would not be cut
    studio.desk.drawing.overlays.show_tiles((Rect(0, 0, 60, 64), Rect(36, 0, 60, 64)))
    assert [type(each) for each in overlays(studio)] == [TileGrid, FieldRings]
    studio.trigger("view.rings")
    studio.trigger("view.tiles")
    assert overlays(studio) == []


def test_the_tiles_are_those_of_the_forecast(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    studio.window.plan.choose("fake.identity")
    told: list[tuple[Rect, ...]] = []
    studio.desk.runner.tiles_planned.connect(told.append)
    studio.window.plan.set_side(48)
    studio.wait(lambda: bool(told) and len(told[-1]) > 1)
    assert told[-1][0] == Rect(0, 0, 48, 48)
    assert max(tile.right for tile in told[-1]) == 96


def test_a_map_goes_from_its_smallest_to_its_largest_number() -> None:
    made = map_overlay("m", image_of([0.2, 0.2, 0.7, 0.7]), SCENE, 1.0)
    assert (made.low, made.high) == pytest.approx((0.2, 0.7))
    table = colours(ColourMap.DEEP)
    np.testing.assert_array_equal(drawn(made)[0, 0], table[0])
    np.testing.assert_array_equal(drawn(made)[0, 3], table[255])


def test_a_map_with_both_signs_has_zero_in_the_middle() -> None:
    made = map_overlay("m", image_of([-1.0, 0.0, 0.0, 3.0]), SCENE, 1.0)
    assert made.low == -made.high
    assert made.colour_map is ColourMap.SIGNED
    assert drawn(made)[0, 1].max() < 20


def test_broken_numbers_of_a_map_are_left_out_and_a_flat_one_has_a_legend_too() -> None:
    made = map_overlay("m", image_of([np.nan, 1.0, 1.0, np.inf]), SCENE, 1.0)
    assert made.low < 1.0 < made.high
    assert made.image.pixelColor(0, 0).alpha() == 0
    assert made.image.pixelColor(1, 0).alpha() == 255
    nothing = map_overlay("m", image_of([np.nan] * 4), SCENE, 1.0)
    assert (nothing.low, nothing.high) == (0.0, 1.0)
