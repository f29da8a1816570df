"""Sliders with marks: they are seen, and the hand is drawn to them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from restora.plugins.parameters import FloatParam
from restora_desktop.panels.editors import NumberEditor

LEFT = Qt.MouseButton.LeftButton
KNOB = FloatParam(
    id="alpha", label="Knob", default=0.75, minimum=-0.5, maximum=1.5, step=0.01, marks=(0.0, 0.75, 1.0, 1.05)
)


@pytest.fixture
def editor(qtbot: QtBot) -> NumberEditor:
    made = NumberEditor(KNOB)
    qtbot.addWidget(made)
    made.resize(500, made.sizeHint().height())
    made.show_value(0.75)
    made.show()
    return made


def place(editor: NumberEditor, value: float) -> QPoint:
    slider = editor.slider
    return QPoint(round(slider._x_of(editor._to_slider(value))), slider._groove_centre())


def test_a_drag_stops_at_a_mark_that_is_near(qtbot: QtBot, editor: NumberEditor) -> None:
    near = place(editor, 1.0) + QPoint(-3, 0)
    qtbot.mousePress(editor.slider, LEFT, pos=place(editor, 0.75))
    qtbot.mouseMove(editor.slider, near)
    qtbot.mouseRelease(editor.slider, LEFT, pos=near)
    assert editor.box.value() == 1.0


def test_between_marks_every_value_can_be_had(qtbot: QtBot, editor: NumberEditor) -> None:
    between = place(editor, 0.4)
    qtbot.mousePress(editor.slider, LEFT, pos=place(editor, 0.75))
    qtbot.mouseMove(editor.slider, between)
    qtbot.mouseRelease(editor.slider, LEFT, pos=between)
    assert editor.box.value() == pytest.approx(0.4, abs=0.03)


def test_keys_go_by_the_declared_step(qtbot: QtBot, editor: NumberEditor) -> None:
    editor.slider.setFocus()
    qtbot.keyClick(editor.slider, Qt.Key.Key_Right)
    assert editor.box.value() == pytest.approx(0.77, abs=0.001)


def test_a_slider_with_marks_has_room_for_their_names(qtbot: QtBot, editor: NumberEditor) -> None:
    plain = NumberEditor(FloatParam(id="a", label="A", default=0.0, minimum=0.0, maximum=1.0))
    qtbot.addWidget(plain)
    assert editor.slider.minimumHeight() > plain.slider.sizeHint().height()
