"""The bin in the window: its menu, and what comes back from it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QMenu

from restora.workbench import Workbench
from restora_desktop.history.bin import Bin, Binned
from restora_desktop.history.rows import Rows
from restora_desktop.restoring import Restored


class BinDesk(QObject):
    """Fills the menu of what was closed, and puts what is chosen there back into the list.

    Signals:
        failed: an exception.
    """

    failed = Signal(object)

    def __init__(self, bin_: Bin, rows: Rows, menu: QMenu, parent: QObject) -> None:
        super().__init__(parent)
        self._bin, self._rows, self._menu = bin_, rows, menu
        self._workbench: Workbench | None = None
        menu.aboutToShow.connect(self._fill)
        bin_.brought_back.connect(self._take)
        bin_.failed.connect(self.failed)

    def attach(self, workbench: Workbench) -> None:
        """Files are read with this one."""
        self._workbench = workbench

    def _fill(self) -> None:
        self._menu.clear()
        entries = self._bin.entries()
        for entry in entries:
            self._menu.addAction(entry.title.replace("&", "&&"), partial(self._bring_back, entry))
        if not entries:
            self._menu.addAction(self.tr("Nothing was closed")).setEnabled(False)
        self._menu.addSeparator()
        self._menu.addAction(self.tr("Forget these"), self._bin.empty).setEnabled(bool(entries))

    def _bring_back(self, entry: Binned) -> None:
        if self._workbench is not None:
            self._bin.bring_back(entry, self._workbench)

    @Slot(object)
    def _take(self, restored: Restored) -> None:
        self._rows.take_back_from_bin(restored)
        for problem in restored.problems:
            self.failed.emit(problem)
