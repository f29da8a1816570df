"""The editor of a camera path: the timeline with what is done to its keys."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from restora_desktop.panels.action_button import ActionButton
from restora_desktop.scene.path_model import SHORTEST_SECONDS, PathModel
from restora_desktop.scene.timeline import Timeline


class PathBar(QWidget):
    """Shows a PathModel; hidden until somebody wants a path."""

    def __init__(
        self, model: PathModel, actions: Mapping[QAction, str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("path_bar")
        self._model = model
        self.timeline = Timeline(model)
        buttons = QHBoxLayout()
        buttons.setSpacing(3)
        for action, text in actions.items():
            buttons.addWidget(ActionButton(action, text=text))
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 2, 4, 2)
        layout.setSpacing(2)
        layout.addWidget(self.timeline)
        layout.addLayout(buttons)
        layout.addLayout(self._fields())
        model.changed.connect(self._follow)
        self._follow()
        self.hide()

    def _fields(self) -> QHBoxLayout:
        self.seconds = _spin(self.tr("Seconds to the next key"), SHORTEST_SECONDS, 600.0, self.tr(" s"))
        self.seconds.valueChanged.connect(self._take_seconds)
        self.rate = _spin(self.tr("Frames per second"), 1.0, 240.0, self.tr(" /s"))
        self.rate.setValue(24.0)
        self.rate.valueChanged.connect(self._take_way)
        self.is_closed, self.is_smooth = QCheckBox(self.tr("Closed")), QCheckBox(self.tr("Smooth"))
        self.is_closed.setToolTip(self.tr("The last key leads back to the first"))
        self.is_smooth.setToolTip(self.tr("A curve through the keys instead of straight lines"))
        self.is_smooth.setChecked(True)
        for box in (self.is_closed, self.is_smooth):
            box.clicked.connect(self._take_way)
        self.frames = QLabel()
        row = QHBoxLayout()
        for widget in (self.seconds, self.rate, self.is_closed, self.is_smooth, self.frames):
            row.addWidget(widget)
        row.addStretch(1)
        return row

    @Slot()
    def _follow(self) -> None:
        model, path = self._model, self._model.path
        has_key = model.selected >= 0
        self.seconds.setEnabled(has_key)
        for widget in (self.rate, self.is_closed, self.is_smooth):
            widget.setEnabled(path is not None)
        if has_key:
            with QSignalBlocker(self.seconds):
                self.seconds.setValue(model.keys[model.selected].seconds)
        if path is not None:
            with QSignalBlocker(self.rate):
                self.rate.setValue(path.frames_per_second)
            self.is_closed.setChecked(path.is_closed)
            self.is_smooth.setChecked(path.is_smooth)
        count = 0 if path is None or len(path.keys) < 2 else path.frame_count
        self.frames.setText(self.tr("{n} frames").format(n=count))

    @Slot(float)
    def _take_seconds(self, seconds: float) -> None:
        self._model.set_seconds(self._model.selected, seconds)

    @Slot()
    def _take_way(self) -> None:
        self._model.set_way(
            is_closed=self.is_closed.isChecked(),
            is_smooth=self.is_smooth.isChecked(),
            rate=self.rate.value(),
        )


def _spin(name: str, least: float, most: float, suffix: str) -> QDoubleSpinBox:
    spin = QDoubleSpinBox()
    spin.setRange(least, most)
    spin.setDecimals(2)
    spin.setSuffix(suffix)
    spin.setKeyboardTracking(False)
    spin.setAccessibleName(name)
    spin.setToolTip(name)
    return spin
