"""Selecting Gaussians: by hand, by a number, and what is done with the selection."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from restora.splats.attributes import ATTRIBUTES, Histogram, Statistics
from restora_desktop.panels.action_button import ActionButton
from restora_desktop.panels.dimmed import Dimmed
from restora_desktop.scene.attribute_plot import AttributePlot
from restora_desktop.scene.number_field import NumberField


class SelectTab(QWidget):
    """Shows how an attribute is spread, and the selection.

    Signals:
        attribute_wanted: the id of an attribute to be measured.
        range_wanted: attribute id, lower and upper end to select.
    """

    attribute_wanted = Signal(str)
    range_wanted = Signal(str, float, float)

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.count = QLabel()
        self.count.setWordWrap(True)
        self.attribute = QComboBox()
        self.attribute.setAccessibleName(self.tr("Attribute"))
        for each in ATTRIBUTES.values():
            unit = f" ({each.unit})" if each.unit else ""
            self.attribute.addItem(f"{each.title}{unit}", each.id)
        self.attribute.activated.connect(self.ask)
        self.plot = AttributePlot()
        self.plot.range_wanted.connect(self._take_range)
        self.figures = Dimmed()
        layout = QVBoxLayout(self)
        for part in (self.count, self.attribute, self.plot, self.figures):
            layout.addWidget(part)
        layout.addLayout(self._range())
        buttons = QGridLayout()
        for number, action in enumerate(actions):
            buttons.addWidget(ActionButton(action), number // 2, number % 2)
        layout.addLayout(buttons)
        layout.addStretch(1)
        self.show_nothing()

    def _range(self) -> QHBoxLayout:
        self.low = NumberField(self.tr("Lower end of the range"))
        self.high = NumberField(self.tr("Upper end of the range"))
        for field in (self.low, self.high):
            field.valueChanged.connect(self._show_range)
        self.choose = QPushButton(self.tr("Select range"))
        self.choose.setToolTip(self.tr("Select the Gaussians whose number lies in the range"))
        self.choose.clicked.connect(self._want_range)
        row = QHBoxLayout()
        row.addWidget(self.low, 1)
        row.addWidget(QLabel(self.tr("to")))
        row.addWidget(self.high, 1)
        row.addWidget(self.choose)
        return row

    def show_nothing(self) -> None:
        """No scene is there."""
        self.plot.show_histogram(None)
        self.figures.setText("")
        self.choose.setEnabled(False)
        self.show_count(0, 0)

    def show_count(self, selected: int, total: int) -> None:
        """How many are selected."""
        share = f" ({selected / total:.1%})" if total else ""
        self.count.setText(self.tr("{n} of {m} selected").format(n=f"{selected:,}", m=f"{total:,}") + share)

    def show_attribute(self, attribute_id: str, histogram: Histogram, figures: Statistics) -> None:
        """How it is spread."""
        if attribute_id != self.attribute.currentData():
            return
        self.plot.show_histogram(histogram, is_logarithmic=ATTRIBUTES[attribute_id].is_logarithmic)
        self.figures.setText(_told(figures))
        self.choose.setEnabled(True)
        self._take_range(figures.minimum, figures.maximum)

    @Slot()
    def ask(self) -> None:
        """Have the chosen attribute measured."""
        self.attribute_wanted.emit(self.attribute.currentData())

    @Slot(float, float)
    def _take_range(self, low: float, high: float) -> None:
        with QSignalBlocker(self.low), QSignalBlocker(self.high):
            self.low.setValue(low)
            self.high.setValue(high)
        self._show_range()

    @Slot()
    def _show_range(self) -> None:
        self.plot.show_range(self.low.value(), self.high.value())

    @Slot()
    def _want_range(self) -> None:
        low, high = sorted((self.low.value(), self.high.value()))
        # The field shows six digits: what stands at the very edge must not fall out.
        slack = 1e-6 * max(abs(low), abs(high))
        self.range_wanted.emit(self.attribute.currentData(), low - slack, high + slack)


def _told(figures: Statistics) -> str:
    lines = [
        f"{figures.minimum:.4g} to {figures.maximum:.4g}",
        f"median {figures.median:.4g}, mean {figures.mean:.4g}",
        f"2nd to 98th percentile {figures.percentile_2:.4g} to {figures.percentile_98:.4g}",
    ]
    if figures.not_finite:
        lines.append(f"{figures.not_finite:,} are not finite")
    return "\n".join(lines)
