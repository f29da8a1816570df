"""A table of numbers is typed or painted; both say the same."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from restora.plugins.parameters import TextParam
from restora_desktop.panels.editors import editor_for
from restora_desktop.panels.table_editor import TableEditor
from restora_desktop.panels.table_painter import numbers_in, text_of

LEFT = Qt.MouseButton.LeftButton
MAP = TextParam(id="map", label="Map", multiline=True, table=(7, 7, 0.0, 16.0))


@pytest.fixture
def editor(qtbot: QtBot) -> TableEditor:
    made = editor_for(MAP, taken=lambda: None, choose=lambda: None)
    assert isinstance(made, TableEditor)
    qtbot.addWidget(made)
    made.show_value("")
    made.show()
    return made


def cell(editor: TableEditor, row: int, column: int) -> QPoint:
    return editor.painter._place(row, column).center().toPoint()


def test_painting_writes_the_table(qtbot: QtBot, editor: TableEditor) -> None:
    editor.brush.setValue(editor.brush.maximum())
    with qtbot.waitSignal(editor.edited) as told:
        qtbot.mousePress(editor.painter, LEFT, pos=cell(editor, 0, 0))
    qtbot.mouseMove(editor.painter, cell(editor, 0, 1))
    qtbot.mouseRelease(editor.painter, LEFT, pos=cell(editor, 0, 1))
    assert told.args is not None
    assert told.args[0].startswith("16 8 8")
    table = numbers_in(editor.text.toPlainText(), 7, 7)
    assert table is not None
    assert table[0, 0] == 16
    assert table[3, 3] == 8  # what nobody painted begins in the middle


def test_typing_paints(editor: TableEditor) -> None:
    editor.text.setPlainText("5")
    assert editor.painter._numbers is not None
    assert (editor.painter._numbers == 5).all()
    editor.text.setPlainText("5 6")
    assert editor.painter._numbers is None


def test_keys_choose_a_cell_and_change_it(qtbot: QtBot, editor: TableEditor) -> None:
    editor.show_value("4")
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Plus):
        qtbot.keyClick(editor.painter, key)
    table = numbers_in(editor.text.toPlainText(), 7, 7)
    assert table is not None
    assert table[1, 1] == 5
    assert table.sum() == 4 * 49 + 1
    for _ in range(20):
        qtbot.keyClick(editor.painter, Qt.Key.Key_Minus)
    table = numbers_in(editor.text.toPlainText(), 7, 7)
    assert table is not None
    assert table[1, 1] == 0  # not below the least


def test_emptying_leaves_the_table_to_the_method(qtbot: QtBot, editor: TableEditor) -> None:
    editor.show_value("4")
    with qtbot.waitSignal(editor.edited) as told:
        editor.clear.click()
    assert told.args == [""]
    assert editor.painter._numbers is None


def test_texts_that_are_no_table_are_told_apart() -> None:
    table = np.arange(49.0).reshape(7, 7) / 3
    read = numbers_in(text_of(table), 7, 7)
    assert read is not None
    np.testing.assert_allclose(read, table, atol=5e-4)
    for text in ("", "a", "1 2 3", "nan", "1 " * 48):
        assert numbers_in(text, 7, 7) is None
