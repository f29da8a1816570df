"""Looking around and selecting, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from restora.data.geometry import Rect
from restora_desktop.viewer.compare_view import CompareView
from restora_desktop.viewer.layers import Layer
from restora_desktop.viewer.pane import Tool
from restora_desktop.viewer.picture_pane import PicturePane

LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def pane(view: CompareView, pair: tuple[Layer, Layer]) -> PicturePane:
    """Shows 160 x 120 scene units on 640 x 480 pixels."""
    view.set_layers(pair[:1])
    view.state.look_at(80, 60, 4)
    found = view.panes[0]
    found.setFocus()
    return found


def wheel(pane: PicturePane, at: QPointF, turn: int) -> None:
    event = QWheelEvent(
        at, pane.mapToGlobal(at), QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(pane, event)


def drag(qtbot: QtBot, pane: PicturePane, start: QPoint, end: QPoint, modifier: Qt.KeyboardModifier) -> None:
    qtbot.mousePress(pane, LEFT, modifier, start)
    qtbot.mouseMove(pane, (start + end) / 2)
    qtbot.mouseMove(pane, end)
    qtbot.mouseRelease(pane, LEFT, modifier, end)


def test_the_wheel_zooms_at_the_pointer(pane: PicturePane) -> None:
    at = QPointF(100, 400)
    before = pane.viewport().to_scene(at.x(), at.y())
    wheel(pane, at, 240)
    assert pane.state.scale == pytest.approx(4 * 1.25**2)
    assert pane.viewport().to_scene(at.x(), at.y()) == pytest.approx(before, abs=0.2)


def test_dragging_moves_the_picture_with_the_pointer(qtbot: QtBot, pane: PicturePane) -> None:
    drag(qtbot, pane, QPoint(300, 200), QPoint(260, 240), Qt.KeyboardModifier.NoModifier)
    assert pane.state.centre == pytest.approx((90, 50))


def test_shift_and_dragging_selects_whole_pixels(qtbot: QtBot, pane: PicturePane) -> None:
    drag(qtbot, pane, QPoint(41, 81), QPoint(119, 159), SHIFT)
    assert pane.state.selection == Rect(10, 20, 20, 20)


def test_the_selecting_tool_selects_without_shift_and_moves_with_it(qtbot: QtBot, pane: PicturePane) -> None:
    pane.set_tool(Tool.SELECT)
    drag(qtbot, pane, QPoint(119, 159), QPoint(41, 81), Qt.KeyboardModifier.NoModifier)
    assert pane.state.selection == Rect(10, 20, 20, 20)
    drag(qtbot, pane, QPoint(300, 200), QPoint(260, 240), SHIFT)
    assert pane.state.centre == pytest.approx((90, 50))
    assert pane.state.selection == Rect(10, 20, 20, 20)


def test_a_click_with_the_selecting_tool_drops_the_selection(qtbot: QtBot, pane: PicturePane) -> None:
    pane.set_tool(Tool.SELECT)
    pane.state.set_selection(Rect(1, 1, 5, 5))
    qtbot.mouseClick(pane, LEFT, pos=QPoint(300, 300))
    assert pane.state.selection is None


def test_a_click_is_told_and_a_drag_is_not(qtbot: QtBot, pane: PicturePane) -> None:
    with qtbot.waitSignal(pane.clicked):
        qtbot.mouseClick(pane, LEFT, pos=QPoint(300, 300))
    with qtbot.assertNotEmitted(pane.clicked):
        drag(qtbot, pane, QPoint(300, 200), QPoint(200, 200), Qt.KeyboardModifier.NoModifier)


def test_the_selection_is_made_moved_resized_and_dropped_by_keys(qtbot: QtBot, pane: PicturePane) -> None:
    pane.set_tool(Tool.SELECT)
    qtbot.keyClick(pane, Qt.Key.Key_Return)
    assert pane.state.selection == Rect(40, 30, 80, 60)
    qtbot.keyClick(pane, Qt.Key.Key_Right)
    qtbot.keyClick(pane, Qt.Key.Key_Up)
    qtbot.keyClick(pane, Qt.Key.Key_Left, SHIFT)
    assert pane.state.selection == Rect(41, 29, 79, 60)
    qtbot.keyClick(pane, Qt.Key.Key_Escape)
    assert pane.state.selection is None


def test_a_selection_at_the_edge_is_not_pushed_out(qtbot: QtBot, pane: PicturePane) -> None:
    pane.set_tool(Tool.SELECT)
    pane.state.set_selection(Rect(0, 0, 5, 5))
    qtbot.keyClick(pane, Qt.Key.Key_Left)
    assert pane.state.selection == Rect(0, 0, 5, 5)


def test_keys_move_and_zoom(qtbot: QtBot, pane: PicturePane) -> None:
    qtbot.keyClick(pane, Qt.Key.Key_Right)
    assert pane.state.centre == pytest.approx((96, 60))
    qtbot.keyClick(pane, Qt.Key.Key_Plus)
    qtbot.keyClick(pane, Qt.Key.Key_Minus)
    assert pane.state.scale == pytest.approx(4)


def test_leaving_the_pane_is_told(qtbot: QtBot, view: CompareView, pane: PicturePane) -> None:
    qtbot.mouseMove(pane, QPoint(50, 50))
    with qtbot.waitSignal(view.pointed) as told:
        QApplication.sendEvent(pane, QEvent(QEvent.Type.Leave))
    assert told.args == [None]


def test_the_other_picture_is_let_go_when_the_focus_leaves(qtbot: QtBot, pane: PicturePane) -> None:
    qtbot.keyPress(pane, Qt.Key.Key_Space)
    with qtbot.waitSignal(pane.other_wanted) as told:
        QApplication.sendEvent(pane, QFocusEvent(QEvent.Type.FocusOut))
    assert told.args == [False]


def test_panes_can_be_told_apart_by_name(view: CompareView, pair: tuple[Layer, Layer]) -> None:
    view.set_layers(pair)
    assert view.panes[0].accessibleName() == "Picture: A  night.png, B  restored"
    assert view.panes[0].objectName() == "pane_0"
