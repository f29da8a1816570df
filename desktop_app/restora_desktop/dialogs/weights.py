"""The files of weights that methods need: what is here, what is not, and how to get it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from restora.errors import Cancelled, RestoraError
from restora.weights.consent import Consents, LicenceConsentError, UnverifiedConsentError
from restora.weights.room import Verification, WeightRow
from restora.weights.store import FileState
from restora.weights.watch import Watch
from restora.workbench import Workbench
from restora_desktop.dialogs.heading import Heading
from restora_desktop.file_dialogs import Dialogs
from restora_desktop.models.weights import WeightColumn, WeightsModel, readable_size, unmet_needs
from restora_desktop.panels.dimmed import Dimmed
from restora_desktop.tasks import Tasks

_WIDTHS = {
    WeightColumn.PART: 205,
    WeightColumn.FILE: 225,
    WeightColumn.STATE: 95,
    WeightColumn.SIZE: 75,
    WeightColumn.ORIGIN: 150,
    WeightColumn.LICENCE: 185,
}


class WeightsDialog(QDialog):
    """Shows, downloads, imports, verifies and removes; only one thing at a time, and never in the way.

    Signals:
        changed: other files are here now.
    """

    changed = Signal()
    _progressed = Signal(float, float)

    def __init__(self, workbench: Workbench, dialogs: Dialogs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("weights_dialog")
        self.setWindowTitle(self.tr("Models"))
        self.resize(1120, 540)
        self._workbench, self._dialogs = workbench, dialogs
        self._tasks = Tasks("weights", parent=self)
        self._stop = threading.Event()
        self.model = WeightsModel(self)
        self._make_table()
        self._make_chooser()
        self._make_buttons()
        self._lay_out()
        self._progressed.connect(self._show_progress)
        self.refresh()

    def _make_table(self) -> None:
        self.table = QTableView()
        self.table.setAccessibleName(self.tr("Files of weights"))
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        for column, width in _WIDTHS.items():
            self.table.setColumnWidth(column, width)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.selectionModel().selectionChanged.connect(self._offer)

    def _lay_out(self) -> None:
        self.note = Dimmed()
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName(self.tr("Progress"))
        layout = QVBoxLayout(self)
        sentence = self.tr("The files that methods need; each is checked before it is used.")
        layout.addWidget(Heading(self.windowTitle(), sentence))
        layout.addLayout(self._head)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.note)
        layout.addWidget(self.bar)
        layout.addLayout(self._row)

    def _make_chooser(self) -> None:
        """Which method's files are shown, and a button that gets them all."""
        self.methods = QComboBox()
        self.methods.setAccessibleName(self.tr("Show the files of"))
        self.methods.addItem(self.tr("All methods"), None)
        for info in self._workbench.host.methods():
            if info.weights:
                self.methods.addItem(info.title, info.id)
        self.methods.currentIndexChanged.connect(self.refresh)
        self.get_all = QPushButton(self.tr("Download all it needs"))
        self.get_all.setAutoDefault(False)
        self.get_all.clicked.connect(self.download_all)
        self._head = QHBoxLayout()
        self._head.addWidget(self.methods)
        self._head.addWidget(self.get_all)
        self._head.addStretch(1)

    def _make_buttons(self) -> None:
        self._row = QHBoxLayout()
        self.buttons: dict[str, QPushButton] = {}
        for name, text, slot in (
            ("get", self.tr("Download"), self.download),
            ("stop", self.tr("Pause download"), self.stop),
            ("import", self.tr("I have it already…"), self.import_file),
            ("verify", self.tr("Verify"), self.verify),
            ("remove", self.tr("Remove…"), self.remove),
            ("page", self.tr("Read about it"), self.open_page),
            ("folder", self.tr("Open folder"), self.open_folder),
        ):
            button = QPushButton(text)
            button.setAutoDefault(False)
            button.clicked.connect(slot)
            self.buttons[name] = button
            self._row.addWidget(button)
        self._row.addStretch(1)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being fetched or hashed."""
        return self._tasks.is_idle

    def close_threads(self) -> bool:
        """End what is under way; False if it does not let go."""
        self._stop.set()
        return self._tasks.close()

    def show_method(self, method_id: str) -> None:
        """Show what a method needs."""
        with QSignalBlocker(self.methods):
            self.methods.setCurrentIndex(max(0, self.methods.findData(method_id)))
        self.refresh()

    def refresh(self) -> None:
        """Look again at what is here."""
        selected = self.table.currentIndex().row()
        try:
            rows = self._workbench.weights.list(self.methods.currentData())
        except RestoraError as error:
            self.note.setText(str(error))
            rows = ()
        self.model.show_rows(rows)
        if rows:
            self.table.selectRow(max(selected, 0))
        elif not self.note.text():
            self.note.setText(self.tr("No method that is loaded needs weights."))
        self._offer()

    # -- what the buttons do -----------------------------------------------------------------------

    def download(self) -> None:
        """Fetch the selected file, or go on where a download was paused."""
        row = self._current()
        if row is None:
            return
        room, name, watch, consents = self._workbench.weights, row.entry.name, self._watch(), self._consents()
        self._start(
            lambda: room.get(name, consents=consents, watch=watch),
            self.tr("Downloading {f}…").format(f=row.entry.file.filename),
            again=self.download,
        )

    def download_all(self) -> None:
        """Fetch everything that the chosen method cannot do without, or go on where that was paused."""
        method, room, watch = self.methods.currentData(), self._workbench.weights, self._watch()
        if method is None:
            return
        consents = self._consents()
        self._start(
            lambda: room.get(method, with_optional=False, consents=consents, watch=watch),
            self.tr("Downloading what {m} needs…").format(m=self.methods.currentText()),
            again=self.download_all,
        )

    def stop(self) -> None:
        """Let a download rest; what has arrived is kept."""
        self._stop.set()

    def import_file(self) -> None:
        """Take in a file that the user has."""
        row = self._current()
        chosen = self._dialogs.open_file(self, self.tr("The file of weights"), str(Path.home()))
        if row is not None and chosen is not None:
            self._import(Path(chosen), row.entry.name)

    def _import(self, path: Path, target: str) -> None:
        room, watch, consents = self._workbench.weights, self._watch(), self._consents()
        self._start(
            lambda: room.import_file(path, target=target, consents=consents, watch=watch),
            self.tr("Looking at {f}…").format(f=path.name),
            again=lambda: self._import(path, target),
        )

    def verify(self) -> None:
        """Hash the selected file again."""
        row = self._current()
        if row is None:
            return
        room, name, watch = self._workbench.weights, row.entry.name, self._watch()
        self._start(
            lambda: room.verify(name, watch=watch),
            self.tr("Hashing {f}…").format(f=row.entry.file.filename),
            done=self._tell_verified,
        )

    def remove(self) -> None:
        """Delete the selected file, after a question."""
        row = self._current()
        if row is None:
            return
        question = self.tr("Remove {f} ({s}) from this machine? {m} needs it.").format(
            f=row.entry.file.filename, s=readable_size(row.status.size), m=", ".join(row.entry.methods)
        )
        if self._dialogs.confirm(self, self.tr("Remove weights"), question, self.tr("Remove")):
            room, name = self._workbench.weights, row.entry.name
            self._start(lambda: room.remove(name), self.tr("Removing…"))

    def open_page(self) -> None:
        """Show the page that its author has written."""
        row = self._current()
        if row is not None:
            QDesktopServices.openUrl(QUrl(row.entry.file.page))

    def open_folder(self) -> None:
        """Show where weights lie."""
        folder = self._workbench.weights_folder
        folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    # -- work --------------------------------------------------------------------------------------

    def _start(
        self,
        work: Callable[[], object],
        told: str,
        *,
        done: Callable[[object], None] | None = None,
        again: Callable[[], None] | None = None,
    ) -> None:
        self._stop.clear()
        self._again = again
        self._done = done
        self.note.setText(told)
        self._tasks.start(lambda: _uncancelled(work), self._finish, self._refuse)
        self._offer()

    def _finish(self, outcome: object) -> None:
        self.note.setText(self.tr("Paused; what has arrived is kept.") if outcome is _CANCELLED else "")
        if self._done is not None and outcome is not _CANCELLED:
            self._done(outcome)
        self.refresh()
        self.changed.emit()

    def _refuse(self, error: Exception) -> None:
        if not isinstance(error, RestoraError):
            raise error
        self.note.setText(" ".join(text for text in (str(error), error.advice) if text))
        self.refresh()
        if self._again is not None and self._agrees(error):
            self._again()

    def _agrees(self, error: RestoraError) -> bool:
        """Ask for the yes that is missing; a licence is remembered, an unverified file is not."""
        if isinstance(error, LicenceConsentError):
            question = self.tr("{licence}\n\nRead it at {page}. Do you accept it?").format(
                licence=error.licence, page=error.page
            )
            if self._dialogs.confirm(self, self.tr("Licence"), question, self.tr("I accept it")):
                workbench = self._workbench
                workbench.change_settings(workbench.settings.with_licence(error.licence))
                return True
        if isinstance(error, UnverifiedConsentError) and not self._allow_unverified:
            question = str(error) + "\n\n" + self.tr("Do you trust where it comes from?")
            if self._dialogs.confirm(self, self.tr("Unverified file"), question, self.tr("I trust it")):
                self._allow_unverified = True
                return True
        return False

    _allow_unverified = False
    _again: Callable[[], None] | None = None
    _done: Callable[[object], None] | None = None

    def _consents(self) -> Consents:
        licences = frozenset(self._workbench.settings.accepted_licences)
        allowed, self._allow_unverified = self._allow_unverified, False
        return Consents(licences=licences, allow_unverified=allowed)

    def _watch(self) -> Watch:
        return Watch(progress=self._report, cancel=self._stop.is_set)

    def _report(self, done: int, total: int) -> None:
        self._progressed.emit(float(done), float(total))  # bytes may exceed what a C++ int holds

    @Slot(float, float)
    def _show_progress(self, done: float, total: float) -> None:
        self.bar.setValue(round(1000 * done / total) if total else 0)
        self.bar.setFormat(f"{readable_size(round(done))} / {readable_size(round(total))}" if total else "")

    def _tell_verified(self, found: object) -> None:
        verifications = [each for each in found if isinstance(each, Verification)]  # type: ignore[attr-defined]  # a tuple of them
        texts = [str(each.problem or self.tr("as published")) for each in verifications]
        self.note.setText("; ".join(texts) or self.tr("It is not here."))

    def _current(self) -> WeightRow | None:
        return self.model.row(self.table.currentIndex().row())

    def _offer(self) -> None:
        row, is_busy = self._current(), not self._tasks.is_idle
        state = None if row is None else row.status.state
        is_here = state not in {None, FileState.MISSING, FileState.PARTIAL}
        busy = self.tr("something else is under way")
        none = self.tr("no file is selected")
        offline = self._workbench.settings.offline
        reasons = {
            "get": self.tr("restora is offline (see Preferences)")
            if offline
            else self.tr("it is here already"),
            "verify": self.tr("it is not here"),
            "remove": self.tr("it is not here"),
        }
        can = {
            "get": row is not None and not is_here and not offline,
            "stop": is_busy,
            "import": row is not None and not is_here,
            "verify": is_here,
            "remove": is_here or state is FileState.PARTIAL,
            "page": row is not None,
            "folder": True,
        }
        for name, button in self.buttons.items():
            blocked = is_busy and name not in {"stop", "page", "folder"}
            button.setEnabled(can[name] and not blocked)
            if button.isEnabled():
                button.setToolTip("")
                continue
            reason = (
                busy if blocked else none if row is None else reasons.get(name, self.tr("it is not needed"))
            )
            button.setToolTip(self.tr("Not now: {r}.").format(r=reason))
        self.bar.setVisible(is_busy)
        self._offer_all(
            busy if is_busy else self.tr("restora is offline (see Preferences)") if offline else ""
        )

    def _offer_all(self, reason: str) -> None:
        chosen = self.methods.currentData() is not None
        reason = reason or ("" if chosen else self.tr("no method is chosen"))
        lacking = unmet_needs(self.model.rows) if chosen else ()
        if not reason and not lacking:
            reason = self.tr("everything is here")
        if not reason and not any(file.urls for need in lacking for file in need.files):
            reason = self.tr("nobody offers it for download; see Read about it, then I have it already")
        self.get_all.setEnabled(not reason)
        self.get_all.setToolTip(self.tr("Not now: {r}.").format(r=reason) if reason else "")


_CANCELLED = object()


def _uncancelled(work: Callable[[], object]) -> object:
    """Cancelled is no Exception, on purpose; here it is an outcome."""
    try:
        return work()
    except Cancelled:
        return _CANCELLED
