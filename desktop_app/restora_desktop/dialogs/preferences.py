"""What the user can choose once and for all."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from restora.settings import Settings
from restora_desktop.dialogs.heading import Heading
from restora_desktop.file_dialogs import Dialogs
from restora_desktop.panels.dimmed import Dimmed
from restora_desktop.preferences import Preferences
from restora_desktop.theme import Scheme

_SCHEMES = {Scheme.SYSTEM: "As the system", Scheme.DARK: "Dark", Scheme.LIGHT: "Light"}
_LEAST_SHARE, _MOST_SHARE = 10, 95


class PreferencesDialog(QDialog):
    """Look, jobs, memory and weights; `settings` and `keep` are the answer."""

    def __init__(
        self, settings: Settings, preferences: Preferences, dialogs: Dialogs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("preferences_dialog")
        self.setWindowTitle(self.tr("Preferences"))
        self.setMinimumWidth(520)
        self._settings, self._preferences, self._dialogs = settings, preferences, dialogs
        layout = QVBoxLayout(self)
        layout.addWidget(Heading(self.windowTitle()))
        layout.addWidget(self._look())
        layout.addWidget(self._jobs())
        layout.addWidget(self._weights())
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)

    @property
    def scheme(self) -> Scheme:
        """The chosen look."""
        return Scheme(self.look.currentData())

    def settings(self) -> Settings:
        """What the whole of restora keeps."""
        folder = self.folder.text().strip()
        return replace(
            self._settings,
            budget_share=self.share.value() / 100,
            offline=self.offline.isChecked(),
            weights_folder=folder or None,
        )

    def keep(self) -> None:
        """Put what concerns the window only into its own file."""
        self._preferences.scheme = self.scheme
        self._preferences.notifies = self.notify.isChecked()
        self._preferences.keeps_awake = self.awake.isChecked()

    def _look(self) -> QGroupBox:
        box = QGroupBox(self.tr("Look"))
        form = QFormLayout(box)
        self.look = QComboBox()
        self.look.setAccessibleName(self.tr("Theme"))
        for scheme, title in _SCHEMES.items():
            self.look.addItem(title, scheme)
        self.look.setCurrentIndex(self.look.findData(self._preferences.scheme))
        form.addRow(self.tr("Theme"), self.look)
        return box

    def _jobs(self) -> QGroupBox:
        box = QGroupBox(self.tr("Jobs"))
        form = QFormLayout(box)
        self.share = QSlider(Qt.Orientation.Horizontal)
        self.share.setRange(_LEAST_SHARE, _MOST_SHARE)
        self.share.setValue(round(self._settings.budget_share * 100))
        self.share.setAccessibleName(self.tr("Share of the memory that restora may use"))
        self.share_label = QLabel()
        self.share.valueChanged.connect(self._show_share)
        self._show_share(self.share.value())
        row = QHBoxLayout()
        row.addWidget(self.share, 1)
        row.addWidget(self.share_label)
        form.addRow(self.tr("Memory restora may use"), row)
        self.notify = QCheckBox(self.tr("Tell when a long job ends while another program is in front"))
        self.notify.setChecked(self._preferences.notifies)
        self.awake = QCheckBox(self.tr("Keep the machine awake while jobs run"))
        self.awake.setChecked(self._preferences.keeps_awake)
        form.addRow(self.notify)
        form.addRow(self.awake)
        return box

    def _weights(self) -> QGroupBox:
        box = QGroupBox(self.tr("Weights"))
        form = QFormLayout(box)
        self.folder = QLineEdit(self._settings.weights_folder or "")
        self.folder.setPlaceholderText(self.tr("restora's own folder"))
        self.folder.setAccessibleName(self.tr("Folder of weights"))
        choose = QPushButton(self.tr("Choose…"))
        choose.clicked.connect(self._choose_folder)
        row = QHBoxLayout()
        row.addWidget(self.folder, 1)
        row.addWidget(choose)
        form.addRow(self.tr("Folder"), row)
        form.addRow(Dimmed(self.tr("Files that are in another folder already are not moved.")))
        self.offline = QCheckBox(self.tr("Offline: download nothing"))
        self.offline.setChecked(self._settings.offline)
        form.addRow(self.offline)
        return box

    def _show_share(self, percent: int) -> None:
        self.share_label.setText(f"{percent} %")

    def _choose_folder(self) -> None:
        folder = self._dialogs.open_folder(self, self.tr("Folder of weights"), self.folder.text())
        if folder is not None:
            self.folder.setText(str(folder))
