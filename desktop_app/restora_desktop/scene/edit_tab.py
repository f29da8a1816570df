"""Changing a scene as a whole: crop box, transform, clean-up, fewer harmonics."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from restora.errors import BadInputError
from restora.splats.edits.cleaning import CleaningRules
from restora.splats.edits.similarity import Similarity
from restora_desktop.panels.dimmed import Dimmed
from restora_desktop.scene.number_field import NumberField
from restora_desktop.scene.viewpoint import turning

if TYPE_CHECKING:
    from restora_desktop.scene.viewpoint import Vector

_AXES = ("x", "y", "z")


class EditTab(QWidget):
    """Asks for numbers and says what is wanted.

    Signals:
        box_changed: the corners (two arrays) of the crop box to be shown, or None.
        crop_wanted: the corners.
        transform_wanted: a Similarity.
        rubbish_wanted: CleaningRules to look with.
        degree_wanted: the highest degree to keep.
    """

    box_changed = Signal(object)
    crop_wanted = Signal(object, object)
    transform_wanted = Signal(object)
    rubbish_wanted = Signal(object)
    degree_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.addWidget(
            Dimmed(self.tr("A scene from a file is never changed: the first edit makes a copy in the list."))
        )
        for group in (self._clean_up(), self._crop_box(), self._transform(), self._harmonics()):
            layout.addWidget(group)
        layout.addStretch(1)

    # -- clean-up ------------------------------------------------------------------------------------

    def _clean_up(self) -> QGroupBox:
        group = QGroupBox(self.tr("Floaters"))
        self.faint = QCheckBox(self.tr("Fainter than"))
        self.faint.setChecked(True)
        self.opacity = NumberField(self.tr("Least opacity"), 0.005, least=0.0, most=0.999)
        self.large = QCheckBox(self.tr("Larger than"))
        self.largest = NumberField(self.tr("Largest size, scene units"), 1.0, least=1e-9)
        self.alone = QCheckBox(self.tr("Isolated:"))
        self.neighbours = QSpinBox()
        self.neighbours.setRange(2, 100)
        self.neighbours.setValue(20)
        self.neighbours.setSuffix(self.tr(" neighbours"))
        self.neighbours.setAccessibleName(self.tr("Neighbours to compare with"))
        self.deviations = NumberField(self.tr("Standard deviations beyond the mean"), 2.0, least=0.01)
        self.deviations.setSuffix(self.tr(" deviations"))
        self.look = QPushButton(self.tr("Select floaters"))
        self.look.setToolTip(self.tr("Select what breaks one of the rules; look at it, then delete it"))
        self.look.clicked.connect(self._want_rubbish)
        self._lay_out_clean_up(QGridLayout(group))
        return group

    def _lay_out_clean_up(self, grid: QGridLayout) -> None:
        grid.addWidget(self.faint, 0, 0)
        grid.addWidget(self.opacity, 0, 1)
        grid.addWidget(self.large, 1, 0)
        grid.addWidget(self.largest, 1, 1)
        grid.addWidget(self.alone, 2, 0)
        row = QHBoxLayout()
        row.addWidget(self.neighbours)
        row.addWidget(self.deviations)
        grid.addLayout(row, 2, 1)
        grid.addWidget(self.look, 3, 0, 1, 2)

    @Slot()
    def _want_rubbish(self) -> None:
        self.rubbish_wanted.emit(
            CleaningRules(
                least_opacity=self.opacity.value() if self.faint.isChecked() else None,
                largest_size=self.largest.value() if self.large.isChecked() else None,
                neighbours=self.neighbours.value() if self.alone.isChecked() else None,
                deviations=self.deviations.value(),
            )
        )

    # -- crop ----------------------------------------------------------------------------------------

    def _crop_box(self) -> QGroupBox:
        group = QGroupBox(self.tr("Crop box"))
        grid = QGridLayout(group)
        self.low = [NumberField(self.tr("Lower {axis}").format(axis=axis)) for axis in _AXES]
        self.high = [NumberField(self.tr("Upper {axis}").format(axis=axis)) for axis in _AXES]
        for row, axis in enumerate(_AXES):
            grid.addWidget(QLabel(axis), row, 0)
            grid.addWidget(self.low[row], row, 1)
            grid.addWidget(self.high[row], row, 2)
        for field in (*self.low, *self.high):
            field.valueChanged.connect(self._show_box)
        self.is_box_shown = QCheckBox(self.tr("Show"))
        self.is_box_shown.setToolTip(self.tr("Draw the box over the scene"))
        self.is_box_shown.toggled.connect(self._show_box)
        self.crop = QPushButton(self.tr("Crop"))
        self.crop.setToolTip(self.tr("Take away what lies outside of the box"))
        self.crop.clicked.connect(self._want_crop)
        grid.addWidget(self.is_box_shown, 3, 1)
        grid.addWidget(self.crop, 3, 2)
        return group

    def show_box(self, low: Vector, high: Vector) -> None:
        """Begin with this box."""
        for field, value in zip((*self.low, *self.high), (*low, *high), strict=True):
            with QSignalBlocker(field):
                field.setValue(float(value))
        self._show_box()

    def box(self) -> tuple[Vector, Vector]:
        """The corners, lower numbers first."""
        ends = np.array([[field.value() for field in side] for side in (self.low, self.high)])
        return ends.min(axis=0), ends.max(axis=0)

    @Slot()
    def _show_box(self) -> None:
        self.box_changed.emit(self.box() if self.is_box_shown.isChecked() else None)

    @Slot()
    def _want_crop(self) -> None:
        self.crop_wanted.emit(*self.box())

    # -- transform -----------------------------------------------------------------------------------

    def _transform(self) -> QGroupBox:
        group = QGroupBox(self.tr("Transform"))
        grid = QGridLayout(group)
        self.shift = [NumberField(self.tr("Move along {axis}").format(axis=axis)) for axis in _AXES]
        self.angles = [
            NumberField(self.tr("Turn about {axis}").format(axis=axis), suffix="°") for axis in _AXES
        ]
        grid.addWidget(QLabel(self.tr("Move")), 0, 1)
        grid.addWidget(QLabel(self.tr("Turn")), 0, 2)
        for row, axis in enumerate(_AXES):
            grid.addWidget(QLabel(axis), row + 1, 0)
            grid.addWidget(self.shift[row], row + 1, 1)
            grid.addWidget(self.angles[row], row + 1, 2)
        self.scale = NumberField(self.tr("Scale"), 1.0, least=1e-9, suffix=" ×")
        self.apply = QPushButton(self.tr("Transform"))
        self.apply.setToolTip(self.tr("Scale and turn about the origin (x, then y, then z), then move"))
        self.apply.clicked.connect(self._want_transform)
        grid.addWidget(QLabel(self.tr("Scale")), 4, 0)
        grid.addWidget(self.scale, 4, 1)
        grid.addWidget(self.apply, 4, 2)
        return group

    def similarity(self) -> Similarity:
        """What the fields say; raises BadInputError where that is no change that can be made."""
        rotation = np.eye(3)
        for axis, field in zip(np.eye(3), self.angles, strict=True):
            rotation = turning(axis, math.radians(field.value())) @ rotation
        shift = np.array([field.value() for field in self.shift])
        return Similarity(rotation=rotation, shift=shift, scale=self.scale.value())

    @Slot()
    def _want_transform(self) -> None:
        try:
            change = self.similarity()
        except BadInputError as error:
            self.apply.setToolTip(str(error))
            return
        self.transform_wanted.emit(change)
        for field in (*self.shift, *self.angles):
            field.setValue(0.0)
        self.scale.setValue(1.0)

    # -- harmonics -----------------------------------------------------------------------------------

    def _harmonics(self) -> QGroupBox:
        group = QGroupBox(self.tr("Harmonics"))
        row = QHBoxLayout(group)
        self.degree = QComboBox()
        self.degree.setAccessibleName(self.tr("Highest degree to keep"))
        for degree in range(3):
            self.degree.addItem(self.tr("Keep up to degree {n}").format(n=degree), degree)
        self.reduce = QPushButton(self.tr("Reduce"))
        self.reduce.setToolTip(self.tr("Drop higher bands: a smaller file, colours that change less"))
        self.reduce.clicked.connect(self._want_degree)
        row.addWidget(self.degree, 1)
        row.addWidget(self.reduce)
        return group

    @Slot()
    def _want_degree(self) -> None:
        self.degree_wanted.emit(int(self.degree.currentData()))
