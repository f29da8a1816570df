"""Models, plugins, recipes, diagnostics, and help."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from restora import __version__
from restora.jobs.verification import Verification
from restora.tasks.verify import find_recipe_run, verify
from restora_desktop.commanding.open_dialogs import OpenDialogs
from restora_desktop.desk import Desk
from restora_desktop.diagnosing import diagnostics
from restora_desktop.dialogs.guide import GuideDialog
from restora_desktop.dialogs.palette import CommandPalette
from restora_desktop.dialogs.plugins import PluginsDialog
from restora_desktop.dialogs.report import ReportDialog
from restora_desktop.dialogs.shortcuts import ShortcutsDialog
from restora_desktop.dialogs.weights import WeightsDialog
from restora_desktop.guide import card_pages, keys_page, shipped_pages
from restora_desktop.panels.banner import Notice, Severity
from restora_desktop.tips import Tips


class ToolCommands(QObject):
    """Answers the menus of tools and help."""

    def __init__(self, desk: Desk, dialogs: OpenDialogs) -> None:
        super().__init__(desk)
        self._desk, self._dialogs = desk, dialogs
        self.weights_dialog: WeightsDialog | None = None
        self.tips = Tips(desk.preferences, desk.tell)
        desk.window.banners.details_wanted.connect(self._show_details)
        desk.window.log_panel.folder_wanted.connect(self._open_log_folder)
        desk.window.method_panel.weights_wanted.connect(self.show_weights_of)

    @property
    def answers(self) -> Mapping[str, Callable[[], None]]:
        """What it does, by command."""
        return {
            "tools.models": self._show_weights,
            "tools.plugins": self._show_plugins,
            "tools.verify": self._verify,
            "tools.diagnostics": self._diagnose,
            "tools.palette": self._show_palette,
            "help.guide": self.show_guide,
            "help.shortcuts": self._show_shortcuts,
            "help.tour": self.tips.show_first,
            "help.log": self._open_log_folder,
            "help.about": self._about,
        }

    def _show_weights(self) -> None:
        if self.weights_dialog is None:
            self.weights_dialog = WeightsDialog(
                self._desk.known_workbench, self._desk.window.dialogs, self._desk.window
            )
            self.weights_dialog.changed.connect(self._desk.method.look_at_weights)
        self.weights_dialog.refresh()
        if self.weights_dialog.isVisible():
            self.weights_dialog.raise_()
        self.weights_dialog.show()

    def show_weights_of(self, method_id: str) -> None:
        """Open the models window at what a method needs."""
        self._show_weights()
        if self.weights_dialog is not None:
            self.weights_dialog.show_method(method_id)

    def _show_plugins(self) -> None:
        self._dialogs.open(PluginsDialog(self._desk.known_workbench, self._desk.window))

    def _verify(self) -> None:
        window = self._desk.window
        chosen = window.dialogs.open_file(
            window, self.tr("A recipe, or a result that has one"), self._desk.preferences.folder
        )
        if chosen is None:
            return
        workbench, path = self._desk.known_workbench, Path(chosen)
        self._desk.tell(Notice(text=self.tr("Repeating {f}…").format(f=path.name), severity=Severity.GOOD))
        self._desk.tasks.start(
            lambda: verify(workbench, find_recipe_run(workbench, path)),
            partial(self._tell_verified, path.name),
            self._desk.tell_error,
        )

    def _tell_verified(self, name: str, found: Verification) -> None:
        is_good = found.agreement != "different"
        severity = Severity.GOOD if is_good else Severity.BAD
        self._desk.tell(Notice(text=f"{name}: {found.agreement} ({found.explanation})", severity=severity))

    def _diagnose(self) -> None:
        dialog = ReportDialog(self.tr("Diagnostics"), "", self.tr("Looking…"), self._desk.window)
        workbench = self._desk.known_workbench
        self._desk.tasks.start(
            lambda: diagnostics(workbench), partial(self._show_diagnostics, dialog), self._desk.tell_error
        )
        self._dialogs.open(dialog)

    def _show_diagnostics(self, dialog: ReportDialog, text: str) -> None:
        if dialog in self._dialogs:  # it may have been closed meanwhile
            dialog.show_text(text)

    def _show_palette(self) -> None:
        self._dialogs.open(CommandPalette(self._desk.window.board.all(), self._desk.window))

    def show_guide(self) -> None:
        """Open the guide; until the plugins are loaded it has no cards of methods."""
        workbench, board = self._desk.workbench, self._desk.window.board
        cards = () if workbench is None else card_pages(workbench.host.records())
        self._dialogs.open(GuideDialog((*shipped_pages(), keys_page(board.all()), *cards), self._desk.window))

    def _show_shortcuts(self) -> None:
        self._dialogs.open(
            ShortcutsDialog(self._desk.window.board, self._desk.preferences, self._desk.window)
        )

    def _open_log_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._desk.log_folder)))

    def _about(self) -> None:
        text = self.tr(
            "restora {v}\n\nRestores pictures from unusual cameras: one workbench for window, command line "
            "and recipes.\n\nApache License 2.0. The window is made with Qt for Python (LGPL) and QDarkStyle "
            "(MIT). Methods and weights have licences of their own, shown with each."
        ).format(v=__version__)
        self._dialogs.open(ReportDialog(self.tr("About restora"), "", text, self._desk.window))

    def _show_details(self, notice: Notice) -> None:
        self.show_report(self.tr("Details"), notice.text, notice.details)

    def show_report(self, title: str, heading: str, text: str) -> None:
        """Show a text that can be copied."""
        self._dialogs.open(ReportDialog(title, heading, text, self._desk.window))
