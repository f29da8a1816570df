"""The files of weights as a table: what each is for, where it comes from, and whether it is here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from types import MappingProxyType
from urllib.parse import urlsplit

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from restora.plugins.declarations import WeightFile
from restora.plugins.needs import Need, needs_of
from restora.weights.room import WeightRow
from restora.weights.store import FileState
from restora_desktop.icons import icon

Index = QModelIndex | QPersistentModelIndex

_NO_INDEX = QModelIndex()
_HUB = "hf://"


class WeightColumn(IntEnum):
    """Of the table."""

    PART = 0
    FILE = 1
    STATE = 2
    SIZE = 3
    ORIGIN = 4
    LICENCE = 5
    METHODS = 6


ABSENT = frozenset({FileState.MISSING, FileState.PARTIAL, FileState.WRONG})
"""States of a file that no method can load."""

_TITLES = ("Part", "File", "State", "Size", "From", "Licence", "Needed by")
_ICONS: Mapping[FileState, str] = MappingProxyType(
    {
        FileState.MISSING: "save",
        FileState.PARTIAL: "waiting",
        FileState.UNCHECKED: "info",
        FileState.UNVERIFIED: "warning",
        FileState.VERIFIED: "done",
        FileState.WRONG: "error",
    }
)


class WeightsModel(QAbstractTableModel):
    """One row per declared file."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[WeightRow, ...] = ()

    def show_rows(self, rows: tuple[WeightRow, ...]) -> None:
        """Show these."""
        if [row.entry.key for row in rows] == [row.entry.key for row in self._rows]:
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(_TITLES) - 1))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def row(self, place: int) -> WeightRow | None:
        """The row at a place."""
        return self._rows[place] if 0 <= place < len(self._rows) else None

    @property
    def rows(self) -> tuple[WeightRow, ...]:
        """All that are shown."""
        return self._rows

    def rowCount(self, parent: Index = _NO_INDEX) -> int:  # noqa: N802 - Qt's name
        """See Qt."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:  # noqa: N802 - Qt's name
        """See Qt."""
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """See Qt."""
        is_title = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return _TITLES[section] if is_title else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See Qt."""
        row = self.row(index.row()) if index.isValid() else None
        if row is None:
            return None
        file = row.entry.file
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _text(row, WeightColumn(index.column()))
            case Qt.ItemDataRole.DecorationRole if index.column() == WeightColumn.STATE:
                return icon(_ICONS[row.status.state])
            case Qt.ItemDataRole.ToolTipRole:
                needed = "\n".join(row.entry.methods)
                return f"{row.entry.name}\n{row.status.place}\n{file.page}\n{file.licence}\n{needed}"
        return None


def origin(file: WeightFile) -> str:
    """Where it is published, short: `sd-turbo / unet`, or the name of a page."""
    address = next(iter(file.urls), "")
    if address.startswith(_HUB):
        owner_and_name, folders = address.removeprefix(_HUB).split("/")[:2], address.split("/")[4:-1]
        return " / ".join((owner_and_name[-1], *folders))
    page = urlsplit(address or file.page)
    last = page.path.strip("/").rpartition("/")[2]
    return page.netloc if not last or "." in last else last


def unmet_needs(rows: Iterable[WeightRow]) -> tuple[Need, ...]:
    """What the method that these rows belong to still lacks."""
    kept = tuple(rows)
    absent = {row.entry.file.id for row in kept if row.status.state in ABSENT}
    needs = needs_of(row.entry.file for row in kept)
    return tuple(need for need in needs if not need.is_met(lambda file: file.id not in absent))


def _text(row: WeightRow, column: WeightColumn) -> str:
    file = row.entry.file
    match column:
        case WeightColumn.PART:
            plugin, _, part = row.entry.name.partition("/")
            told = f"{plugin}: {part.replace('-', ' ')}"
            if file.choice is not None:
                return f"{told} (one of several)"
            return f"{told} (optional)" if file.optional else told
        case WeightColumn.FILE:
            return file.filename
        case WeightColumn.STATE:
            return str(row.status)
        case WeightColumn.SIZE:
            return readable_size(file.size) if file.size else "unknown"
        case WeightColumn.ORIGIN:
            return origin(file)
        case WeightColumn.LICENCE:
            return file.licence
        case WeightColumn.METHODS:
            plugin = row.entry.name.partition("/")[0]
            return ", ".join(method.removeprefix(f"{plugin}.") for method in row.entry.methods)


def readable_size(count: int) -> str:
    """Bytes as people read them."""
    if count >= 1e9:
        return f"{count / 1e9:.2f} GB"
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"
