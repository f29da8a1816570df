"""The page with the ladder: between which values it goes, what it is about, and the way back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from restora.plugins.parameters import FloatParam, IntParam
from restora_desktop.panels.dimmed import Dimmed
from restora_desktop.viewer.background import Background
from restora_desktop.viewer.ladder import Ladder

_REST_MS = 500
RUNGS = 5


class LadderPage(QWidget):
    """Shows a ladder with its two ends.

    Signals:
        range_changed: the ends are other ones.
        left: somebody goes back without taking a value.
    """

    range_changed = Signal()
    left = Signal()

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ladder_page")
        self.ladder = Ladder(background)
        self._param: IntParam | FloatParam | None = None
        self.title = QLabel()
        self.title.setProperty("role", "heading")
        self.note = Dimmed()
        self.low, self.high = self._box(self.tr("From")), self._box(self.tr("To"))
        self.back = QPushButton(self.tr("Back"))
        self.back.setToolTip(self.tr("Leave the value as it is (Escape)"))
        self.back.clicked.connect(self.left)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.range_changed)
        row = QHBoxLayout()
        row.addWidget(self.title, 1)
        for name, box in ((self.tr("from"), self.low), (self.tr("to"), self.high)):
            label = QLabel(name)
            label.setBuddy(box)
            row.addWidget(label)
            row.addWidget(box)
        row.addWidget(self.back)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addLayout(row)
        column.addWidget(self.note)
        column.addWidget(self.ladder, 1)

    def show_param(self, param: IntParam | FloatParam) -> None:
        """Offer the values of this parameter; its ends are kept while it stays."""
        self.title.setText(param.label)
        if param is self._param:
            return
        self._param = param
        marks = param.marks if isinstance(param, FloatParam) else ()
        low, high = (min(marks), max(marks)) if len(marks) > 1 else (param.minimum, param.maximum)
        for box, value in ((self.low, low), (self.high, high)):
            box.blockSignals(True)
            box.setDecimals(0 if isinstance(param, IntParam) else _decimals(param.step))
            box.setRange(param.minimum, param.maximum)
            box.setSingleStep(param.step)
            box.setValue(value)
            box.blockSignals(False)

    def values(self) -> tuple[float | int, ...]:
        """The rungs from one end to the other, each a value that the parameter can have."""
        param = self._param
        if param is None:
            return ()
        return rungs(param, self.low.value(), self.high.value())

    def close_ladder(self) -> None:
        """Show nothing any more."""
        self._rest.stop()
        self.ladder.show_rungs(())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape goes back."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _box(self, name: str) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setAccessibleName(name)
        box.setKeyboardTracking(False)
        box.setMinimumWidth(84)
        box.valueChanged.connect(self._take)
        return box

    @Slot()
    def _take(self) -> None:
        self._rest.start()


def rungs(param: IntParam | FloatParam, low: float, high: float) -> tuple[float | int, ...]:
    """Up to five different values from `low` to `high`: even steps, or even ratios on logarithmic scales."""
    low, high = min(low, high), max(low, high)
    is_log = isinstance(param, FloatParam) and param.scale == "log" and low > 0
    shares = [number / (RUNGS - 1) for number in range(RUNGS)]
    if is_log:
        places = [low * (high / low) ** share for share in shares]
    else:
        places = [low + (high - low) * share for share in shares]
    return tuple(dict.fromkeys(_on_grid(param, place, is_log=is_log) for place in places))


def _on_grid(param: IntParam | FloatParam, place: float, *, is_log: bool) -> float | int:
    if isinstance(param, IntParam):
        return min(max(round(place), param.minimum), param.maximum)
    if is_log:
        stepped = float(f"{place:.2g}")
    else:
        stepped = round(param.minimum + round((place - param.minimum) / param.step) * param.step, 9)
    return min(max(stepped, param.minimum), param.maximum)


def _decimals(step: float) -> int:
    return max(2, next((n for n in range(7) if abs(step * 10**n - round(step * 10**n)) < 1e-9), 6))


def told_values(values: Sequence[float | int]) -> tuple[str, ...]:
    """As people read them."""
    return tuple(f"{value:g}" for value in values)
