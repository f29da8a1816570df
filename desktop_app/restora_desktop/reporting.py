"""What nobody caught: exceptions of slots and threads, and Qt's own messages."""

from __future__ import annotations

import logging
import platform
import sys
import threading
import traceback
from dataclasses import dataclass
from types import TracebackType

import PySide6
from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

from restora import __version__

_log = logging.getLogger("restora.desktop")
_qt_log = logging.getLogger("qt")
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """An exception that should not have come this far."""

    text: str
    """What went wrong, on one line."""
    details: str
    """The traceback."""

    def report(self) -> str:
        """Everything the authors need, and nothing about the user."""
        versions = f"restora {__version__}, Python {platform.python_version()}, PySide6 {PySide6.__version__}"
        return f"{self.text}\n\n{versions}\n{platform.platform()}\n\n{self.details}"


class Defects(QObject):
    """Takes the hooks over; `release` gives them back. The hooks may be called on any thread.

    Signals:
        found: a Defect.
    """

    found = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._old_hook, self._old_thread_hook = sys.excepthook, threading.excepthook
        self._is_open = True
        sys.excepthook = self._take
        threading.excepthook = self._take_from_thread
        self._old_handler = qInstallMessageHandler(_log_qt)

    def release(self) -> None:
        """Give the hooks back."""
        self._is_open = False
        sys.excepthook, threading.excepthook = self._old_hook, self._old_thread_hook
        qInstallMessageHandler(self._old_handler)

    def _take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._old_hook(kind, error, trace)
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        _log.error("%s: %s", kind.__name__, error, exc_info=(kind, error, trace))
        if self._is_open:
            self.found.emit(Defect(text=f"{kind.__name__}: {error}".strip(": "), details=details))

    def _take_from_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._take(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str | None) -> None:
    _qt_log.log(_LEVELS.get(kind, logging.WARNING), "%s", message, extra={"category": context.category})
