"""Stating what a file does not say itself, with the picture that it then makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from restora.data.item import Item
from restora.data.kinds import ColourFilter, Kind, Transfer
from restora.data.orientation import Flip
from restora.errors import RestoraError
from restora.io.captures.options import BinFormat, BitOrder, Packing, SampleType
from restora.workbench import Workbench
from restora_desktop.dialogs.heading import Heading
from restora_desktop.panels.dimmed import Dimmed
from restora_desktop.pictures import picture_of, thumbnail
from restora_desktop.tasks import Tasks

_DELAY_MS = 300
_PREVIEW_SIDE = 288
_WORDS: Mapping[str, str] = {
    "image": "a picture",
    "spad": "a capture of single photons",
    "metalens": "a photograph through a metalens",
    "splat": "a scene of 3D Gaussians",
    "thw": "frames, rows, columns (thw)",
    "hwt": "rows, columns, frames (hwt)",
    "thwc": "frames, rows, columns, colours (thwc)",
    "hwtc": "rows, columns, frames, colours (hwtc)",
    "htw": "rows, frames, columns (htw)",
    "90": "90°",
    "180": "180°",
    "270": "270°",
    "0": "0°",
}
"""What is not plain from the word that a command line takes."""
_CHOICES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "kind": ("Kind", ("image", "spad", "metalens", "splat")),
    "transfer": ("Numbers", tuple(Transfer)),
    "layout": ("Order of axes", ("thw", "hwt", "thwc", "hwtc", "htw")),
    "packing": ("Packed along", tuple(Packing)),
    "bit_order": ("First pixel is the", tuple(BitOrder)),
    "colour_filter": ("Colour filter", tuple(ColourFilter)),
    "rotation": ("Turned by", ("0", "90", "180", "270")),
    "flip": ("Mirrored", tuple(Flip)),
    "format": ("Raw file of", tuple(BinFormat)),
    "sample": ("Raw sample", tuple(SampleType)),
}
_TEXTS: Mapping[str, tuple[str, str]] = {
    "bits": ("Bits per frame", "1 to 16"),
    "frames": ("Frames", ""),
    "height": ("Height", "rows of the sensor"),
    "width": ("Width", "columns of the sensor"),
    "crop": ("Crop", "x, y, width, height"),
    "member": ("Array or variable", "in archives"),
    "page": ("Page", "of a file with several, from 0"),
    "frame": ("Frame", "of a video, from 0"),
    "cameras": ("Cameras", "of a scene: a file, or COLMAP's folder"),
    "pictures": ("Photographs", "of a scene: the folder they lie in"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    serial: int
    item: Item | None = None
    small: QImage | None = None
    error: RestoraError | None = None


class ReadingDialog(QDialog):
    """Fields for everything that can be stated; `reading` is the answer once the file can be opened so."""

    def __init__(
        self,
        workbench: Workbench,
        path: Path,
        reading: Mapping[str, str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("reading_dialog")
        self.setWindowTitle(self.tr("How to read {name}").format(name=path.name))
        self.resize(760, 560)
        self._workbench, self._path = workbench, path
        self._tasks = Tasks("reading", parent=self)
        self._serial = 0
        self.fields: dict[str, QComboBox | QLineEdit] = {}
        form = self._make_fields(reading)
        self._others = {key: value for key, value in reading.items() if key not in self.fields}
        self._lay_out(form, self._make_preview())
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MS)
        self._timer.timeout.connect(self._try)
        self.finished.connect(self._end)
        self._allow(None, self.tr("the file is being read"))
        self._try()

    def _make_fields(self, reading: Mapping[str, str]) -> QWidget:
        form_widget = QWidget()
        form = QFormLayout(form_widget)
        for key, (title, choices) in _CHOICES.items():
            box = QComboBox()
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.addItem(self.tr("as the file says"), None)
            for choice in choices:
                box.addItem(_WORDS.get(str(choice), str(choice)), str(choice))
            box.setCurrentIndex(max(0, box.findData(reading.get(key))))
            box.currentIndexChanged.connect(self._restart)
            self._add(form, key, title, box)
        for key, (title, hint) in _TEXTS.items():
            line = QLineEdit(reading.get(key, ""))
            line.setPlaceholderText(hint)
            line.textChanged.connect(self._restart)
            self._add(form, key, title, line)
        return form_widget

    def _make_preview(self) -> QVBoxLayout:
        self.preview = QLabel()
        self.preview.setFixedSize(_PREVIEW_SIDE, _PREVIEW_SIDE)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.preview.setAccessibleName(self.tr("Preview"))
        self.note = Dimmed()
        column = QVBoxLayout()
        column.addWidget(self.preview)
        column.addWidget(self.note, 1, Qt.AlignmentFlag.AlignTop)
        return column

    def _lay_out(self, form: QWidget, right: QVBoxLayout) -> None:
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(form)
        middle = QHBoxLayout()
        middle.addWidget(scroll, 1)
        middle.addLayout(right)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(
            Heading(self.windowTitle(), self.tr("What is stated here wins over what the file says."))
        )
        layout.addLayout(middle, 1)
        layout.addWidget(self.buttons)

    def reading(self) -> dict[str, str]:
        """Everything that is stated."""
        stated = dict(self._others)
        for key, field in self.fields.items():
            value = field.currentData() if isinstance(field, QComboBox) else field.text().strip()
            if value:
                stated[key] = str(value)
        return stated

    @property
    def is_idle(self) -> bool:
        """Whether the preview is up to date."""
        return self._tasks.is_idle and not self._timer.isActive()

    def _add(self, form: QFormLayout, key: str, title: str, field: QComboBox | QLineEdit) -> None:
        field.setAccessibleName(title)
        field.setObjectName(f"state.{key}")
        self.fields[key] = field
        form.addRow(title, field)

    def _restart(self) -> None:
        self._allow(None, self.tr("the file is being read"))
        self._timer.start()

    def _try(self) -> None:
        self._serial += 1
        workbench, path, reading, serial = self._workbench, self._path, self.reading(), self._serial
        self._tasks.start(lambda: _tried(workbench, path, reading, serial), self._show)

    def _show(self, tried: _Tried) -> None:
        if tried.serial != self._serial:
            return
        if tried.item is None:
            error = tried.error
            advice = "" if error is None else error.advice or ""
            self.preview.setPixmap(QPixmap())
            self._allow(f"{error}\n{advice}".strip(), self.tr("it cannot be read so"))
            return
        side = Qt.AspectRatioMode.KeepAspectRatio
        small = QPixmap() if tried.small is None else QPixmap.fromImage(tried.small)
        self.preview.setPixmap(small if small.isNull() else small.scaled(_PREVIEW_SIDE, _PREVIEW_SIDE, side))
        probe = tried.item.probe
        frames = f", {probe.frames} frames" if probe.frames else ""
        lines = [f"{probe.size_text}{frames}, {probe.kind}"]
        lines += [f"{fact.name}: {fact.value} ({fact.origin})" for fact in probe.facts]
        self._allow("\n".join((*lines, *probe.warnings)), None)

    def _allow(self, note: str | None, reason: str | None) -> None:
        button = self.buttons.button(QDialogButtonBox.StandardButton.Open)
        button.setEnabled(reason is None)
        button.setToolTip("" if reason is None else self.tr("Not now: {r}.").format(r=reason))
        if note is not None:
            self.note.setText(note)

    def _end(self) -> None:
        self._timer.stop()
        self._tasks.close()


def _tried(workbench: Workbench, path: Path, reading: Mapping[str, str], serial: int) -> _Tried:
    try:
        item = workbench.open(path, reading)
        small = None if item.kind is Kind.SPLAT else thumbnail(picture_of(item))
        return _Tried(serial=serial, item=item, small=small)
    except RestoraError as error:
        return _Tried(serial=serial, error=error)
