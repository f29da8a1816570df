"""The knob on a result: a slider that repeats the method with another value while it is moved."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from restora.plugins.parameters import FloatParam, IntParam
from restora_desktop.panels.dimmed import Dimmed
from restora_desktop.panels.editors import NumberEditor


class KnobBar(QWidget):
    """Shows one parameter of the result in front, and what has become of the last move.

    Signals:
        moved: the value under the hand.
        keep_wanted: what is shown is to stay; the next move makes another result.
    """

    moved = Signal(object)
    keep_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("knob_bar")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.editor: NumberEditor | None = None
        self._param: IntParam | FloatParam | None = None
        self.title = QLabel()
        self.keep = QPushButton(self.tr("Keep"))
        self.keep.setObjectName("keep_tuned")
        self.keep.clicked.connect(self.keep_wanted)
        self.note = Dimmed()
        self.note.setObjectName("knob_note")
        self._place = QHBoxLayout()
        row = QHBoxLayout()
        row.addWidget(self.title)
        row.addLayout(self._place, 1)
        row.addWidget(self.keep)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(1)
        column.addLayout(row)
        column.addWidget(self.note)
        self.hide()

    def show_param(self, param: IntParam | FloatParam, value: object) -> None:
        """Offer this parameter at this value."""
        if param is not self._param or self.editor is None:
            if self.editor is not None:
                self._place.removeWidget(self.editor)
                self.editor.deleteLater()
            self._param = param
            self.editor = NumberEditor(param)
            self.editor.setToolTip(f"<qt>{param.help}</qt>" if param.help else "")
            self.editor.setAccessibleName(param.label)
            self.editor.edited.connect(self.moved)
            self.title.setText(param.label)
            self.title.setBuddy(self.editor)
            self._place.addWidget(self.editor)
        self.editor.show_value(value)
        self.show()

    def offer_keeping(self, on: bool) -> None:
        """Whether there is something to keep."""
        self.keep.setEnabled(on)
        tip = self.tr("Leave this result as it is; the next move makes another one")
        self.keep.setToolTip(tip if on else f"{tip}\n" + self.tr("Not now: move the slider first."))
