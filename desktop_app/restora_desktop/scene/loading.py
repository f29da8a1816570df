"""Reading the Gaussians of an item off the GUI thread; whoever does not want to wait may cancel."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal

from restora.data.item import Item
from restora.data.scene import GaussianScene
from restora.splats.framing import Framing, framing
from restora_desktop.tasks import Tasks


class SceneLoader(QObject):
    """Reads one item at a time; the newest wish counts.

    Signals:
        loaded: the Item, its GaussianScene, and the Framing of most of it.
        failed: the Item and the exception.
    """

    loaded = Signal(object, object, object)
    failed = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = Tasks("scenes", threads=2, parent=self)
        self._wanted: Item | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being read that somebody waits for."""
        return self._wanted is None

    def load(self, item: Item) -> None:
        """Read this; what is still being read for an earlier wish is thrown away."""
        self._wanted = item
        self._tasks.start(partial(_read, item), partial(self._take, item), partial(self._fail, item))

    def cancel(self) -> None:
        """Wait for nothing; what has been read by then is given back."""
        self._wanted = None

    def close(self) -> bool:
        """Read nothing any more."""
        self._wanted = None
        return self._tasks.close()

    def _take(self, item: Item, read: tuple[GaussianScene, Framing]) -> None:
        if self._wanted is item:
            self._wanted = None
            self.loaded.emit(item, *read)
        else:
            item.release()

    def _fail(self, item: Item, error: Exception) -> None:
        if self._wanted is item:
            self._wanted = None
            self.failed.emit(item, error)


def _read(item: Item) -> tuple[GaussianScene, Framing]:
    scene = item.scene()
    return scene, framing(scene)
