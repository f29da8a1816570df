"""The log, as a list that the window shows."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal, Slot

from restora_desktop.icons import icon

Index = QModelIndex | QPersistentModelIndex

_NO_INDEX = QModelIndex()
_MOST_LINES = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One entry."""

    time: str
    level: int
    area: str
    text: str

    def __str__(self) -> str:
        return f"{self.time}  {logging.getLevelName(self.level).lower():8} {self.area}: {self.text}"


class LogRole(IntEnum):
    """Roles beyond Qt's own."""

    LINE = Qt.ItemDataRole.UserRole + 1


class LogHandler(QObject):
    """Passes log records on from any thread.

    Signals:
        logged: a LogLine.
    """

    logged = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.handler = _Handler(self)

    def close(self) -> None:
        """Pass nothing on any more."""
        self.handler.owner = None


class _Handler(logging.Handler):
    def __init__(self, owner: LogHandler) -> None:
        super().__init__(logging.INFO)
        self.owner: LogHandler | None = owner
        self._clock = logging.Formatter(datefmt="%H:%M:%S")

    def emit(self, record: logging.LogRecord) -> None:
        owner = self.owner
        if owner is None:
            return
        text = record.getMessage()
        if record.exc_info:
            text = f"{text}\n{self._clock.formatException(record.exc_info)}"
        line = LogLine(
            time=self._clock.formatTime(record, "%H:%M:%S"), level=record.levelno, area=record.name, text=text
        )
        owner.logged.emit(line)


class LogModel(QAbstractListModel):
    """The newest lines, at most 5000."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: deque[LogLine] = deque()

    @property
    def lines(self) -> tuple[LogLine, ...]:
        """All of them, oldest first."""
        return tuple(self._lines)

    @Slot(object)
    def add(self, line: LogLine) -> None:
        """One more at the end."""
        if len(self._lines) >= _MOST_LINES:
            self.beginRemoveRows(QModelIndex(), 0, 0)
            self._lines.popleft()
            self.endRemoveRows()
        self.beginInsertRows(QModelIndex(), len(self._lines), len(self._lines))
        self._lines.append(line)
        self.endInsertRows()

    def clear(self) -> None:
        """Show nothing of what was; the file keeps it."""
        self.beginResetModel()
        self._lines.clear()
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:  # noqa: N802 - Qt's name
        """See Qt."""
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See Qt."""
        if not index.isValid() or not 0 <= index.row() < len(self._lines):
            return None
        line = self._lines[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return str(line)
            case Qt.ItemDataRole.DecorationRole if line.level >= logging.WARNING:
                return icon("error" if line.level >= logging.ERROR else "warning")
            case LogRole.LINE:
                return line
        return None
