"""One editor per kind of parameter; each shows a value and says when somebody changes it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from restora.data.geometry import Rect
from restora.plugins.parameters import (
    BoolParam,
    ChoiceParam,
    FloatParam,
    IntParam,
    Param,
    PointParam,
    RectParam,
    ReferenceParam,
    SeedParam,
    TextParam,
)
from restora_desktop.icons import IconButton
from restora_desktop.panels.editor import Editor
from restora_desktop.panels.marked_slider import MarkedSlider
from restora_desktop.panels.table_editor import TableEditor

_SLIDER_STEPS = 1000
_KEY_STEPS = 100
"""How often an arrow key must be pressed to go from one end of a slider to the other, at most."""
_SPIN_LIMIT = 2**31 - 1
_MOST_DECIMALS = 6
_RANDOM_SEED = 2**31 - 1
"""Dice stay below this, so that a seed can be read aloud."""


class WheelGuard(QObject):
    """Leaves the wheel to the panel's scrolling unless the widget has the keyboard."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Pass the wheel on."""
        if isinstance(event, QWheelEvent) and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


def _guard_wheel(owner: QWidget, *widgets: QWidget) -> None:
    guard = WheelGuard(owner)
    for widget in widgets:
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        widget.installEventFilter(guard)


class NumberEditor(Editor):
    """A slider and a box with the number; the slider runs over logarithms where that is declared."""

    def __init__(self, param: IntParam | FloatParam) -> None:
        super().__init__()
        self._param = param
        self._is_log = isinstance(param, FloatParam) and param.scale == "log" and param.minimum > 0
        self.box = _number_box(param)
        self.slider = MarkedSlider()
        self.slider.setRange(0, self._steps())
        self.slider.setSingleStep(max(1, self._steps() // _KEY_STEPS))
        self.slider.setPageStep(max(1, self._steps() // 10))
        marks = param.marks if isinstance(param, FloatParam) else ()
        self.slider.set_marks([(self._to_slider(mark), f"{mark:g}") for mark in marks])
        self.slider.setAccessibleName(param.label)
        self.box.setAccessibleName(param.label)
        self.slider.valueChanged.connect(self._take_slider)
        self.box.valueChanged.connect(self._take_box)
        _guard_wheel(self, self.slider, self.box)
        self._row(self.slider, self.box)
        self.setFocusProxy(self.box)

    def show_value(self, value: object) -> None:
        """See Editor."""
        number = float(value)  # type: ignore[arg-type]  # parsed by the parameter
        with QSignalBlocker(self.box), QSignalBlocker(self.slider):
            self.box.setValue(int(number) if isinstance(self.box, QSpinBox) else number)  # type: ignore[arg-type]  # of the box's own kind
            self.slider.setValue(self._to_slider(number))

    def _steps(self) -> int:
        if isinstance(self._param, IntParam):
            return min(_SLIDER_STEPS, (self._param.maximum - self._param.minimum) // self._param.step)
        if not self._is_log:
            return min(_SLIDER_STEPS, round((self._param.maximum - self._param.minimum) / self._param.step))
        return _SLIDER_STEPS

    def _to_slider(self, number: float) -> int:
        low, high = self._ends()
        share = (self._scaled(number) - low) / (high - low) if high > low else 0.0
        return round(share * self._steps())

    def _from_slider(self, place: int) -> float:
        low, high = self._ends()
        scaled = low + (high - low) * place / max(1, self._steps())
        number = math.exp(scaled) if self._is_log else scaled
        return min(max(self._on_grid(number), self._param.minimum), self._param.maximum)

    def _on_grid(self, number: float) -> float:
        if self._is_log:
            return float(f"{number:.3g}")
        step = self._param.step
        return self._param.minimum + round((number - self._param.minimum) / step) * step

    def _ends(self) -> tuple[float, float]:
        return self._scaled(self._param.minimum), self._scaled(self._param.maximum)

    def _scaled(self, number: float) -> float:
        return math.log(number) if self._is_log else float(number)

    def _take_slider(self, place: int) -> None:
        number = self._from_slider(place)
        if isinstance(self.box, QSpinBox):
            self.box.setValue(round(number))
        else:
            self.box.setValue(number)

    def _take_box(self) -> None:
        number = self.box.value()
        with QSignalBlocker(self.slider):
            self.slider.setValue(self._to_slider(number))
        self.edited.emit(number)


def _number_box(param: IntParam | FloatParam) -> QSpinBox | QDoubleSpinBox:
    box: QSpinBox | QDoubleSpinBox
    if isinstance(param, IntParam):
        box = QSpinBox()
        box.setRange(max(param.minimum, -_SPIN_LIMIT), min(param.maximum, _SPIN_LIMIT))
        box.setSingleStep(param.step)
    else:
        box = QDoubleSpinBox()
        box.setDecimals(_decimals(param))
        box.setRange(param.minimum, param.maximum)
        box.setSingleStep(param.step)
        box.setStepType(
            QAbstractSpinBox.StepType.AdaptiveDecimalStepType
            if param.scale == "log"
            else QAbstractSpinBox.StepType.DefaultStepType
        )
    box.setKeyboardTracking(False)
    box.setMinimumWidth(84)
    if param.unit:
        box.setSuffix(f" {param.unit}")
    return box


def _decimals(param: FloatParam) -> int:
    """Enough for the step, the bounds and the declared value."""
    numbers = (param.step, param.default, param.minimum, param.maximum)
    return min(_MOST_DECIMALS, max(_places(number) for number in numbers))


def _places(number: float) -> int:
    exponent = Decimal(repr(number)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


class BoolEditor(Editor):
    """A box to tick."""

    def __init__(self, param: BoolParam) -> None:
        super().__init__()
        self.box = QCheckBox(self.tr("on"))
        self.box.setAccessibleName(param.label)
        self.box.toggled.connect(self.edited.emit)
        self._row(self.box)

    def show_value(self, value: object) -> None:
        """See Editor."""
        with QSignalBlocker(self.box):
            self.box.setChecked(bool(value))


class ChoiceEditor(Editor):
    """A menu of named values."""

    def __init__(self, param: ChoiceParam) -> None:
        super().__init__()
        self.box = QComboBox()
        self.box.setAccessibleName(param.label)
        for value, label in param.choices.items():
            self.box.addItem(label, value)
        self.box.currentIndexChanged.connect(self._take)
        _guard_wheel(self, self.box)
        self._row(self.box)

    def show_value(self, value: object) -> None:
        """See Editor."""
        with QSignalBlocker(self.box):
            self.box.setCurrentIndex(self.box.findData(value))

    def _take(self) -> None:
        self.edited.emit(self.box.currentData())


class TextEditor(Editor):
    """A line, or several."""

    def __init__(self, param: TextParam) -> None:
        super().__init__()
        self.line: QLineEdit | QPlainTextEdit
        if param.multiline:
            self.line = QPlainTextEdit()
            self.line.setTabChangesFocus(True)
            self.line.setFixedHeight(self.line.fontMetrics().lineSpacing() * 4 + 12)
        else:
            self.line = QLineEdit()
        self.line.setAccessibleName(param.label)
        self.line.textChanged.connect(self._take)
        self._row(self.line)

    def show_value(self, value: object) -> None:
        """See Editor."""
        if value == self._text():
            return
        with QSignalBlocker(self.line):
            if isinstance(self.line, QPlainTextEdit):
                self.line.setPlainText(str(value))
            else:
                self.line.setText(str(value))

    def _text(self) -> str:
        return self.line.toPlainText() if isinstance(self.line, QPlainTextEdit) else self.line.text()

    def _take(self) -> None:
        self.edited.emit(self._text())


class SeedEditor(Editor):
    """A number, dice for another one, and a lock that keeps the dice away."""

    typed = False

    def __init__(self, param: SeedParam) -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setAccessibleName(param.label)
        self.line.textEdited.connect(self.edited.emit)
        self.dice = IconButton("dice", self.tr("Another seed"), self.tr("Another seed, drawn by chance"))
        self.dice.clicked.connect(self.roll)
        self.lock = IconButton("unlock", self.tr("Keep this seed"))
        self.lock.setCheckable(True)
        self.lock.toggled.connect(self._keep)
        self._row(self.line, self.dice, self.lock)

    def show_value(self, value: object) -> None:
        """See Editor."""
        if self.line.text() != str(value):
            self.line.setText(str(value))

    def roll(self) -> None:
        """Draw another seed."""
        self.line.setText(str(random.randrange(_RANDOM_SEED)))
        self.edited.emit(self.line.text())

    def _keep(self, on: bool) -> None:
        self.lock.show_icon("lock" if on else "unlock")
        self.line.setReadOnly(on)
        self.dice.setEnabled(not on)
        tip = self.tr("Another seed, drawn by chance")
        self.dice.setToolTip(f"{tip}\n{self.tr('Not now: the seed is kept.')}" if on else tip)


class PlaceEditor(Editor):
    """A rectangle or a pixel of the source, typed or taken from the viewer."""

    typed = False

    def __init__(self, param: RectParam | PointParam, taken: Callable[[], Rect | None]) -> None:
        super().__init__()
        self._is_rect = isinstance(param, RectParam)
        self._taken = taken
        self.line = QLineEdit()
        self.line.setAccessibleName(param.label)
        self.line.setPlaceholderText(
            self.tr("all of it") if self._is_rect else self.tr("chosen by the method")
        )
        self.line.textEdited.connect(self.edited.emit)
        what = self.tr("Take the rectangle that is drawn in the viewer")
        if not self._is_rect:
            what = self.tr("Take the middle of the rectangle that is drawn in the viewer")
        self.take = IconButton("crop", what)
        self.take.clicked.connect(self._take_from_viewer)
        self.clear = IconButton("close", self.tr("Empty"))
        self.clear.clicked.connect(self._empty)
        self._row(self.line, self.take, self.clear)

    def show_value(self, value: object) -> None:
        """See Editor."""
        text = ""
        if isinstance(value, Rect):
            text = f"{value.x}, {value.y}, {value.width}, {value.height}"
        elif isinstance(value, tuple):
            text = ", ".join(str(number) for number in value)
        if not self.line.hasFocus():
            self.line.setText(text)

    def _take_from_viewer(self) -> None:
        rect = self._taken()
        if rect is None:
            self.line.setFocus()
            return
        x, y = rect.x + rect.width // 2, rect.y + rect.height // 2
        self.line.setText(
            f"{rect.x}, {rect.y}, {rect.width}, {rect.height}" if self._is_rect else f"{x}, {y}"
        )
        self.edited.emit(self.line.text())

    def _empty(self) -> None:
        self.line.clear()
        self.edited.emit("")


class ReferenceEditor(Editor):
    """A slot for a second picture: typed, chosen from the disk, or dropped here."""

    typed = False

    def __init__(self, param: ReferenceParam, choose: Callable[[], str | None]) -> None:
        super().__init__()
        self._choose = choose
        self.setAcceptDrops(True)
        self.line = QLineEdit()
        self.line.setAccessibleName(param.label)
        self.line.setPlaceholderText(self.tr("empty; drop a picture here"))
        self.line.textEdited.connect(self.edited.emit)
        self.browse = IconButton("open", self.tr("Choose a picture"))
        self.browse.clicked.connect(self._browse)
        self.clear = IconButton("close", self.tr("Empty"))
        self.clear.clicked.connect(self._empty)
        self._row(self.line, self.browse, self.clear)

    def show_value(self, value: object) -> None:
        """See Editor."""
        if not self.line.hasFocus():
            self.line.setText("" if value is None else str(value))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Files are welcome."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Take the first file."""
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self._fill(str(Path(url.toLocalFile())))
                return

    def _browse(self) -> None:
        chosen = self._choose()
        if chosen is not None:
            self._fill(chosen)

    def _fill(self, name: str) -> None:
        self.line.setText(name)
        self.edited.emit(name)

    def _empty(self) -> None:
        self._fill("")


def editor_for(param: Param, *, taken: Callable[[], Rect | None], choose: Callable[[], str | None]) -> Editor:
    """The editor of a parameter.

    `taken` gives the rectangle drawn in the viewer, `choose` lets the user choose a picture file.
    """
    match param:
        case IntParam() | FloatParam():
            return NumberEditor(param)
        case BoolParam():
            return BoolEditor(param)
        case ChoiceParam():
            return ChoiceEditor(param)
        case TextParam():
            return TextEditor(param) if param.table is None else TableEditor(param)
        case SeedParam():
            return SeedEditor(param)
        case RectParam() | PointParam():
            return PlaceEditor(param, taken)
        case ReferenceParam():
            return ReferenceEditor(param, choose)
