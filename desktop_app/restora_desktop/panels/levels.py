"""How numbers become brightness, and which difference is shown."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from restora_desktop.viewer.background import Background
from restora_desktop.viewer.colour_maps import ColourMap
from restora_desktop.viewer.compare_modes import CompareMode
from restora_desktop.viewer.compare_view import CompareView
from restora_desktop.viewer.difference import DifferenceKind
from restora_desktop.viewer.histogram_view import HistogramView
from restora_desktop.viewer.layers import Layer
from restora_desktop.viewer.levels import Channel, Levels, Tone


class LevelsPanel(QWidget):
    """Histogram, levels, channel, and in difference mode what is subtracted."""

    def __init__(self, view: CompareView, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self.histogram = HistogramView(background)
        self.histogram.levels_dragged.connect(self._set_levels)
        self.black = _number(-1e6, 1e6, 0.01, self.tr("Black"))
        self.white = _number(-1e6, 1e6, 0.01, self.tr("White"))
        self.exposure = _number(-20, 20, 0.5, self.tr("Exposure in stops"))
        self.exposure.setDecimals(2)
        self.exposure.setSuffix(self.tr(" stops"))
        self.tone, self.channel = QComboBox(), QComboBox()
        self.tone.setAccessibleName(self.tr("Tone"))
        self.channel.setAccessibleName(self.tr("Channel"))
        for tone in Tone:
            self.tone.addItem(tone.value, tone)
        for channel in Channel:
            self.channel.addItem(channel.value, channel)
        self.shared = QCheckBox(self.tr("Same for all pictures"))
        self._lay_out()
        self._make_difference()
        for box in (self.black, self.white, self.exposure):
            box.valueChanged.connect(self._take_numbers)
        self.tone.activated.connect(self._take_numbers)
        self.channel.activated.connect(self._take_channel)
        self.shared.toggled.connect(view.state.set_shares_levels)
        view.state.look_changed.connect(self.refresh)
        view.front_changed.connect(self.refresh)
        view.mode_changed.connect(self._show_difference)
        self._show_difference(view.mode)
        self.refresh()

    def _lay_out(self) -> None:
        ends = QHBoxLayout()
        ends.addWidget(self.black)
        ends.addWidget(self.white)
        form = QFormLayout()
        form.addRow(self.tr("Black, white"), ends)
        form.addRow(self.tr("Exposure"), self.exposure)
        form.addRow(self.tr("Tone"), self.tone)
        form.addRow(self.tr("Channel"), self.channel)
        auto = QPushButton(self.tr("Auto"))
        auto.setToolTip(self.tr("Black and white from what is visible (A)"))
        auto.clicked.connect(self._view.auto_levels)
        reset = QPushButton(self.tr("Reset"))
        reset.setToolTip(self.tr("Show numbers as they are meant (R)"))
        reset.clicked.connect(self._view.reset_levels)
        row = QHBoxLayout()
        row.addWidget(self.shared, 1)
        row.addWidget(auto)
        row.addWidget(reset)
        self._layout = QVBoxLayout(self)
        self._layout.addWidget(self.histogram)
        self._layout.addLayout(row)
        self._layout.addLayout(form)

    def _make_difference(self) -> None:
        self.difference = QGroupBox(self.tr("Difference"))
        self.kind, self.colours = QComboBox(), QComboBox()
        for kind in DifferenceKind:
            self.kind.addItem(kind.value, kind)
        for colour_map in ColourMap:
            self.colours.addItem(colour_map.value, colour_map)
        self.gain = _number(0, 1000, 1, self.tr("Gain"))
        self.gain.setSpecialValueText(self.tr("automatic"))
        form = QFormLayout(self.difference)
        for title, box in (
            (self.tr("Kind"), self.kind),
            (self.tr("Gain"), self.gain),
            (self.tr("Colours"), self.colours),
        ):
            box.setAccessibleName(title)
            form.addRow(title, box)
        settings = self._view.difference
        self.kind.setCurrentIndex(self.kind.findData(settings.kind))
        self.colours.setCurrentIndex(self.colours.findData(settings.colour_map))
        self.gain.setValue(settings.gain or 0)
        self.kind.activated.connect(self._take_difference)
        self.colours.activated.connect(self._take_difference)
        self.gain.valueChanged.connect(self._take_difference)
        self._layout.insertWidget(0, self.difference)  # in its mode it is what one looks for
        self._layout.addStretch(1)

    @Slot()
    def refresh(self) -> None:
        """Show the levels as they are."""
        layer = self._front()
        levels, state = self._levels(), self._view.state
        self.histogram.show_layer(layer)
        self.histogram.set_levels(levels)
        for box, number in (
            (self.black, levels.black),
            (self.white, levels.white),
            (self.exposure, levels.exposure),
        ):
            with QSignalBlocker(box):
                box.setValue(number)
        self.tone.setCurrentIndex(self.tone.findData(levels.tone))
        self.channel.setCurrentIndex(self.channel.findData(state.channel))
        with QSignalBlocker(self.shared):
            self.shared.setChecked(state.shares_levels)

    def _front(self) -> Layer | None:
        layers = self._view.layers
        return layers[self._view.front] if self._view.front < len(layers) else None

    def _key(self) -> str:
        layers = self._view.layers
        return layers[self._view.front].key if self._view.front < len(layers) else ""

    def _levels(self) -> Levels:
        return self._view.state.levels(self._key())

    @Slot(object)
    def _set_levels(self, levels: Levels) -> None:
        self._view.state.set_levels(levels, self._key())

    def _take_numbers(self) -> None:
        levels = replace(
            self._levels(),
            black=self.black.value(),
            white=self.white.value(),
            exposure=self.exposure.value(),
            tone=Tone(self.tone.currentData()),
        )
        self._set_levels(levels)

    def _take_channel(self) -> None:
        self._view.state.set_channel(Channel(self.channel.currentData()))

    @Slot(object)
    def _show_difference(self, mode: CompareMode) -> None:
        self.difference.setVisible(mode is CompareMode.DIFFERENCE)

    def _take_difference(self) -> None:
        settings = replace(
            self._view.difference,
            kind=DifferenceKind(self.kind.currentData()),
            gain=self.gain.value() or None,
            colour_map=ColourMap(self.colours.currentData()),
        )
        self._view.set_difference(settings)


def _number(low: float, high: float, step: float, name: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setDecimals(4)
    box.setRange(low, high)
    box.setSingleStep(step)
    box.setAccessibleName(name)
    box.setToolTip(name)
    box.setKeyboardTracking(False)
    return box
