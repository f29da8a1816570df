"""Running the method on whole folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from restora.errors import RestoraError
from restora.jobs.batch import NameTemplate
from restora.jobs.order import Existing
from restora.jobs.video_orders import FrameChoice
from restora_desktop.batching import BatchWish
from restora_desktop.dialogs.export import WriteForm
from restora_desktop.dialogs.heading import Heading
from restora_desktop.file_dialogs import Dialogs
from restora_desktop.panels.dimmed import Dimmed

_OF_FRAMES = ".png"
"""The form of pictures in a folder of frames."""
_EXISTING = {
    Existing.SKIP: "Skip if its recipe asks for the same",
    Existing.OVERWRITE: "Replace it",
    Existing.FAIL: "Leave it and report the file",
}


class BatchDialog(QDialog):
    """Inputs, names and form of the results; `wish` is the answer."""

    def __init__(
        self,
        title: str,
        inputs: Sequence[Path],
        suffixes: Sequence[str],
        dialogs: Dialogs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("batch_dialog")
        self.setWindowTitle(self.tr("Batch: {method}").format(method=title))
        self.setAcceptDrops(True)
        self.resize(640, 620)
        self._dialogs = dialogs
        layout = QVBoxLayout(self)
        sentence = self.tr("One job per file; a file that fails does not hold up the others.")
        layout.addWidget(Heading(self.windowTitle(), sentence))
        self._make_inputs(layout, inputs)
        self._make_output(layout, suffixes)
        self._make_form(layout)
        self.output.textChanged.connect(self._check)
        self.template.textChanged.connect(self._check)
        self.frames.textChanged.connect(self._check)
        self.suffix.currentTextChanged.connect(self._take_suffix)
        self._take_suffix()

    def _make_inputs(self, layout: QVBoxLayout, inputs: Sequence[Path]) -> None:
        self.inputs = QListWidget()
        self.inputs.setAccessibleName(self.tr("Files and folders"))
        self.inputs.addItems([str(path) for path in inputs])
        files = QPushButton(self.tr("Add files…"))
        folder = QPushButton(self.tr("Add folder…"))
        remove = QPushButton(self.tr("Remove"))
        files.clicked.connect(self._add_files)
        folder.clicked.connect(self._add_folder)
        remove.clicked.connect(self._remove)
        adders = QHBoxLayout()
        for button in (files, folder, remove):
            adders.addWidget(button)
        adders.addStretch(1)
        layout.addWidget(self.inputs, 1)
        layout.addLayout(adders)

    def _make_output(self, layout: QVBoxLayout, suffixes: Sequence[str]) -> None:
        self.recursive = QCheckBox(self.tr("Sub-folders too, mirrored in the output"))
        self.recursive.setChecked(True)
        self.template = QLineEdit("{stem}")
        self.template.setToolTip("{stem} {method} {scale} {seed} {n:03}")
        self.suffix = QComboBox()
        for suffix in suffixes:
            self.suffix.addItem(suffix, suffix)
        if not suffixes:
            self.suffix.addItem(self.tr("a folder of frames"), "")
        self.frames = QLineEdit()
        self.frames.setEnabled(bool(suffixes))
        self.frames.setAccessibleName(self.tr("Frames of videos"))
        self.frames.setPlaceholderText(self.tr("the first one only; all, or START:LENGTH such as 100:50"))
        self.existing = QComboBox()
        for choice, text in _EXISTING.items():
            self.existing.addItem(text, choice)
        self.example = Dimmed()
        form = QFormLayout()
        form.addRow(self.tr("Results go to"), self._make_place())
        form.addRow(self.tr("Names"), self.template)
        form.addRow("", self.example)
        form.addRow(self.tr("Format"), self.suffix)
        form.addRow(self.tr("Frames of videos"), self.frames)
        form.addRow(self.tr("If it is there"), self.existing)
        layout.addWidget(self.recursive)
        layout.addLayout(form)

    def _make_place(self) -> QHBoxLayout:
        self.output = QLineEdit()
        self.output.setAccessibleName(self.tr("Folder for the results"))
        browse = QPushButton(self.tr("Choose…"))
        browse.clicked.connect(self._choose_output)
        place = QHBoxLayout()
        place.addWidget(self.output, 1)
        place.addWidget(browse)
        return place

    def _make_form(self, layout: QVBoxLayout) -> None:
        self.form = WriteForm()
        box = QGroupBox(self.tr("Form of the files"))
        QVBoxLayout(box).addWidget(self.form)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText(self.tr("Start"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout.addWidget(box)
        layout.addWidget(self.buttons)

    def wish(self) -> BatchWish:
        """As filled in."""
        return BatchWish(
            inputs=tuple(Path(self.inputs.item(row).text()) for row in range(self.inputs.count())),
            output=Path(self.output.text()).expanduser(),
            template=self.template.text(),
            suffix=self._ending,
            recursive=self.recursive.isChecked(),
            existing=Existing(self.existing.currentData()),
            export=self.form.options(),
            frames=self._frames(),
        )

    def add_inputs(self, paths: Sequence[Path]) -> None:
        """Put more on the list; what is on it already is left out."""
        for path in paths:
            if not self.inputs.findItems(str(path), Qt.MatchFlag.MatchExactly):
                self.inputs.addItem(str(path))
        self._check()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Files and folders are welcome."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Put them on the list."""
        self.add_inputs([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    def _add_files(self) -> None:
        self.add_inputs(self._dialogs.open_files(self, self.tr("Files for the batch"), self.output.text()))

    def _add_folder(self) -> None:
        folder = self._dialogs.open_folder(self, self.tr("A folder for the batch"), self.output.text())
        if folder is not None:
            self.add_inputs([folder])

    def _remove(self) -> None:
        for item in self.inputs.selectedItems():
            self.inputs.takeItem(self.inputs.row(item))
        self._check()

    def _choose_output(self) -> None:
        folder = self._dialogs.open_folder(self, self.tr("Folder for the results"), self.output.text())
        if folder is not None:
            self.output.setText(str(folder))

    def _frames(self) -> FrameChoice | None:
        """Raises ParameterError for a text that is no choice of frames."""
        text = self.frames.text().strip()
        return FrameChoice.parse(text) if text else None

    @property
    def _ending(self) -> str:
        """Empty for folders of frames."""
        return str(self.suffix.currentData())

    @Slot()
    def _take_suffix(self) -> None:
        self.form.show_suffix(self._ending or _OF_FRAMES)
        self._check()

    def _check(self) -> None:
        problem = self._problem()
        if problem is None:
            names = NameTemplate(text=self.template.text(), suffix=self._ending)
            name = names.name(stem="photo", method="method", scale=1, seed=0, n=1)
            self.example.setText(self.tr("photo.png becomes {name}").format(name=name))
        else:
            self.example.setText(problem)
        start = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        start.setEnabled(problem is None)
        start.setToolTip("" if problem is None else self.tr("Not now: {p}").format(p=problem))

    def _problem(self) -> str | None:
        if self.inputs.count() == 0:
            return self.tr("There are no files yet: add some, or drop them here.")
        if not self.output.text().strip():
            return self.tr("There is no folder for the results yet.")
        try:
            names = NameTemplate(text=self.template.text(), suffix=self._ending)
            names.name(stem="photo", method="method", scale=1, seed=0, n=1)
            self._frames()
        except RestoraError as error:
            return str(error)
        return None
