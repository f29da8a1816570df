"""The running program: Qt's application, the window, the desk, and what must be in force around them."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from restora.folders import Folders
from restora_desktop.garbage import GarbageCollector
from restora_desktop.icons import icon
from restora_desktop.models.log import LogHandler, LogModel
from restora_desktop.preferences import Preferences
from restora_desktop.reporting import Defects
from restora_desktop.theme import Theme
from restora_desktop.window import MainWindow

_LOG_BYTES, _LOG_FILES = 2**20, 3


class Application(QObject):
    """Everything from the first frame to the last; `started` asks only to measure the start."""

    def __init__(
        self,
        *,
        files: Sequence[str] = (),
        plugin_dirs: Sequence[Path] = (),
        safe_mode: bool = False,
        started: float | None = None,
    ) -> None:
        self.qt = QApplication.instance() or QApplication(sys.argv[:1])
        super().__init__()
        assert isinstance(self.qt, QApplication)  # nothing here makes another kind
        self._files, self._plugin_dirs, self._safe_mode, self._started = (
            files,
            plugin_dirs,
            safe_mode,
            started,
        )
        self.qt.setApplicationName("restora")
        self.qt.setApplicationDisplayName("restora")
        self.folders = Folders.of_user()
        self.preferences = Preferences(self.folders.config / "desktop.ini")
        self.theme = Theme(self.qt)
        self.theme.choose(self.preferences.scheme)
        self.qt.setWindowIcon(icon("restora"))
        self.log = LogModel(self)
        self.log_handler = LogHandler(self)
        self.log_handler.logged.connect(self.log.add)
        self.window = MainWindow(self.preferences, self.log)
        self.defects = Defects(self)
        self.window.painted.connect(self._after_first_frame)

    def run(self) -> int:
        """Show the window and stay until it is closed."""
        self.window.show()
        return QApplication.exec()

    @Slot()
    def _after_first_frame(self) -> None:
        if self._started is not None:
            seconds = time.perf_counter() - self._started
            torch = "yes" if "torch" in sys.modules else "no"
            sys.stdout.write(f"first frame {seconds:.2f} s, torch: {torch}\n")
            sys.stdout.flush()
            self.window.let_go()
            return
        QTimer.singleShot(0, self, self._go_on)

    def _go_on(self) -> None:
        from restora_desktop.desk import Desk

        self.garbage = GarbageCollector(self)
        self.desk = Desk(self.window, self.preferences)
