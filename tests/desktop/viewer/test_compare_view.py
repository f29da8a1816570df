from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from restora.data.geometry import Rect
from restora.data.image import Image
from restora_desktop.viewer.compare_modes import CompareMode
from restora_desktop.viewer.compare_view import CompareView
from restora_desktop.viewer.difference import DifferenceKind, DifferenceSettings
from restora_desktop.viewer.layers import Layer, SceneRect
from restora_desktop.viewer.levels import Channel, Levels
from restora_desktop.viewer.overlays import FieldRings, TileGrid
from restora_desktop.viewer.pane import SURROUND, Tool

Make = Callable[..., Image]
Settle = Callable[[], QImage]
Pair = tuple[Layer, Layer]

DARK, BRIGHT = round(0.2 * 255), round(0.8 * 255)


def red(image: QImage, x: float, y: float) -> int:
    """At a point given as shares of the picture's sides."""
    return image.pixelColor(int(x * image.width()), int(y * image.height())).red()


def test_without_a_picture_the_surround_is_neutral_grey(settle: Settle) -> None:
    assert settle().pixelColor(320, 240) == SURROUND


def test_a_picture_is_shown_whole_at_first(view: CompareView, settle: Settle, pair: Pair) -> None:
    view.set_layers(pair[:1])
    image = settle()
    assert [red(image, x, 0.5) for x in (0.02, 0.5, 0.98)] == [DARK] * 3
    assert view.visible_rect() == Rect(0, 0, 160, 120)


def test_the_picture_in_front_changes_by_key_flip_and_call(
    qtbot: QtBot, view: CompareView, settle: Settle, pair: Pair
) -> None:
    view.set_layers(pair)
    assert red(settle(), 0.5, 0.5) == DARK
    view.flip()
    assert red(settle(), 0.5, 0.5) == BRIGHT
    qtbot.keyClick(view.panes[0], Qt.Key.Key_1)
    assert view.front == 0
    with qtbot.waitSignal(view.front_changed):
        view.set_front(1)


def test_space_shows_the_other_picture_while_it_is_held(
    qtbot: QtBot, view: CompareView, settle: Settle, pair: Pair
) -> None:
    view.set_layers(pair)
    qtbot.keyPress(view.panes[0], Qt.Key.Key_Space)
    assert red(settle(), 0.5, 0.5) == BRIGHT
    qtbot.keyRelease(view.panes[0], Qt.Key.Key_Space)
    assert red(settle(), 0.5, 0.5) == DARK
    assert view.front == 0


@pytest.mark.parametrize(
    ("mode", "first", "second"),
    [
        (CompareMode.WIPE, (0.25, 0.5), (0.75, 0.5)),
        (CompareMode.WIPE_ROWS, (0.25, 0.25), (0.25, 0.75)),
        (CompareMode.SIDE_BY_SIDE, (0.25, 0.5), (0.75, 0.5)),
        (CompareMode.CONTACT_SHEET, (0.25, 0.5), (0.75, 0.5)),
    ],
)
def test_both_pictures_are_where_the_mode_says(
    view: CompareView,
    settle: Settle,
    pair: Pair,
    mode: CompareMode,
    first: Sequence[float],
    second: Sequence[float],
) -> None:
    view.set_layers(pair)
    view.set_mode(mode)
    image = settle()
    assert red(image, *first) == DARK
    assert red(image, *second) == BRIGHT


@pytest.mark.parametrize("mode", list(CompareMode))
def test_every_mode_shows_a_single_picture_and_none(
    view: CompareView, settle: Settle, pair: Pair, mode: CompareMode
) -> None:
    view.set_mode(mode)
    settle()
    view.set_layers(pair[:1])
    assert red(settle(), 0.5, 0.5) == DARK
    view.set_layers([])
    assert settle().pixelColor(320, 240) == SURROUND


@pytest.mark.parametrize("mode", list(CompareMode))
def test_names_of_what_is_shown_are_drawn(
    view: CompareView, settle: Settle, pair: Pair, mode: CompareMode
) -> None:
    view.set_layers(pair)
    view.set_mode(mode)
    settle()
    titles = " ".join(entry.title for pane in view.panes for entry in pane.shown)
    assert "night.png" in titles
    assert "restored" in titles
    # The name lies in the upper left corner, white on dark: text leaves both on a picture of one colour.
    corner = settle().copy(8, 8, 100, 22)
    greys = {corner.pixelColor(x, y).red() for x in range(corner.width()) for y in range(corner.height())}
    assert max(greys) > 240
    assert min(greys) < 100


def test_the_wipe_moves_by_one_per_cent_with_the_arrow_keys(
    qtbot: QtBot, view: CompareView, settle: Settle, pair: Pair
) -> None:
    view.set_layers(pair)
    view.set_mode(CompareMode.WIPE)
    wipe = view.panes[0].wipe
    assert wipe is not None
    assert wipe.accessibleName()
    qtbot.keyClick(wipe, Qt.Key.Key_Right)
    qtbot.keyClick(view.panes[0], Qt.Key.Key_Right)
    assert wipe.share == pytest.approx(0.52)
    qtbot.keyClick(wipe, Qt.Key.Key_End)
    assert red(settle(), 0.9, 0.5) == DARK


def test_down_moves_a_level_wipe_down(qtbot: QtBot, view: CompareView, pair: Pair) -> None:
    view.set_layers(pair)
    view.set_mode(CompareMode.WIPE_ROWS)
    wipe = view.panes[0].wipe
    assert wipe is not None
    qtbot.keyClick(wipe, Qt.Key.Key_Down)
    qtbot.keyClick(view.panes[0], Qt.Key.Key_Down)
    assert wipe.share == pytest.approx(0.52)


def test_the_wipe_follows_the_mouse(qtbot: QtBot, view: CompareView, settle: Settle, pair: Pair) -> None:
    view.set_layers(pair)
    view.set_mode(CompareMode.WIPE)
    wipe = view.panes[0].wipe
    assert wipe is not None
    qtbot.mousePress(wipe, Qt.MouseButton.LeftButton)
    qtbot.mouseMove(wipe, wipe.mapFrom(view.panes[0], QPoint(160, 240)))
    qtbot.mouseRelease(wipe, Qt.MouseButton.LeftButton)
    assert wipe.share == pytest.approx(0.25)
    assert red(settle(), 0.3, 0.5) == BRIGHT


def test_side_by_side_shows_four_at_most_and_a_contact_sheet_all(
    view: CompareView, settle: Settle, flat: Make
) -> None:
    first = Layer.source("0", "0", flat(0.1))
    layers = [first, *(first.over(str(number), str(number), flat(number / 10)) for number in range(2, 8))]
    view.set_layers(layers)
    view.set_mode(CompareMode.SIDE_BY_SIDE)
    assert len(view.panes) == 4
    view.set_mode(CompareMode.CONTACT_SHEET)
    assert len(view.panes) == 7
    settle()
    view.set_mode(CompareMode.SINGLE)
    assert len(view.panes) == 1


def test_linked_panes_look_at_the_same_place_and_unlinked_ones_need_not(
    qtbot: QtBot, view: CompareView, settle: Settle, pair: Pair
) -> None:
    view.set_layers(pair)
    view.set_mode(CompareMode.SIDE_BY_SIDE)
    settle()
    left, right = view.panes
    left.state.zoom(3)
    assert right.viewport().visible == left.viewport().visible
    view.set_linked(False)
    left.state.zoom(2)
    assert right.state.scale == pytest.approx(left.state.scale / 2)
    view.set_linked(True)
    assert right.state is left.state


def test_a_larger_result_lies_exactly_over_its_source(view: CompareView, settle: Settle, noise: Make) -> None:
    small = noise(40, 30)
    first = Layer.source("a", "a", small)
    large = Image(pixels=small.pixels.repeat(4, axis=0).repeat(4, axis=1))
    view.set_layers([first, first.over("b", "b", large)])
    view.set_values(False)
    view.state.look_at(20, 15, 16)
    one = settle()
    view.flip()
    other = settle()
    inner = (100, 100, 400, 300)
    assert one.copy(*inner) == other.copy(*inner)


def test_the_difference_is_shown_with_its_figures(view: CompareView, settle: Settle, pair: Pair) -> None:
    view.set_layers(pair)
    view.set_difference(DifferenceSettings(kind=DifferenceKind.SIGNED, gain=1.0))
    view.set_mode(CompareMode.DIFFERENCE)
    image = settle()
    (shown,) = view.panes[0].shown
    assert "mean 0.6, max 0.6" in shown.title
    assert red(image, 0.5, 0.5) > 100
    view.set_difference(DifferenceSettings(kind=DifferenceKind.SQUARED, gain=1.0))
    settle()
    assert "mean 0.36" in view.panes[0].shown[0].title


def test_a_difference_that_cannot_be_is_explained(qtbot: QtBot, view: CompareView, flat: Make) -> None:
    first = Layer.source("a", "day.png", flat(0.5))
    far = Layer(key="b", name="night.png", image=flat(0.5), scene=SceneRect(500, 0, 10, 10))
    with qtbot.waitSignal(view.trouble) as told:
        view.set_layers([first, far])
        view.set_mode(CompareMode.DIFFERENCE)
    assert told.args is not None
    assert "no part of the scene in common" in told.args[0]


def test_blinking_changes_the_picture_by_itself(qtbot: QtBot, view: CompareView, pair: Pair) -> None:
    view.set_layers(pair)
    view.set_blink_period(0.01)
    assert view.blink_period == pytest.approx(0.3)
    with qtbot.waitSignals([view.front_changed, view.front_changed], timeout=3000):
        view.set_mode(CompareMode.BLINK)
    view.set_mode(CompareMode.SINGLE)


def test_swapping_lets_a_and_b_change_places(view: CompareView, settle: Settle, pair: Pair) -> None:
    view.set_layers(pair)
    view.swap()
    assert [layer.name for layer in view.layers] == ["restored", "night.png"]
    assert red(settle(), 0.5, 0.5) == BRIGHT


def test_levels_and_exposure_reach_the_screen(view: CompareView, settle: Settle, pair: Pair) -> None:
    view.set_layers(pair)
    view.state.set_levels(Levels(white=0.2))
    assert red(settle(), 0.5, 0.5) == 255
    view.reset_levels()
    view.expose(0.5)
    assert DARK < red(settle(), 0.5, 0.5) < 255


def test_automatic_levels_use_what_is_visible(
    qtbot: QtBot, view: CompareView, settle: Settle, flat: Make
) -> None:
    pixels = flat(0.2).pixels.copy()
    pixels[:, 32:] = 0.6
    view.set_layers([Layer.source("a", "a", Image(pixels=pixels))])
    settle()
    with qtbot.waitSignal(view.state.look_changed):
        view.auto_levels()
    assert (view.state.levels().black, view.state.levels().white) == pytest.approx((0.2, 0.6))


def test_the_channel_key_walks_through_the_channels_there_are(view: CompareView, flat: Make) -> None:
    view.set_layers([Layer.source("a", "a", flat((0.1, 0.2, 0.3)))])
    seen = []
    for _ in range(5):
        view.next_channel()
        seen.append(view.state.channel)
    assert seen == [Channel.RED, Channel.GREEN, Channel.BLUE, Channel.LUMINANCE, Channel.COLOUR]


def test_the_pointer_reads_every_picture_at_its_place(
    qtbot: QtBot, view: CompareView, settle: Settle, pair: Pair
) -> None:
    view.set_layers(pair)
    settle()
    pane = view.panes[0]
    with qtbot.waitSignal(view.pointed) as told:
        qtbot.mouseMove(pane, pane.rect().center())
    assert told.args is not None
    readout = told.args[0]
    assert [reading.letter for reading in readout.readings] == ["A", "B"]
    assert readout.readings[0].values == (float(np.float32(0.2)),) * 3
    assert (readout.readings[1].column, readout.readings[1].row) == pytest.approx((320, 240), abs=4)


def test_one_to_one_is_a_pixel_of_the_picture_in_front(view: CompareView, settle: Settle, pair: Pair) -> None:
    view.set_layers(pair)
    view.one_to_one()
    assert view.state.scale == 1
    view.flip()
    view.one_to_one()
    assert view.state.scale == 4
    view.fit()
    settle()
    assert view.state.is_fitted


def test_a_view_that_was_fitted_stays_so_when_the_window_grows(
    qtbot: QtBot, view: CompareView, settle: Settle, pair: Pair
) -> None:
    view.set_layers(pair)
    settle()
    before = view.state.scale
    view.resize(1280, 960)
    qtbot.waitUntil(lambda: view.state.scale == pytest.approx(before * 2))


def test_layers_that_stay_keep_their_pixels_and_the_view(
    view: CompareView, settle: Settle, pair: Pair
) -> None:
    view.set_layers(pair)
    settle()
    view.state.look_at(80, 60, 9)
    (canvas, _) = view.panes[0].canvases
    view.set_layers([pair[0], pair[0].over("c", "c", pair[1].image)])
    assert canvas in view.panes[0].canvases
    assert view.state.scale == 9


def test_at_one_to_one_every_pixel_is_exact(view: CompareView, settle: Settle) -> None:
    codes = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    view.set_layers([Layer.source("a", "a", Image(pixels=codes.astype(np.float32) / 255))])
    view.one_to_one()
    image = settle()
    viewport = view.panes[0].viewport()
    for column, row in ((5, 60), (200, 150), (399, 299)):
        found = image.pixelColor(viewport.origin_x + column, viewport.origin_y + row)
        assert (found.red(), found.green(), found.blue()) == tuple(codes[row, column])


def test_overlays_and_rulers_are_drawn(view: CompareView, settle: Settle, pair: Pair) -> None:
    view.set_layers(pair)
    plain = settle()
    view.set_overlays(
        [FieldRings.around(pair[0].scene), TileGrid(tiles=(Rect(0, 0, 80, 60), Rect(64, 0, 80, 60)))]
    )
    drawn = settle()
    assert plain != drawn
    view.set_rulers(True)
    assert settle() != drawn


def test_numbers_are_written_into_large_pixels(view: CompareView, settle: Settle, pair: Pair) -> None:
    view.set_layers(pair[:1])
    view.state.look_at(80, 60, 64)
    written = settle()
    view.set_values(False)
    assert settle() != written


def test_the_tool_reaches_panes_that_come_later(view: CompareView, pair: Pair) -> None:
    view.set_tool(Tool.SELECT)
    view.set_layers(pair)
    view.set_mode(CompareMode.SIDE_BY_SIDE)
    assert {pane.tool for pane in view.panes} == {Tool.SELECT}


def test_a_picture_that_cannot_be_drawn_is_explained_once(
    qtbot: QtBot, view: CompareView, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise MemoryError("no room for 7 GB")

    monkeypatch.setattr("restora_desktop.viewer.layer_canvas.render", fail)
    with qtbot.waitSignal(view.trouble) as told:
        view.set_layers(pair[:1])
    assert told.args == ["This picture cannot be drawn: no room for 7 GB"]
    with qtbot.assertNotEmitted(view.trouble, wait=150):
        view.panes[0].redraw()
