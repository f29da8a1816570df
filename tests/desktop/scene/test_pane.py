"""The pane and its render thread: what is drawn when, and what hands and keys do."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from restora.data.scene import GaussianScene
from restora_desktop.scene.drawing import Channel, Look
from restora_desktop.scene.mouse import Hand
from restora_desktop.scene.pane import ScenePane
from restora_desktop.scene.pane_texts import name_of, statistics_line

from made_scenes import make_scene  # isort: skip

if TYPE_CHECKING:
    from point_renderer import Record

Settled = Callable[[], None]


def test_a_scene_is_drawn_quickly_first_and_in_full_at_rest(shown: ScenePane, record: Record) -> None:
    qualities = [quality for _, _, quality in record.drawn]
    assert not qualities[0].is_full
    assert qualities[-1].is_full
    assert shown.side.image is not None
    assert (shown.side.image.width(), shown.side.image.height()) == (160, 120)


def test_previews_are_called_previews_and_full_pictures_are_not(
    shown: ScenePane, record: Record, qtbot: QtBot, settled: Settled
) -> None:
    assert "preview" not in name_of(shown, shown.side)
    assert "full quality" in statistics_line(shown.side)
    shown.navigator.orbit(0.3, 0)
    qtbot.waitUntil(lambda: not shown.side.quality.is_full)
    assert "preview" in name_of(shown, shown.side)
    assert "of the Gaussians" in statistics_line(shown.side)
    settled()


def test_the_newest_view_wins(shown: ScenePane, record: Record, qtbot: QtBot, settled: Settled) -> None:
    before = len(record.drawn)
    record.gate.clear()
    for _ in range(30):
        shown.navigator.orbit(0.02, 0)
    record.gate.set()
    settled()
    assert len(record.drawn) - before <= 4
    drawn, wanted = record.drawn[-1][0], shown.camera()
    assert np.allclose(drawn.world_to_camera, wanted.world_to_camera)


def test_a_full_picture_gives_way_to_a_moving_view(
    shown: ScenePane, record: Record, qtbot: QtBot, settled: Settled
) -> None:
    record.seconds_per_band = 0.1
    shown.navigator.orbit(0.1, 0)
    qtbot.wait(400)  # into the full picture
    record.seconds_per_band = 0.0
    count = len(record.drawn)
    shown.navigator.orbit(0.1, 0)
    settled()
    later = [quality.is_full for _, _, quality in record.drawn[count:]]
    assert later[0] is False
    assert later[-1] is True


def test_rows_are_shown_as_they_arrive(
    shown: ScenePane, record: Record, qtbot: QtBot, settled: Settled
) -> None:
    record.seconds_per_band = 0.05
    pictures: list[bool] = []
    shown.side.changed.connect(lambda: pictures.append(shown.side.quality.is_full))
    shown.navigator.orbit(0.4, 0)
    settled()
    assert pictures.count(False) >= 5, "the preview, then its rows one band after the other"
    assert pictures[-1]


def test_pictures_own_their_bytes_and_arrive_on_the_gui_thread(shown: ScenePane, qtbot: QtBot) -> None:
    threads: list[str] = []
    shown.side.changed.connect(lambda: threads.append(threading.current_thread().name))
    image = shown.side.image
    assert image is not None
    before = image.copy()
    shown.navigator.orbit(0.5, 0)
    qtbot.waitUntil(lambda: shown.is_settled)
    assert image == before
    assert set(threads) == {threading.main_thread().name}


@pytest.mark.parametrize("channel", list(Channel))
def test_depth_and_alpha_are_other_pictures(
    shown: ScenePane, channel: Channel, settled: Settled, record: Record
) -> None:
    shown.set_look(Look(channel=channel, background=(1.0, 0.0, 0.0)))
    settled()
    image = shown.side.image
    assert image is not None
    corner = QColor(image.pixel(0, 0))
    assert corner == (QColor(255, 0, 0) if channel is Channel.COLOUR else QColor(0, 0, 0))
    colours = {image.pixel(x, y) for x in range(0, 160, 2) for y in range(0, 120, 2)}
    assert len(colours) > (1 if channel is Channel.ALPHA else 4)


def test_nothing_is_drawn_while_nobody_looks(shown: ScenePane, record: Record, qtbot: QtBot) -> None:
    shown.hide()
    count = len(record.drawn)
    shown.navigator.orbit(0.5, 0)
    qtbot.wait(250)
    assert len(record.drawn) == count
    shown.show()
    qtbot.waitUntil(lambda: len(record.drawn) > count and shown.is_settled)


def test_a_failure_is_told_and_the_next_picture_is_drawn(
    shown: ScenePane, record: Record, qtbot: QtBot, settled: Settled
) -> None:
    record.error = MemoryError("no room")
    with qtbot.waitSignal(shown.failed, timeout=2000) as told:
        shown.navigator.orbit(0.2, 0)
    assert "no room" in str(told.args[0])
    record.error = None
    shown.navigator.orbit(0.2, 0)
    settled()
    assert shown.side.quality.is_full


# -- hands -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("button", "keys", "keeps_pivot", "keeps_distance"),
    [
        (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, True, True),
        (Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier, True, False),
        (Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, False, True),
        (Qt.MouseButton.RightButton, Qt.KeyboardModifier.AltModifier, True, False),
    ],
)
def test_the_mouse_orbits_dollies_and_pans(
    shown: ScenePane,
    button: Qt.MouseButton,
    keys: Qt.KeyboardModifier,
    keeps_pivot: bool,
    keeps_distance: bool,
) -> None:
    before = shown.navigator.view
    drag_by_events(shown, button, keys)
    after = shown.navigator.view
    assert np.allclose(after.pivot, before.pivot) == keeps_pivot
    assert math.isclose(after.distance, before.distance, rel_tol=1e-6) == keeps_distance
    assert not np.allclose(after.position, before.position)


def drag_by_events(pane: ScenePane, button: Qt.MouseButton, keys: Qt.KeyboardModifier) -> None:
    """QTest's moves carry no button and no modifiers."""
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    kinds = [QEvent.Type.MouseButtonPress, *[QEvent.Type.MouseMove] * 3, QEvent.Type.MouseButtonRelease]
    for number, kind in enumerate(kinds):
        at = QPointF(60 + 8 * number, 50 + 6 * number)
        pressed = button if kind is not QEvent.Type.MouseMove else Qt.MouseButton.NoButton
        event = QMouseEvent(kind, at, pane.mapToGlobal(at), pressed, button, keys)
        QApplication.sendEvent(pane, event)


@pytest.mark.parametrize(
    "key", [Qt.Key.Key_W, Qt.Key.Key_A, Qt.Key.Key_Up, Qt.Key.Key_PageUp, Qt.Key.Key_Plus]
)
def test_every_move_has_a_key(shown: ScenePane, key: Qt.Key) -> None:
    before = shown.navigator.view.position
    QTest.keyClick(shown, key)
    assert not np.allclose(shown.navigator.view.position, before)


@pytest.mark.parametrize(
    "keys",
    [Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier],
)
def test_arrows_with_a_modifier_turn_or_pan(shown: ScenePane, keys: Qt.KeyboardModifier) -> None:
    before = shown.navigator.view
    QTest.keyClick(shown, Qt.Key.Key_Left, keys)
    after = shown.navigator.view
    turned = not np.allclose(after.rotation, before.rotation)
    moved = not np.allclose(after.position, before.position)
    assert turned == (keys != Qt.KeyboardModifier.ShiftModifier)
    assert moved == (keys != Qt.KeyboardModifier.AltModifier)


def test_a_held_key_flies_until_it_is_let_go_or_the_keyboard_goes_elsewhere(
    shown: ScenePane, qtbot: QtBot, settled: Settled
) -> None:
    QTest.keyPress(shown, Qt.Key.Key_W)
    first = shown.navigator.view.position
    qtbot.wait(120)
    assert not np.allclose(shown.navigator.view.position, first)
    QTest.keyRelease(shown, Qt.Key.Key_W)
    rested = shown.navigator.view.position
    qtbot.wait(60)
    assert np.allclose(shown.navigator.view.position, rested)
    QTest.keyPress(shown, Qt.Key.Key_S)
    shown.clearFocus()
    away = shown.navigator.view.position
    qtbot.wait(60)
    assert np.allclose(shown.navigator.view.position, away)
    settled()
    assert shown.side.quality.is_full


def test_what_is_under_the_pointer_becomes_the_pivot(qtbot: QtBot, pane: ScenePane, settled: Settled) -> None:
    pane.navigator.set_extent(np.zeros(3), 1.0)
    pane.navigator.reset()
    pane.show_scene(make_scene([(0.0, 0.0, 0.0)], [(1.0, 1.0, 1.0)]), "one")
    settled()
    middle = QPointF(pane.width() / 2, pane.height() / 2)
    found = pane.point_at(middle)
    assert found is not None
    assert found == pytest.approx([0, 0, 0], abs=0.05)
    assert pane.point_at(QPointF(2, 2)) is None
    pane.navigator.fly(0.3, 0.0, 0.0)
    settled()
    QTest.mouseDClick(pane, Qt.MouseButton.LeftButton, pos=QPoint(pane.width() // 2 - 12, pane.height() // 2))
    assert pane.navigator.view.pivot == pytest.approx([0, 0, 0], abs=0.1)


def test_rectangles_and_spheres_are_drawn_by_hand(shown: ScenePane, qtbot: QtBot) -> None:
    shown.set_hand(Hand.RECTANGLE)
    with qtbot.waitSignal(shown.rectangle_drawn) as drawn:
        drag_by_events(shown, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    x0, y0, x1, y1 = drawn.args[0]
    assert (x0, y0) == pytest.approx((60 / 160, 50 / 120))
    assert (x1, y1) == pytest.approx((92 / 160, 74 / 120))
    assert shown.marks.rectangle is None
    before = shown.navigator.view
    assert np.allclose(shown.navigator.view.position, before.position)


def test_a_photo_is_wiped_against_the_scene(
    shown: ScenePane, corners: GaussianScene, settled: Settled
) -> None:
    shown.navigator.snap(corners.cameras.cameras[0])
    settled()
    photo = QImage(80, 60, QImage.Format.Format_RGB32)
    photo.fill(QColor(0, 0, 255))
    shown.compare_photo(photo, "left.png")
    assert shown.wipe is not None
    picture = shown.grab().toImage()
    assert QColor(picture.pixel(shown.width() - 6, shown.height() // 2)) == QColor(0, 0, 255)
    assert QColor(picture.pixel(6, shown.height() // 2)) != QColor(0, 0, 255)
    shown.compare_photo(None)
    assert shown.wipe is None


def test_two_scenes_are_wiped_from_the_same_camera(
    shown: ScenePane, record: Record, settled: Settled
) -> None:
    shown.compare_scene(make_scene([(0.0, 0.0, 0.0)], [(1.0, 0.0, 0.0)]), "other.ply")
    settled()
    shown.navigator.orbit(0.3, 0.1)
    settled()
    poses = [camera.world_to_camera for camera, _, quality in record.drawn if quality.is_full]
    assert np.allclose(poses[-1], poses[-2])
    assert "A" in name_of(shown, shown.side)
