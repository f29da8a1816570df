"""Asks how a view of a scene is to be fixed: with which method, at which size, beside which photographs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from restora.data.camera import Camera
from restora.plugins.declarations import MethodInfo
from restora_desktop.dialogs.heading import Heading
from restora_desktop.panels.dimmed import Dimmed
from restora_desktop.scene.fix_choices import Candidate, PictureFile, Reference
from restora_desktop.scene.reference_slot import ReferenceSlot

_THUMBNAIL, _PREVIEW = QSize(128, 96), QSize(320, 240)
_MOST_SLOTS = 4
_LONGEST = 8192


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wish:
    """What somebody wants to be fixed how."""

    info: MethodInfo
    longest_side: int
    references: tuple[Reference, ...] | None = None
    """Chosen pictures; None leaves the choice to what each render shows."""


class FixDialog(QDialog):
    """One for a single view, for all cameras and for a path: what does not apply is not there.

    Signals:
        weights_wanted: the id of a method whose weights are missing.
        camera_dropped: the number of a slot, and the row of the camera that was dropped onto it.
        file_dropped: the number of a slot, and the Path that was dropped onto it.
    """

    weights_wanted = Signal(str)
    camera_dropped = Signal(int, int)
    file_dropped = Signal(int, object)

    def __init__(
        self,
        title: str,
        explanation: str,
        methods: Sequence[MethodInfo],
        longest_side: int,
        parent: QWidget,
        *,
        preview: QImage | None = None,
        has_size: bool = True,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("fix_dialog")
        self.setWindowTitle(title)
        self._missing: dict[str, str] = {}
        self._choices: list[Reference] = []
        self._takes_references = False
        self._icons: dict[int, QIcon] = {}
        self._methods = {info.id: info for info in methods}
        layout = QVBoxLayout(self)
        layout.addWidget(Heading(title, explanation))
        if preview is not None:
            layout.addWidget(self._preview(preview), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addLayout(self._form(longest_side, has_size=has_size))
        for widget in (*self._references(), *self._weights(), self._buttons()):
            layout.addWidget(widget)
        self._show_method()

    # -- making --------------------------------------------------------------------------------------

    def _preview(self, image: QImage) -> QLabel:
        preview = QLabel()
        preview.setAccessibleName(self.tr("The render"))
        preview.setPixmap(_fitted(image, _PREVIEW))
        return preview

    def _form(self, longest_side: int, *, has_size: bool) -> QFormLayout:
        form = QFormLayout()
        self.method = QComboBox()
        self.method.setAccessibleName(self.tr("Method"))
        for row, info in enumerate(self._methods.values()):
            self.method.addItem(info.title, info.id)
            self.method.setItemData(row, info.summary, Qt.ItemDataRole.ToolTipRole)
        self.method.currentIndexChanged.connect(self._show_method)
        form.addRow(self.tr("Method"), self.method)
        self.summary = Dimmed()
        form.addRow("", self.summary)
        self.size_field = QSpinBox()
        self.size_field.setRange(64, _LONGEST)
        self.size_field.setSingleStep(64)
        self.size_field.setSuffix(self.tr(" px"))
        self.size_field.setValue(longest_side)
        self.size_field.setAccessibleName(self.tr("Longest side of the render"))
        if has_size:
            form.addRow(self.tr("Longest side"), self.size_field)
        return form

    def _references(self) -> tuple[QWidget, QWidget]:
        self._slots_box = QWidget()
        self._slots = QHBoxLayout(self._slots_box)
        self._slots.setContentsMargins(0, 0, 0, 0)
        self.slots: list[ReferenceSlot] = []
        self.references_note = Dimmed()
        return self.references_note, self._slots_box

    def _weights(self) -> tuple[QWidget, QWidget]:
        self.weights_note = Dimmed(role="problem")
        self.get_weights = QPushButton(self.tr("Get the weights…"))
        self.get_weights.clicked.connect(self._want_weights)
        return self.weights_note, self.get_weights

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = buttons.addButton(self.tr("Fix"), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        return buttons

    # -- what was chosen -----------------------------------------------------------------------------

    @property
    def info(self) -> MethodInfo:
        """The chosen method."""
        return self._methods[str(self.method.currentData())]

    def wish(self) -> Wish:
        """What was chosen."""
        rows = [slot.currentIndex() - 1 for slot in self.slots]
        chosen = tuple(self._choices[row] for row in rows if row >= 0)
        references = chosen if self.slots else None
        return Wish(info=self.info, longest_side=self.size_field.value(), references=references)

    def show_missing(self, notes: dict[str, str]) -> None:
        """Which methods lack weights, by id, and what is said about it."""
        self._missing = notes
        self._show_method()

    def offer_references(self, found: Sequence[Candidate]) -> None:
        """Photographs that may be chosen, the best first; others may be dropped from now on."""
        self._choices = list(found)
        self._takes_references = True
        self._show_method()

    def put_reference(self, number: int, reference: Reference) -> None:
        """Offer a further picture, and choose it in a slot."""
        known = next((row for row, each in enumerate(self._choices) if _is_same(each, reference)), None)
        if known is None:
            known = len(self._choices)
            self._choices.append(reference)
            for slot in self.slots:
                slot.addItem(reference.told)
        if number < len(self.slots):  # another method may have been chosen meanwhile
            self.slots[number].setCurrentIndex(known + 1)

    def show_photo(self, camera: Camera, image: QImage) -> None:
        """A camera's small picture is there."""
        for row, choice in enumerate(self._choices):
            if isinstance(choice, Candidate) and choice.camera is camera:
                self._show_icon(row, image)

    def show_file(self, path: Path, image: QImage) -> None:
        """A dropped file's small picture is there."""
        for row, choice in enumerate(self._choices):
            if isinstance(choice, PictureFile) and choice.path == path:
                self._show_icon(row, image)

    def _show_icon(self, row: int, image: QImage) -> None:
        self._icons[row] = QIcon(_fitted(image, _THUMBNAIL))
        for slot in self.slots:
            slot.setItemIcon(row + 1, self._icons[row])

    @Slot()
    def _show_method(self) -> None:
        info = self.info
        self.summary.setText(info.summary)
        note = self._missing.get(info.id, "")
        self.weights_note.setText(note)
        self.weights_note.setVisible(bool(note))
        self.get_weights.setVisible(bool(note))
        self.go.setEnabled(not note)
        self.go.setToolTip(self.tr("Not now: {n}.").format(n=note) if note else "")
        self._make_slots(info)

    def _make_slots(self, info: MethodInfo) -> None:
        for slot in self.slots:
            self._slots.removeWidget(slot)
            slot.hide()
            slot.deleteLater()
        count = min(info.references.maximum, _MOST_SLOTS) if self._takes_references else 0
        self.slots = [self._slot(number) for number in range(count)]
        has_slots = bool(self.slots)
        self._slots_box.setVisible(has_slots)
        self.references_note.setVisible(has_slots)
        self.references_note.setText(info.references.hint or self.tr("Photographs beside the render"))
        self.adjustSize()

    def _slot(self, number: int) -> ReferenceSlot:
        slot = ReferenceSlot(_THUMBNAIL)
        slot.setAccessibleName(self.tr("Reference {n}").format(n=number + 1))
        slot.setToolTip(
            self.tr(
                "Photographs of the scene; the one that sees most of the render comes first. "
                "A camera of the strip or a picture file can be dropped here."
            )
        )
        slot.addItem(self.tr("(none)"))
        for row, choice in enumerate(self._choices):
            slot.addItem(self._icons.get(row, QIcon()), choice.told)
        slot.setCurrentIndex(min(number + 1, len(self._choices)))
        slot.camera_dropped.connect(partial(self.camera_dropped.emit, number))
        slot.file_dropped.connect(partial(self.file_dropped.emit, number))
        self._slots.addWidget(slot, 1)
        return slot

    @Slot()
    def _want_weights(self) -> None:
        self.weights_wanted.emit(self.info.id)


def _is_same(one: Reference, other: Reference) -> bool:
    if isinstance(one, Candidate) and isinstance(other, Candidate):
        return one.camera is other.camera
    return isinstance(one, PictureFile) and isinstance(other, PictureFile) and one.path == other.path


def _fitted(image: QImage, size: QSize) -> QPixmap:
    return QPixmap.fromImage(
        image.scaled(size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
    )
