"""Figures of quality: of a picture, or against a reference, on all of it, the visible part or a rectangle."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from restora.data.geometry import Rect
from restora.data.image import Image
from restora.errors import BadInputError
from restora.tasks.comparing import Figure, chosen_metrics, figures
from restora.workbench import Workbench
from restora_desktop.models.items import Node
from restora_desktop.panels.dimmed import Dimmed
from restora_desktop.tasks import Tasks


class Extent(StrEnum):
    """Which part is measured."""

    WHOLE = "whole picture"
    VISIBLE = "visible part"
    RECTANGLE = "rectangle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The answers for one picture."""

    picture: str
    reference: str
    extent: str
    figures: tuple[Figure, ...]


class FiguresPanel(QWidget):
    """Measures on a thread of its own when it is asked to.

    Signals:
        csv_wanted: the text of a table is to be written to a file.
        failed: an exception.
    """

    csv_wanted = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        visible: Callable[[], Rect | None],
        rectangle: Callable[[], Rect | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._places = {Extent.VISIBLE: visible, Extent.RECTANGLE: rectangle}
        self._workbench: Workbench | None = None
        self._tasks = Tasks("figures", parent=self)
        self._nodes: tuple[Node, ...] = ()
        self._measured: list[Measured] = []
        layout = QVBoxLayout(self)
        layout.addLayout(self._make_form())
        layout.addLayout(self._make_buttons())
        self._make_table()
        self.note = Dimmed()
        layout.addWidget(self.table, 1)
        layout.addWidget(self.note)
        self._offer()

    def _make_form(self) -> QFormLayout:
        self.picture, self.reference, self.extent = QComboBox(), QComboBox(), QComboBox()
        form = QFormLayout()
        for title, box in (
            (self.tr("Picture"), self.picture),
            (self.tr("Reference"), self.reference),
            (self.tr("On"), self.extent),
        ):
            box.setAccessibleName(title)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            form.addRow(title, box)
        for extent in Extent:
            self.extent.addItem(extent.value, extent)
        return form

    def _make_buttons(self) -> QHBoxLayout:
        self.measure = QPushButton(self.tr("Measure"))
        self.measure.clicked.connect(self.start)
        self.save = QPushButton(self.tr("Save as CSV…"))
        self.save.clicked.connect(self._save)
        self.copy = QPushButton(self.tr("Copy"))
        self.copy.clicked.connect(self._copy)
        buttons = QHBoxLayout()
        for button in (self.measure, self.copy, self.save):
            buttons.addWidget(button)
        return buttons

    def _make_table(self) -> None:
        self.table = QTableWidget(0, 3)
        self.table.setObjectName("figures_table")
        self.table.setAccessibleName(self.tr("Figures"))
        self.table.setHorizontalHeaderLabels([self.tr("Figure"), self.tr("Value"), self.tr("Better")])
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.setMinimumHeight(6 * self.fontMetrics().lineSpacing())
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def attach(self, workbench: Workbench) -> None:
        """Measure with the metrics of this one's plugins."""
        self._workbench = workbench
        self._offer()

    def close_threads(self) -> bool:
        """Measure nothing any more; False if a thread does not let go."""
        return self._tasks.close()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being measured."""
        return self._tasks.is_idle

    def show_nodes(self, nodes: Sequence[Node], front: Node | None, reference: Node | None) -> None:
        """Offer these pictures; `front` is measured against `reference` unless something else is chosen."""
        self._nodes = tuple(node for node in nodes if node.picture is not None)
        for box, chosen, first in (
            (self.picture, front, None),
            (self.reference, reference if reference is not front else None, self.tr("(none)")),
        ):
            with QSignalBlocker(box):
                box.clear()
                if first is not None:
                    box.addItem(first, None)
                for node in self._nodes:
                    box.addItem(_full_title(node), node.id)
                place = -1 if chosen is None else box.findData(chosen.id)
                box.setCurrentIndex(max(place, 0))
        self._offer()

    def start(self) -> None:
        """Measure what is chosen."""
        workbench, node = self._workbench, self._node(self.picture)
        if workbench is None or node is None or node.picture is None:
            return
        reference = self._node(self.reference)
        extent = Extent(self.extent.currentData())
        place = self._places[extent]() if extent in self._places else None
        if extent is not Extent.WHOLE and place is None:
            self.note.setText(self.tr("No rectangle is drawn: choose Select rectangle and drag."))
            return
        against = None if reference is None else reference.picture
        unit = node.root.picture or node.picture
        work = _Work(workbench, node, against, place, unit, _told_extent(extent, place), reference)
        self.measure.setEnabled(False)
        self.note.setText(self.tr("Measuring…"))
        self._tasks.start(work, self._take, self._refuse)

    def csv_text(self) -> str:
        """All that was measured, one line per figure."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["picture", "reference", "part", "figure", "value", "unit", "reason"])
        for measured in self._measured:
            for figure in measured.figures:
                value = "" if figure.value is None else repr(figure.value)
                start = [measured.picture, measured.reference, measured.extent]
                writer.writerow([*start, figure.metric.id, value, figure.metric.unit, figure.reason])
        return out.getvalue()

    def _node(self, box: QComboBox) -> Node | None:
        return next((node for node in self._nodes if node.id == box.currentData()), None)

    def _take(self, measured: Measured) -> None:
        self._measured.append(measured)
        self.table.setRowCount(len(measured.figures))
        for row, figure in enumerate(measured.figures):
            value = (
                self.tr("none")
                if figure.value is None
                else f"{figure.value:.5g} {figure.metric.unit}".strip()
            )
            better = self.tr("higher") if figure.metric.higher_is_better else self.tr("lower")
            for column, text in enumerate((figure.metric.title, value, better)):
                cell = QTableWidgetItem(text)
                cell.setToolTip(figure.reason or figure.metric.id)
                cell.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                self.table.setItem(row, column, cell)
        against = f" against {measured.reference}" if measured.reference else ""
        none = "" if measured.figures else self.tr(" No loaded plugin has a figure for that.")
        self.note.setText(f"{measured.picture}{against}, {measured.extent}.{none}")
        self._offer()

    def _refuse(self, error: Exception) -> None:
        self.note.setText(str(error))
        self._offer()
        self.failed.emit(error)

    def _offer(self) -> None:
        can = self._workbench is not None and bool(self._nodes)
        self.measure.setEnabled(can)
        tip = self.tr("Compute all figures that the plugins offer")
        self.measure.setToolTip(tip if can else f"{tip}\n" + self.tr("Not now: nothing is open."))
        for button in (self.copy, self.save):
            button.setEnabled(bool(self._measured))
            button.setToolTip("" if self._measured else self.tr("Not now: nothing was measured yet."))

    def _save(self) -> None:
        self.csv_wanted.emit(self.csv_text())

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.csv_text())


@dataclass(frozen=True, slots=True)
class _Work:
    workbench: Workbench
    node: Node
    reference_picture: Image | None
    place: Rect | None
    unit: Image
    extent: str
    reference: Node | None

    def __call__(self) -> Measured:
        assert self.node.picture is not None  # `start` leaves others out
        image = _part(self.node.picture, self.place, self.unit, self.node.region)
        reference = None
        if self.reference_picture is not None and self.reference is not None:
            reference = _part(self.reference_picture, self.place, self.unit, self.reference.region)
        return Measured(
            picture=_full_title(self.node),
            reference="" if self.reference is None else _full_title(self.reference),
            extent=self.extent,
            figures=figures(
                chosen_metrics(self.workbench.host, ()), image, reference, weights=self.workbench.weights
            ),
        )


def _part(image: Image, place: Rect | None, unit: Image, region: Rect | None) -> Image:
    """The part of a picture that lies over `place`, which counts pixels of `unit`."""
    if place is None:
        return image
    if region is not None:
        raise BadInputError("a result of a part can only be measured as a whole picture")
    part = place.scaled(image.width / unit.width)
    rows = slice(max(0, part.y), min(image.height, part.bottom))
    columns = slice(max(0, part.x), min(image.width, part.right))
    pixels = image.pixels[rows, columns]
    if pixels.size == 0:
        raise BadInputError("the chosen part holds no pixel of the picture")
    return replace(image, pixels=np.ascontiguousarray(pixels))


def _told_extent(extent: Extent, place: Rect | None) -> str:
    if place is None:
        return extent.value
    return f"{place.width} × {place.height} pixels from {place.x}, {place.y}"


def _full_title(node: Node) -> str:
    return node.title if node.parent is None else f"{node.root.title} · {node.title}"
