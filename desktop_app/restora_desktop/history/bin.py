"""The bin: results that were closed, as small sessions on the disk, until there are too many of them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from restora.errors import FileProblemError, RestoraError
from restora.jobs.result_folder import is_in_use
from restora.workbench import Workbench
from restora_desktop.models.items import Node
from restora_desktop.restoring import Restored, restore
from restora_desktop.session import SavedItem, SavedRender, SavedResult
from restora_desktop.session_folder import SESSION_FILE, load, save
from restora_desktop.session_snapshot import snapshot_of
from restora_desktop.tasks import Tasks

MOST_ENTRIES = 20
LONGEST_DAYS = 30
MOST_BYTES = 4 * 2**30
_LONGEST_WRITE_SECONDS = 3600
"""What has no end after that was broken off; before that another window may still be writing it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binned:
    """Something in the bin."""

    name: str
    """Its folder in the bin."""
    title: str


class Bin(QObject):
    """Keeps what would be lost: results, and items that came from no file. Everything happens on one thread.

    Signals:
        brought_back: a Restored.
        failed: an exception.
    """

    brought_back = Signal(object)
    failed = Signal(object)

    def __init__(self, session: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._folder = session, session / "bin"
        self._tasks = Tasks("bin", parent=self)
        self._tasks.start(partial(clear_old, self._folder))

    @property
    def is_idle(self) -> bool:
        """Whether everything is written."""
        return self._tasks.is_idle

    def close(self) -> bool:
        """Take nothing any more; False if the thread does not let go."""
        return self._tasks.close()

    def put(self, node: Node) -> str | None:
        """Keep a row that is being closed; the name to take it back by. None where nothing would be lost."""
        kept = snapshot_of(node)
        if kept is None:
            return None
        name = f"{time.time_ns():020d}-{node.uid[:8]}"
        write = partial(save, self._folder / name, kept, near=self._session)
        self._tasks.start(partial(_put, self._folder, write), failed=self._tell)
        return name

    def forget(self, names: Iterable[str]) -> None:
        """Hold these no longer."""
        for name in names:
            self._tasks.start(partial(_remove, self._folder / name), failed=self._tell)

    def empty(self) -> None:
        """Hold nothing any more."""
        self._tasks.start(partial(_remove_all, self._folder), failed=self._tell)

    def entries(self) -> tuple[Binned, ...]:
        """What it holds, newest first."""
        found: list[Binned] = []
        for folder in reversed(_folders(self._folder)):
            try:
                items = load(folder).items
            except RestoraError:
                continue  # it is being written, or was not written to its end
            found.extend(Binned(name=folder.name, title=_told(item)) for item in items)
        return tuple(found)

    def bring_back(self, entry: Binned, workbench: Workbench) -> None:
        """Read it; it leaves the bin if all of it could be read."""
        work = partial(_bring_back, self._folder / entry.name, workbench)
        self._tasks.start(work, self.brought_back.emit, self._tell)

    def _tell(self, error: Exception) -> None:
        """A full disk is no defect of the program."""
        if isinstance(error, OSError):
            problem = f"cannot hold what was closed ({error.strerror})"
            error = FileProblemError(self._folder, problem, advice="Undo still brings it back.")
        self.failed.emit(error)


def clear_old(folder: Path, now: float | None = None) -> None:
    """Remove what is too old, and the oldest where there are too many or they take too much room."""
    moment = time.time() if now is None else now
    room = 0
    for place, each in enumerate(reversed(_folders(folder))):
        room += sum(file.stat().st_size for file in each.rglob("*") if file.is_file())
        is_old = moment - each.stat().st_mtime > LONGEST_DAYS * 86400
        is_torn = (
            not (each / SESSION_FILE).is_file() and moment - each.stat().st_mtime > _LONGEST_WRITE_SECONDS
        )
        if is_old or is_torn or place >= MOST_ENTRIES or (place > 0 and room > MOST_BYTES):
            _remove(each)


def _told(item: SavedItem) -> str:
    made: tuple[SavedResult | SavedRender, ...] = (*item.results, *item.renders)
    match made:
        case ():
            return item.title
        case (only,):
            return f"{only.title} · {item.title}"
        case several:
            return f"{item.title} · {len(several)} results"


def _put(folder: Path, write: Callable[[], None]) -> None:
    write()
    clear_old(folder)


def _bring_back(folder: Path, workbench: Workbench) -> Restored:
    restored = restore(folder, workbench)
    if not restored.problems:
        _remove(folder)
    return restored


def _folders(folder: Path) -> list[Path]:
    """Oldest first: their names begin with the time."""
    return sorted(each for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []


def _remove_all(folder: Path) -> None:
    for each in _folders(folder):
        _remove(each)


def _remove(folder: Path) -> None:
    """For good, apart from frames that are on the screen: the next start clears those."""
    (folder / SESSION_FILE).unlink(missing_ok=True)
    if not any(is_in_use(each) for each in folder.glob("*")):
        shutil.rmtree(folder, ignore_errors=True)
