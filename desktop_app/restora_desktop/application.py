"""The running program: Qt's application, the window, the desk, and what must be in force around them."""

from __future__ import annotations

import logging
import logging.handlers
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from restora.folders import Folders
from restora.plugins.records import PluginState
from restora_desktop.crash_log import CrashLog
from restora_desktop.garbage import GarbageCollector
from restora_desktop.icons import icon
from restora_desktop.models.log import LogHandler, LogModel
from restora_desktop.panels.banner import Notice, Severity
from restora_desktop.preferences import Preferences
from restora_desktop.reporting import Defect, Defects
from restora_desktop.theme import Theme
from restora_desktop.window import MainWindow

if TYPE_CHECKING:
    from restora.workbench import Workbench

_FINE = frozenset({PluginState.LOADED, PluginState.DISABLED})
_LOG_BYTES, _LOG_FILES = 2**20, 3


class Application(QObject):
    """Everything from the first frame to the last; `started` asks only to measure the start.

    Signals:
        became_ready: the plugins are loaded.
    """

    became_ready = Signal()

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
        self._file: logging.handlers.RotatingFileHandler | None = None
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
        self.theme.changed.connect(self.window.board.refresh_icons)
        self.defects = Defects(self)
        self.window.painted.connect(self._after_first_frame)

    def run(self) -> int:
        """Show the window and stay until it is closed."""
        self.window.fit_screen()
        self.window.show()
        return QApplication.exec()

    @Slot()
    def _after_first_frame(self) -> None:
        if self._started is not None:
            seconds = time.perf_counter() - self._started
            torch = "yes" if "torch" in sys.modules else "no"
            sys.stdout.write(f"first frame {seconds:.2f} s, torch: {torch}\n")
            sys.stdout.flush()
            # Not from within the painting that is still going on.
            QTimer.singleShot(0, self.window, self.window.let_go)
            return
        QTimer.singleShot(0, self, self._go_on)

    def _go_on(self) -> None:
        """Everything that the first frame need not wait for."""
        from restora_desktop.commander import Commander
        from restora_desktop.desk import Desk
        from restora_desktop.jobs_desk import JobsDesk
        from restora_desktop.tuning_desk import TuningDesk

        self.garbage = GarbageCollector(self)
        self.desk = Desk(self.window, self.preferences, self.folders)
        self.commander = Commander(self.desk, self.theme)
        self.jobs_desk = JobsDesk(self.desk, self.commander)
        self.tuning_desk = TuningDesk(self.desk)
        self.defects.found.connect(self._show_defect)
        self.desk.closed.connect(self._end)
        self.desk.closing.connect(self._close_others)
        self.crash_log = CrashLog(self.folders.state / "crash.log")
        self._start_log()
        self.desk.tasks.start(self._load, self._attach, self._tell_start_failed)

    def _load(self) -> Workbench:
        from restora.workbench import Workbench

        return Workbench.of_user(plugin_dirs=self._plugin_dirs, safe_mode=self._safe_mode)

    def _attach(self, workbench: Workbench) -> None:
        self.desk.attach(workbench, crash_report=self.crash_log.last_report)
        self.garbage.freeze()
        self.commander.tools.tips.show_once()
        for name in self._files:
            self.desk.open_name(name)
        self._tell_about_plugins(workbench)
        self.became_ready.emit()

    def _tell_about_plugins(self, workbench: Workbench) -> None:
        broken = [record for record in workbench.host.records() if record.state not in _FINE]
        if broken:
            names = ", ".join(record.name for record in broken)
            text = self.tr("Some plugins cannot be used: {names}").format(names=names)
            show = self.window.board["tools.plugins"].trigger
            self.desk.tell(Notice(text=text, action=self.tr("Show plugins"), on_action=show))

    def _tell_start_failed(self, error: Exception) -> None:
        self.desk.tell_error(error)

    @Slot(object)
    def _show_defect(self, defect: Defect) -> None:
        self.desk.tell(
            Notice(
                text=self.tr("A defect of restora: {text}").format(text=defect.text),
                advice=self.tr("What is open is kept. The report helps to mend it."),
                severity=Severity.BAD,
                details=defect.report(),
            )
        )

    def _start_log(self) -> None:
        """Into a file that does not grow without end, and into the dock."""
        root = logging.getLogger()
        self._level = root.level
        root.setLevel(logging.INFO)
        root.addHandler(self.log_handler.handler)
        try:
            self.folders.state.mkdir(parents=True, exist_ok=True)
            path = self.folders.state / "restora.log"
            self._file = logging.handlers.RotatingFileHandler(
                path, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8", delay=True
            )
        except OSError:
            return  # the dock still shows everything
        self._file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        root.addHandler(self._file)

    def _close_others(self) -> None:
        """Threads and hooks of what the desk does not know."""
        self.jobs_desk.close()

    @Slot()
    def _end(self) -> None:
        """Give back everything that was taken over."""
        root = logging.getLogger()
        root.setLevel(self._level)
        root.removeHandler(self.log_handler.handler)
        self.log_handler.close()
        if self._file is not None:
            root.removeHandler(self._file)
            self._file.close()
        self.crash_log.close()
        self.defects.release()
        self.garbage.close()
