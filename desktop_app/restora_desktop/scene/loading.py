"""Reading the Gaussians of an item off the GUI thread; whoever does not want to wait may cancel."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal

from restora.data.item import Item
from restora.data.scene import GaussianScene
from restora.errors import Cancelled
from restora.io.progress import Percents, listening
from restora.splats.framing import Framing, framing
from restora_desktop.tasks import Tasks


class SceneLoader(QObject):
    """Reads one item at a time; the newest wish counts.

    Signals:
        progressed: the Item, and the whole percents that are read; newer wishes silence older ones.
        loaded: the Item, its GaussianScene, and the Framing of most of it.
        failed: the Item and the exception.
    """

    progressed = Signal(object, int)
    loaded = Signal(object, object, object)
    failed = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = Tasks("scenes", threads=2, parent=self)
        self._wish: _Wish | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being read that somebody waits for."""
        return self._wish is None

    def load(self, item: Item) -> None:
        """Read this; what is still being read for an earlier wish stops."""
        wish = self._wish = _Wish(item)
        self._tasks.start(partial(self._read, wish), partial(self._take, wish), partial(self._fail, wish))

    def cancel(self) -> None:
        """Wait for nothing; what is being read stops at its next part."""
        self._wish = None

    def close(self) -> bool:
        """Read nothing any more."""
        self._wish = None
        return self._tasks.close()

    def _read(self, wish: _Wish) -> tuple[GaussianScene, Framing] | None:
        """On a thread of its own; None where nobody waits for it any more."""
        try:
            with listening(Percents(partial(self._tell, wish))):
                scene = wish.item.scene()
        except Cancelled:
            return None
        return scene, framing(scene)

    def _tell(self, wish: _Wish, percents: int) -> None:
        if self._wish is not wish:
            raise Cancelled
        self.progressed.emit(wish.item, percents)

    def _take(self, wish: _Wish, read: tuple[GaussianScene, Framing] | None) -> None:
        if self._wish is wish and read is not None:
            self._wish = None
            self.loaded.emit(wish.item, *read)
        elif self._wish is None or self._wish.item is not wish.item:
            wish.item.release()

    def _fail(self, wish: _Wish, error: Exception) -> None:
        if self._wish is wish:
            self._wish = None
            self.failed.emit(wish.item, error)


class _Wish:
    """One wish to read an item; the same item can be wished for again while it is still being given up."""

    def __init__(self, item: Item) -> None:
        self.item = item
