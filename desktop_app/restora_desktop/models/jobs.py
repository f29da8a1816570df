"""The list of jobs: those of lanes, and orders of a batch before they get there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractTableModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
    Slot,
)

from restora.jobs.states import JobState
from restora_desktop.icons import icon
from restora_desktop.models.job_row import JobRow, row_of

if TYPE_CHECKING:
    from restora.jobs.job import Job, Logged, Progressed, StateChanged

Index = QModelIndex | QPersistentModelIndex

_NO_INDEX = QModelIndex()
_TICK_MS = 500
_DRAGGED = "application/x-restora-jobs"

STATE_ICONS: Mapping[JobState, str] = MappingProxyType(
    {
        JobState.QUEUED: "waiting",
        JobState.LOADING: "loading",
        JobState.RUNNING: "run",
        JobState.PAUSED: "pause",
        JobState.DONE: "done",
        JobState.FAILED: "error",
        JobState.CANCELLED: "cancel",
        JobState.REFUSED: "refused",
    }
)
"""One shape per state: colour alone says nothing."""


class Column(IntEnum):
    """Of the table."""

    STATE = 0
    ITEM = 1
    METHOD = 2
    PROGRESS = 3
    TIME = 4
    DEVICE = 5
    MESSAGE = 6


_TITLES = ("State", "Item", "Method", "Progress", "Time", "Device", "Message")


class JobRole(IntEnum):
    """Roles beyond Qt's own."""

    ROW = Qt.ItemDataRole.UserRole + 1
    FRACTION = Qt.ItemDataRole.UserRole + 2


class JobsModel(QAbstractTableModel):
    """Rows in the order in which they were asked for, newest last.

    Signals:
        activity_changed: another number of jobs is waiting or running.
        ended: a JobRow that has come to its end.
        reorder_wanted: ids of waiting jobs in the order into which they were dragged.
    """

    activity_changed = Signal()
    ended = Signal(object)
    reorder_wanted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[JobRow] = []
        self._by_id: dict[str, JobRow] = {}
        self._hidden: set[str] = set()
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._show_time)

    # -- for the program ---------------------------------------------------------------------------

    @property
    def rows(self) -> tuple[JobRow, ...]:
        """All of them."""
        return tuple(self._rows)

    def row(self, place: int) -> JobRow | None:
        """The row at a place."""
        return self._rows[place] if 0 <= place < len(self._rows) else None

    def find(self, job_id: str) -> JobRow | None:
        """The row of a job."""
        return self._by_id.get(job_id)

    def waiting(self) -> list[str]:
        """Ids of the jobs that can change places, in their order."""
        return [row.id for row in self._rows if row.can_move]

    def active(self) -> tuple[JobRow, ...]:
        """Those that wait or run."""
        return tuple(row for row in self._rows if not row.state.is_final)

    def hide(self, job_id: str) -> None:
        """Show no row for a job of that id: it is only a trial, and whoever tries shows what comes of it."""
        self._hidden.add(job_id)

    def add(self, row: JobRow) -> JobRow:
        """Show one more; one that is known already is completed instead."""
        known = self._by_id.get(row.id)
        if known is not None:
            known.lane, known.node_id, known.item_id = row.lane, row.node_id, row.item_id
            return known
        self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows))
        self._rows.append(row)
        self._by_id[row.id] = row
        self.endInsertRows()
        self._activity()
        return row

    def attach(self, row: JobRow, job: Job) -> None:
        """The order of a row has become a job on a lane."""
        self._drop_twin(job.id, row)
        row.job = job
        self._by_id[job.id] = row
        self._changed(row)

    def end_order(self, row: JobRow, state: JobState, message: str) -> None:
        """How an order of a batch ended, its writing included."""
        row.state, row.message = state, message
        self._changed(row)
        self._activity()
        self.ended.emit(row)

    def clear_ended(self) -> None:
        """Forget those that came to their end."""
        self._keep(lambda row: not row.state.is_final)

    def remove(self, row: JobRow) -> None:
        """Forget one that came to its end."""
        self._keep(lambda other: other is not row)

    def note_cancelling(self, row: JobRow) -> None:
        """Somebody has taken it back; it stops at its next checkpoint."""
        row.is_cancelling = not row.state.is_final
        self._changed(row)

    def reorder(self, ids: list[str]) -> None:
        """Show waiting jobs in this order."""
        rank = {job_id: place for place, job_id in enumerate(ids)}
        places = [n for n, row in enumerate(self._rows) if row.id in rank]
        moved = sorted((self._rows[n] for n in places), key=lambda row: rank[row.id])
        self.layoutAboutToBeChanged.emit()
        for place, row in zip(places, moved, strict=True):
            self._rows[place] = row
        self.layoutChanged.emit()

    def _keep(self, is_kept: Callable[[JobRow], bool]) -> None:
        for place in range(len(self._rows) - 1, -1, -1):
            row = self._rows[place]
            if not is_kept(row):
                self.beginRemoveRows(QModelIndex(), place, place)
                del self._rows[place]
                self._by_id = {key: other for key, other in self._by_id.items() if other is not row}
                self.endRemoveRows()

    def _drop_twin(self, job_id: str, row: JobRow) -> None:
        twin = self._by_id.get(job_id)
        if twin is not None and twin is not row:
            row.state, row.progress = twin.state, twin.progress
            self.remove(twin)

    # -- from the lanes ----------------------------------------------------------------------------

    @Slot(object)
    def take_state(self, event: StateChanged) -> None:
        """A job took a step."""
        if event.job.id in self._hidden:
            if event.state.is_final:
                self._hidden.discard(event.job.id)
            return
        row = self._by_id.get(event.job.id) or self.add(row_of(event.job))
        is_batch_end = row.order is not None and event.state is JobState.DONE
        # An order is done when its file is written, which its worker tells.
        row.state = JobState.RUNNING if is_batch_end else event.state
        row.message = event.message
        if event.state.is_final:
            row.is_cancelling = False
        self._changed(row)
        self._activity()
        if event.state.is_final and row.order is None:
            self.ended.emit(row)

    @Slot(object)
    def take_progress(self, event: Progressed) -> None:
        """A job got further."""
        row = self._by_id.get(event.job.id)
        if row is not None:
            row.progress = event.progress
            self._changed(row)

    @Slot(object)
    def take_log(self, event: Logged) -> None:
        """A job says something; the newest words are shown while it runs."""
        row = self._by_id.get(event.job.id)
        if row is not None and not row.state.is_final:
            row.message = event.message
            self._changed(row)

    def _changed(self, row: JobRow) -> None:
        if row in self._rows:
            place = self._rows.index(row)
            self.dataChanged.emit(self.index(place, 0), self.index(place, len(Column) - 1))

    def _activity(self) -> None:
        if self.active():
            if not self._tick.isActive():
                self._tick.start()
        else:
            self._tick.stop()
        self.activity_changed.emit()

    def _show_time(self) -> None:
        for row in self.active():
            self._changed(row)

    # -- for Qt ------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _NO_INDEX) -> int:  # noqa: N802 - Qt's name
        """See Qt."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:  # noqa: N802 - Qt's name
        """See Qt."""
        return 0 if parent.isValid() else len(Column)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """See Qt."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See Qt."""
        row = self.row(index.row()) if index.isValid() else None
        if row is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _text(row, Column(index.column()))
            case Qt.ItemDataRole.DecorationRole if index.column() == Column.STATE:
                return icon(STATE_ICONS[row.state])
            case Qt.ItemDataRole.ToolTipRole:
                return row.message or _text(row, Column(index.column()))
            case JobRole.ROW:
                return row
            case JobRole.FRACTION:
                return _fraction(row)
        return None

    # -- dragging ----------------------------------------------------------------------------------

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Waiting jobs can be dragged; anything can be dropped between."""
        row = self.row(index.row()) if index.isValid() else None
        if row is None:
            return Qt.ItemFlag.ItemIsDropEnabled
        usual = super().flags(index)
        return usual | Qt.ItemFlag.ItemIsDragEnabled if row.can_move else usual

    def supportedDropActions(self) -> Qt.DropAction:  # noqa: N802 - Qt's name
        """They change places."""
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:  # noqa: N802 - Qt's name
        """Jobs of this list only."""
        return [_DRAGGED]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:  # noqa: N802 - Qt's name
        """The ids of what is dragged."""
        places = sorted({index.row() for index in indexes})
        data = QMimeData()
        data.setData(_DRAGGED, " ".join(self._rows[place].id for place in places).encode())
        return data

    def dropMimeData(  # noqa: N802 - Qt's name
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        """Ask for the new order; the rows move once the lanes know of it."""
        del action, column
        if not data.hasFormat(_DRAGGED):
            return False
        place = row if row >= 0 else parent.row() if parent.isValid() else len(self._rows)
        moved = [job_id for job_id in _ids_in(data) if job_id in self.waiting()]
        before = [each.id for each in self._rows[:place] if each.can_move and each.id not in moved]
        behind = [each.id for each in self._rows[place:] if each.can_move and each.id not in moved]
        if moved:
            self.reorder_wanted.emit([*before, *moved, *behind])
        return False  # or the view would take the rows out


def _ids_in(data: QMimeData) -> list[str]:
    return bytes(data.data(_DRAGGED).data()).decode().split()


def _fraction(row: JobRow) -> float | None:
    if row.state is JobState.DONE:
        return 1.0
    if row.state in {JobState.RUNNING, JobState.LOADING, JobState.PAUSED}:
        return 0.0 if row.progress is None else row.progress.fraction
    return None


def _text(row: JobRow, column: Column) -> str:
    match column:
        case Column.STATE:
            return "cancelling" if row.is_cancelling else row.state.value
        case Column.ITEM:
            return row.item
        case Column.METHOD:
            return row.method
        case Column.PROGRESS:
            return row.stage()
        case Column.TIME:
            return row.time()
        case Column.DEVICE:
            return "" if row.job is None or row.job.device is None else str(row.job.device)
        case Column.MESSAGE:
            return row.message
