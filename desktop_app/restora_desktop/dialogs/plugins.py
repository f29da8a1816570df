"""What plugins were found, whether they work, and if not, why."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from restora.errors import RestoraError
from restora.plugins.records import PluginRecord, PluginState
from restora.workbench import Workbench
from restora_desktop.dialogs.heading import Heading
from restora_desktop.icons import icon
from restora_desktop.panels.dimmed import Dimmed
from restora_desktop.panels.roomy import RoomyRows

_NAME = Qt.ItemDataRole.UserRole
_ICONS = {
    PluginState.LOADED: "done",
    PluginState.DISABLED: "pause",
    PluginState.FAILED: "error",
    PluginState.INCOMPATIBLE: "refused",
    PluginState.MISSING_REQUIREMENT: "warning",
}


class PluginsDialog(QDialog):
    """A list with everything known about the selected one."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plugins_dialog")
        self.setWindowTitle(self.tr("Plugins"))
        self.resize(820, 520)
        self._workbench = workbench
        self.note = Dimmed("\n".join(workbench.host.notices()))
        self.note.setVisible(bool(workbench.host.notices()))
        layout = QVBoxLayout(self)
        sentence = self.tr("What methods, readers and figures come from, and why something is not there.")
        layout.addWidget(Heading(self.windowTitle(), sentence))
        layout.addWidget(self._make_lists(), 1)
        layout.addWidget(self.note)
        layout.addLayout(self._make_buttons())
        rows = [self._row_of(record) for record in workbench.host.records()]
        self.tree.currentItemChanged.connect(self._show)
        if rows:
            self.tree.setCurrentItem(rows[0])
        self._show()

    def _make_lists(self) -> QSplitter:
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(self.tr("Plugins"))
        self.tree.setHeaderLabels(
            [self.tr("Plugin"), self.tr("State"), self.tr("Version"), self.tr("From"), self.tr("Why")]
        )
        self.tree.setRootIsDecorated(False)
        self.tree.setItemDelegate(RoomyRows(self.tree))
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.report = QPlainTextEdit()
        self.report.setReadOnly(True)
        self.report.setAccessibleName(self.tr("Report"))
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.tree)
        split.addWidget(self.report)
        return split

    def _make_buttons(self) -> QHBoxLayout:
        self.switch = QPushButton()
        self.switch.clicked.connect(self.toggle)
        copy = QPushButton(self.tr("Copy report"))
        copy.clicked.connect(self.copy_report)
        folder = QPushButton(self.tr("Open plugin folder"))
        folder.setToolTip(self.tr("Single files put there are loaded at the next start"))
        folder.clicked.connect(self.open_folder)
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.reject)
        row = QHBoxLayout()
        for button in (self.switch, copy, folder):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(close)
        return row

    def current(self) -> PluginRecord | None:
        """The selected plugin."""
        row = self.tree.currentItem()
        return None if row is None else self._workbench.host.record(str(row.data(0, _NAME)))

    def toggle(self) -> None:
        """Switch the selected plugin on or off from the next start on."""
        record = self.current()
        if record is None:
            return
        settings = self._workbench.settings
        is_off = record.name in settings.disabled_plugins
        try:
            self._workbench.change_settings(settings.with_plugin(record.name, enabled=is_off))
        except RestoraError as error:
            self.note.setText(str(error))
        else:
            what = self.tr("loaded") if is_off else self.tr("left out")
            self.note.setText(self.tr("{p} will be {w} at the next start.").format(p=record.name, w=what))
        self.note.show()
        self._show()

    def copy_report(self) -> None:
        """Put everything known about the selected plugin onto the clipboard."""
        QGuiApplication.clipboard().setText(self.report.toPlainText())

    def open_folder(self) -> None:
        """Show where single-file plugins lie."""
        folder = Path(self._workbench.folders.plugins)
        folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _row_of(self, record: PluginRecord) -> QTreeWidgetItem:
        row = QTreeWidgetItem(
            self.tree, [record.name, record.state, record.version or "", record.origin, record.reason]
        )
        row.setData(0, _NAME, record.name)
        row.setIcon(1, icon(_ICONS[record.state]))
        row.setToolTip(4, record.reason)
        return row

    def _show(self) -> None:
        record = self.current()
        self.switch.setEnabled(record is not None)
        if record is None:
            self.switch.setText(self.tr("Disable"))
            self.switch.setToolTip(self.tr("Not now: no plugin is selected."))
            return
        is_off = record.name in self._workbench.settings.disabled_plugins
        self.switch.setText(self.tr("Enable") if is_off else self.tr("Disable"))
        self.switch.setToolTip(self.tr("Counts from the next start on"))
        methods = "\n".join(f"method {name}" for name in record.methods)
        self.report.setPlainText(f"{record.report()}{methods}\n")
