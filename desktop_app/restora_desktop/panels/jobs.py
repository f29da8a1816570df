"""The dock of jobs: a table with bars, and what can be done to each row."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from restora.jobs.states import JobState
from restora_desktop.icons import IconButton
from restora_desktop.models.job_row import JobRow
from restora_desktop.models.jobs import Column, JobRole, JobsModel
from restora_desktop.panels.empty_note import EmptyNote
from restora_desktop.theme import colours

_WIDTHS = {
    Column.STATE: 110,
    Column.ITEM: 170,
    Column.METHOD: 170,
    Column.PROGRESS: 190,
    Column.TIME: 130,
    Column.DEVICE: 70,
}


class ProgressDelegate(QStyledItemDelegate):
    """Draws how far a job is, behind the name of its stage."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one cell."""
        super().paint(painter, option, index)
        fraction, row = index.data(JobRole.FRACTION), index.data(JobRole.ROW)
        if not isinstance(fraction, float) or not isinstance(row, JobRow):
            return
        theme = colours()
        area: QRect = option.rect.adjusted(4, 0, -6, -4)
        groove = QRect(area.left(), area.bottom() - 3, area.width(), 3)
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(groove, QColor(theme.line))
        done = QRect(groove.topLeft(), groove.size())
        done.setWidth(round(groove.width() * fraction))
        painter.fillRect(done, QColor(theme.good if row.state is JobState.DONE else theme.focus))
        painter.restore()


class JobsPanel(QWidget):
    """Shows the model; says what is wanted of its rows.

    Signals:
        activated: a JobRow was double-clicked.
        cancel_wanted, pause_wanted, retry_wanted, duplicate_wanted: a JobRow.
        reorder_wanted: ids of waiting jobs in their new order.
        details_wanted: a JobRow whose error is to be shown.
        clear_wanted: ended rows are to go.
    """

    activated = Signal(object)
    cancel_wanted = Signal(object)
    pause_wanted = Signal(object)
    retry_wanted = Signal(object)
    duplicate_wanted = Signal(object)
    details_wanted = Signal(object)
    reorder_wanted = Signal(object)
    clear_wanted = Signal()

    def __init__(self, model: JobsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._make_table(model)
        self._make_menu()
        self.buttons: dict[str, IconButton] = {}
        self._make_buttons()
        model.dataChanged.connect(self.refresh)
        model.rowsInserted.connect(self._show_newest)
        model.activity_changed.connect(self.refresh)
        model.reorder_wanted.connect(self.reorder_wanted)
        self.table.selectionModel().selectionChanged.connect(self.refresh)
        self.refresh()

    def _make_table(self, model: JobsModel) -> None:
        self.table = QTableView()
        self.table.setObjectName("jobs_table")
        self.table.setAccessibleName(self.tr("Jobs"))
        self.table.setModel(model)
        self.table.setItemDelegateForColumn(Column.PROGRESS, ProgressDelegate(self.table))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 14)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.table.setDragDropOverwriteMode(False)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._open_menu)
        self.table.activated.connect(self._activate)
        EmptyNote(self.table, self.tr("Nothing has been run yet. Choose a method and press Run."))
        self._make_header()

    def _make_header(self) -> None:
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        for column, width in _WIDTHS.items():
            self.table.setColumnWidth(column, width)

    def _make_menu(self) -> None:
        self.menu = QMenu(self)
        self.menu.setToolTipsVisible(True)
        entries: Sequence[tuple[str, str, SignalInstance]] = (
            ("pause", self.tr("Pause"), self.pause_wanted),
            ("cancel", self.tr("Cancel"), self.cancel_wanted),
            ("retry", self.tr("Try again"), self.retry_wanted),
            ("duplicate", self.tr("Take its settings"), self.duplicate_wanted),
            ("details", self.tr("Details…"), self.details_wanted),
        )
        self.entries: dict[str, QAction] = {}
        for name, text, signal in entries:
            self.entries[name] = self.menu.addAction(text, _Emit(self, signal))
        self.menu.addSeparator()
        self.entries["up"] = self.menu.addAction(self.tr("Earlier"), self._move_up)
        self.entries["down"] = self.menu.addAction(self.tr("Later"), self._move_down)

    def _make_buttons(self) -> None:
        bar = QVBoxLayout()
        bar.setContentsMargins(2, 2, 2, 2)
        for name, icon_name in (("cancel", "cancel"), ("pause", "pause"), ("retry", "retry"), ("up", "up")):
            button = IconButton(icon_name, self.entries[name].text())
            button.clicked.connect(self.entries[name].trigger)
            self.buttons[name] = button
            bar.addWidget(button)
        self.clear = IconButton("trash", self.tr("Take ended jobs off the list"))
        self.clear.clicked.connect(self.clear_wanted)
        bar.addWidget(self.clear)
        bar.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.table, 1)

    def current(self) -> JobRow | None:
        """The selected row."""
        index = self.table.currentIndex()
        return self._model.row(index.row()) if index.isValid() else None

    def refresh(self) -> None:
        """Offer what can be done to the selected row, and say why the rest cannot."""
        row = self.current()
        nothing = self.tr("no job is selected")
        pause = self.entries["pause"]
        is_paused = row is not None and row.state is JobState.PAUSED
        pause.setText(self.tr("Go on") if is_paused else self.tr("Pause"))
        can_pause = row is not None and (row.can_pause or is_paused)
        self._offer("pause", can_pause, nothing if row is None else self.tr("only running jobs can wait"))
        self._offer(
            "cancel", row is not None and row.can_cancel, nothing if row is None else self.tr("it has ended")
        )
        can_retry = row is not None and row.can_retry
        self._offer("retry", can_retry, nothing if row is None else self.tr("only jobs that failed"))
        self._offer("duplicate", row is not None and row.job is not None, nothing)
        has_details = row is not None and bool(row.message)
        self._offer("details", has_details, nothing if row is None else self.tr("there is nothing to tell"))
        waiting = self._model.waiting()
        place = waiting.index(row.id) if row is not None and row.id in waiting else -1
        only_waiting = nothing if row is None else self.tr("only waiting jobs can change places")
        self._offer("up", place > 0, only_waiting)
        self._offer("down", 0 <= place < len(waiting) - 1, only_waiting)
        ended = any(each.state.is_final for each in self._model.rows)
        self.clear.setEnabled(ended)
        tip = self.tr("Take ended jobs off the list")
        self.clear.setToolTip(tip if ended else f"{tip}\n" + self.tr("Not now: none has ended."))

    def _offer(self, name: str, can: bool, reason: str) -> None:
        entry = self.entries[name]
        entry.setEnabled(can)
        tip = entry.text() if can else f"{entry.text()}\n" + self.tr("Not now: {r}.").format(r=reason)
        entry.setToolTip(tip)
        if name in self.buttons:
            self.buttons[name].setEnabled(can)
            self.buttons[name].setToolTip(tip)

    def _move_up(self) -> None:
        self._move(-1)

    def _move_down(self) -> None:
        self._move(1)

    def _move(self, step: int) -> None:
        row, waiting = self.current(), self._model.waiting()
        if row is None or row.id not in waiting:
            return
        place = waiting.index(row.id)
        waiting.insert(place + step, waiting.pop(place))
        self.reorder_wanted.emit(waiting)
        self.table.selectRow(self._model.rows.index(row))

    def _activate(self, index: QModelIndex) -> None:
        row = self._model.row(index.row())
        if row is not None:
            self.activated.emit(row)

    def _show_newest(self) -> None:
        self.table.scrollToBottom()

    def _open_menu(self, place: QPoint) -> None:
        if self.table.indexAt(place).isValid():
            self.refresh()
            self.menu.popup(self.table.viewport().mapToGlobal(place))


class _Emit:
    """Emits a signal with the selected row; called on the GUI thread by an action."""

    def __init__(self, panel: JobsPanel, signal: SignalInstance) -> None:
        self._panel, self._signal = panel, signal

    def __call__(self) -> None:
        row = self._panel.current()
        if row is not None:
            self._signal.emit(row)
