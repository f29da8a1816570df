"""How a result is to be written."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from restora.data.kinds import Transfer
from restora.io.writing import Depth, WriteOptions, can_embed_recipe, writable_depths
from restora.jobs.exporting import ExportOptions, RecipePlace
from restora_desktop.dialogs.heading import Heading
from restora_desktop.file_dialogs import Dialogs
from restora_desktop.panels.dimmed import Dimmed

_DEPTHS = {
    Depth.U8: "8 bit",
    Depth.U16: "16 bit",
    Depth.F16: "16 bit float",
    Depth.F32: "32 bit float",
}
_RECIPES = {
    RecipePlace.BESIDE: "Beside the picture, as a text file",
    RecipePlace.INSIDE: "Inside the picture",
    RecipePlace.NONE: "Nowhere",
}
_WITH_QUALITY = frozenset({".jpg", ".jpeg", ".webp"})


class WriteForm(QWidget):
    """Depth, transfer, metadata, quality and the recipe's place, for one ending; also used for batches.

    Signals:
        edited: something was changed.
    """

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.depths, self.transfer, self.recipe = QComboBox(), QComboBox(), QComboBox()
        self.transfer.addItem(self.tr("As usual for the format"), None)
        self.transfer.addItem(self.tr("sRGB"), Transfer.SRGB)
        self.transfer.addItem(self.tr("Linear light"), Transfer.LINEAR)
        self.metadata = QCheckBox(self.tr("Keep EXIF and texts of the source"))
        self.metadata.setChecked(True)
        self.quality = QSpinBox()
        self.quality.setRange(1, 100)
        self.quality.setValue(95)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.addRow(self.tr("Depth"), self.depths)
        self._form.addRow(self.tr("Numbers"), self.transfer)
        self._form.addRow(self.tr("Quality"), self.quality)
        self._form.addRow(self.tr("Metadata"), self.metadata)
        self._form.addRow(self.tr("Recipe"), self.recipe)
        for box in (self.depths, self.transfer, self.recipe):
            box.currentIndexChanged.connect(self.edited)
        self.show_suffix(".png")

    def show_suffix(self, suffix: str) -> None:
        """Offer what files of this ending can be."""
        kept = self.depths.currentData()
        self.depths.clear()
        self.depths.addItem(self.tr("As the source"), None)
        for depth in writable_depths(suffix):
            self.depths.addItem(_DEPTHS[depth], depth)
        self.depths.setCurrentIndex(max(0, self.depths.findData(kept)))
        place = self.recipe.currentData() or RecipePlace.BESIDE
        self.recipe.clear()
        for option, title in _RECIPES.items():
            if option is not RecipePlace.INSIDE or can_embed_recipe(Path(f"a{suffix}")):
                self.recipe.addItem(title, option)
        self.recipe.setCurrentIndex(max(0, self.recipe.findData(place)))
        self._form.setRowVisible(self.quality, suffix.lower() in _WITH_QUALITY)

    def options(self) -> ExportOptions:
        """As chosen."""
        depth, transfer = self.depths.currentData(), self.transfer.currentData()
        return ExportOptions(
            picture=WriteOptions(
                depth=None if depth is None else Depth(depth),
                transfer=None if transfer is None else Transfer(transfer),
                keep_metadata=self.metadata.isChecked(),
                quality=self.quality.value(),
            ),
            recipe=RecipePlace(self.recipe.currentData()),
        )


class ExportDialog(QDialog):
    """Asks for a place and a form; `path` and `options` are the answer.

    Without suffixes a folder is asked for, as for the frames of a path.
    """

    def __init__(
        self, suggestion: Path, suffixes: tuple[str, ...], dialogs: Dialogs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("export_dialog")
        self.setWindowTitle(self.tr("Export result"))
        self.setMinimumWidth(560)
        self._dialogs, self._suffixes = dialogs, suffixes
        place = self._make_place(suggestion)
        self.form = WriteForm()
        self.note = Dimmed()
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._lay_out(place)
        self.line.textChanged.connect(self._follow_path)
        self.suffix.activated.connect(self._take_suffix)
        self._follow_path()

    def _make_place(self, suggestion: Path) -> QHBoxLayout:
        self.line = QLineEdit(str(suggestion))
        self.line.setAccessibleName(self.tr("File"))
        browse = QToolButton()
        browse.setText("…")
        browse.setAccessibleName(self.tr("Choose another place"))
        browse.setToolTip(self.tr("Choose another place"))
        browse.clicked.connect(self._browse)
        self.suffix = QComboBox()
        self.suffix.setAccessibleName(self.tr("Format"))
        self.suffix.addItems(list(self._suffixes))
        self.suffix.setVisible(bool(self._suffixes))
        place = QHBoxLayout()
        place.addWidget(self.line, 1)
        place.addWidget(browse)
        place.addWidget(self.suffix)
        return place

    def _lay_out(self, place: QHBoxLayout) -> None:
        layout = QVBoxLayout(self)
        layout.addWidget(Heading(self.windowTitle()))
        label = QLabel(self.tr("File") if self._suffixes else self.tr("A new folder for the frames"))
        label.setBuddy(self.line)
        layout.addWidget(label)
        layout.addLayout(place)
        layout.addWidget(self.form)
        layout.addWidget(self.note)
        layout.addStretch(1)
        layout.addWidget(self.buttons)

    @property
    def path(self) -> Path:
        """Where to."""
        return Path(self.line.text()).expanduser()

    @property
    def options(self) -> ExportOptions:
        """How."""
        return self.form.options()

    def _browse(self) -> None:
        chosen = self._dialogs.save_file(self, self.tr("Export result"), self.line.text())
        if chosen is not None:
            self.line.setText(str(chosen))

    def _take_suffix(self) -> None:
        path = self.path
        self.line.setText(str(path.with_suffix(self.suffix.currentText())))

    def _follow_path(self) -> None:
        path = self.path
        suffix = path.suffix.lower()
        if suffix in self._suffixes:
            self.suffix.setCurrentText(suffix)
            self.form.show_suffix(suffix)
        problem = self._problem(path)
        self.note.setText(
            problem or (self.tr("The file is there and will be replaced.") if path.exists() else "")
        )
        save = self.buttons.button(QDialogButtonBox.StandardButton.Save)
        save.setEnabled(problem is None)
        save.setToolTip("" if problem is None else self.tr("Not now: {p}").format(p=problem))

    def _problem(self, path: Path) -> str | None:
        if not self._suffixes and (path.suffix or path.is_file()):
            return self.tr("The frames go into a folder, whose name has no ending.")
        if self._suffixes and path.suffix.lower() not in self._suffixes:
            known = ", ".join(self._suffixes)
            return self.tr("The ending must be one of {known}.").format(known=known)
        if not path.parent.is_dir():
            return self.tr("The folder {folder} does not exist.").format(folder=path.parent)
        return None
