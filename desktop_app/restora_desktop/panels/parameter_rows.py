"""The rows of the method panel: one per parameter, in groups, made from the declaration."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from restora.data.geometry import Rect
from restora.plugins.parameters import Param
from restora_desktop.icons import IconButton, icon
from restora_desktop.models.parameters import ParameterSet
from restora_desktop.panels.dimmed import Dimmed
from restora_desktop.panels.editors import editor_for

Taken = Callable[[], Rect | None]
Choose = Callable[[], str | None]


class ParameterRow(QWidget):
    """Label, editor, an arrow back to the declared value, and the sentence about what is wrong."""

    def __init__(self, param: Param, values: ParameterSet, *, taken: Taken, choose: Choose) -> None:
        super().__init__()
        self.param = param
        self._values = values
        self.setObjectName(f"param.{param.id}")
        self.label = QLabel(param.label)
        self.editor = editor_for(param, taken=taken, choose=choose)
        self.editor.setAccessibleName(param.label)
        self.editor.setAccessibleDescription(param.help)
        self.label.setBuddy(self.editor)
        self.back = IconButton("reset", self.tr("Back to the declared value"))
        self.problem = Dimmed(role="problem")
        self.setToolTip(f"<qt>{param.help}</qt>" if param.help else "")
        self.editor.edited.connect(self._take)
        self.back.clicked.connect(self._reset)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self.label, 1)
        head.addWidget(self.back)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 4)
        layout.setSpacing(1)
        layout.addLayout(head)
        layout.addWidget(self.editor)
        layout.addWidget(self.problem)
        policy = self.back.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.back.setSizePolicy(policy)
        self.refresh()

    def refresh(self) -> None:
        """Show the value as it is now."""
        problem = self._values.problem(self.param.id)
        if problem is None:
            self.editor.show_value(self._values.value(self.param.id))
        self.problem.setText(problem or "")
        self.problem.setVisible(problem is not None)
        is_default = self._values.is_default(self.param.id)
        self.back.setVisible(not is_default)
        self.label.setProperty("role", "" if is_default else "changed")
        self.label.style().polish(self.label)

    def _take(self, value: object) -> None:
        self._values.set(self.param.id, value, typed=self.editor.typed)

    def _reset(self) -> None:
        self._values.reset(self.param.id)
        self.editor.show_value(self._values.value(self.param.id))


class Fold(QWidget):
    """A heading that folds what is below it away."""

    def __init__(self, title: str, *, is_open: bool) -> None:
        super().__init__()
        self.head = QToolButton()
        self.head.setText(title)
        self.head.setCheckable(True)
        self.head.setChecked(is_open)
        self.head.setAutoRaise(True)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.toggled.connect(self._fold)
        self.body = QWidget()
        self.rows = QVBoxLayout(self.body)
        self.rows.setContentsMargins(6, 0, 0, 0)
        self.rows.setSpacing(2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 2)
        layout.setSpacing(2)
        layout.addWidget(self.head)
        layout.addWidget(self.body)
        self._fold(is_open)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Follow the colours of the theme."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._show_icon()

    def _fold(self, is_open: bool) -> None:
        self.body.setVisible(is_open)
        self._show_icon()

    def _show_icon(self) -> None:
        self.head.setIcon(icon("down" if self.head.isChecked() else "right"))


class ParameterRows(QWidget):
    """All parameters of one method; rows that do not matter are hidden.

    Signals:
        shown: other rows are visible now.
    """

    shown = Signal()

    def __init__(self, values: ParameterSet, *, taken: Taken, choose: Choose) -> None:
        super().__init__()
        self._values = values
        self.rows: dict[str, ParameterRow] = {}
        self._folds: dict[str, Fold] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for param in sorted(values.info.params, key=lambda param: param.advanced):
            row = ParameterRow(param, values, taken=taken, choose=choose)
            self.rows[param.id] = row
            self._place(param, layout).addWidget(row)
        values.changed.connect(self._refresh)
        self._refresh()

    def _place(self, param: Param, plain: QVBoxLayout) -> QVBoxLayout:
        """Where a parameter stands: on its own, in its group, or among the advanced ones."""
        title = self.tr("Advanced") if param.advanced else param.group
        if not title:
            return plain
        if title not in self._folds:
            self._folds[title] = Fold(title, is_open=not param.advanced)
            plain.addWidget(self._folds[title])
        return self._folds[title].rows

    def _refresh(self) -> None:
        for param_id, row in self.rows.items():
            row.setVisible(self._values.is_visible(param_id))
            row.refresh()
        for fold in self._folds.values():
            inside = [row for row in self.rows.values() if fold.body.isAncestorOf(row)]
            fold.setVisible(any(not row.isHidden() for row in inside))
        self.shown.emit()
