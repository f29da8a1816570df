"""Draws scenes on a thread of its own: the newest view first, then pictures that may wait."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QObject, Qt, QThread, Signal, Slot
from PySide6.QtGui import QImage

from restora.errors import Cancelled
from restora_desktop.scene.drawing import FULL, Channel, Check, Drawn, Look, Prepare, Prepared, Quality
from restora_desktop.scene.toning import Range, depth_range, to_codes, to_qimage

if TYPE_CHECKING:
    from restora.data.camera import Camera
    from restora.data.scene import GaussianScene

_NO_RANGE: Final = (0.0, 1.0)
_MOST_READY: Final = 3
"""Scenes kept ready: two under a wipe, and one to come back to."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """One picture that is wanted."""

    scene: GaussianScene
    camera: Camera
    look: Look
    quality: Quality = FULL
    generation: int = 0
    """Counts up with every change of the view; what belongs to an older one is out of date."""
    client: int = 0
    """Whose it is: every pane and every strip has a number of its own."""
    is_still: bool = False
    """Whether it may wait until nobody moves a view."""
    wants_numbers: bool = False
    """Whether the renderer's own numbers come back too."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """A picture that was wanted, complete."""

    asked: Asked
    image: QImage
    milliseconds: float
    drawn: Drawn | None = None
    """Of views always (they tell what lies under the pointer); of stills where numbers were wanted."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Finished rows of a picture that is still being drawn."""

    asked: Asked
    first: int
    image: QImage


class RenderWorker(QObject):
    """Lives in a QThread. Requests come from any thread; pictures go out as queued signals with own bytes.

    A moving picture that runs is finished although a newer one waits, else a view that never rests would
    never change; a full one gives way between bands, and so does everything that may wait.

    Signals:
        preparing: a GaussianScene is being made ready, which takes a while.
        rows: finished Rows of a full picture.
        done: an Answer.
        failed: the Asked and the exception that stopped it.
    """

    preparing = Signal(object)
    rows = Signal(object)
    done = Signal(object)
    failed = Signal(object, object)
    _woken = Signal()
    _warmed = Signal()

    def __init__(self, prepare: Prepare, warm: Callable[[Check], None] | None) -> None:
        super().__init__()
        self._prepare, self._warm = prepare, warm
        self._guard = threading.Lock()
        self._urgent: dict[int, Asked] = {}
        self._stills: deque[Asked] = deque()
        self._withdrawn: set[int] = set()
        self._running: Asked | None = None
        self._is_closed = False
        self._ready: dict[int, Prepared] = {}
        """The scenes drawn last; the newest stands at the end."""
        self._woken.connect(self._work, Qt.ConnectionType.QueuedConnection)
        self._warmed.connect(self._warm_up, Qt.ConnectionType.QueuedConnection)

    # -- from any thread -----------------------------------------------------------------------------

    def ask(self, asked: Asked) -> None:
        """Draw this next, instead of what this client still waits for; stills queue up."""
        with self._guard:
            if self._is_closed:
                return
            if asked.is_still:
                self._stills.append(asked)
            else:
                self._urgent[asked.client] = asked
        self._woken.emit()

    def warm_up(self) -> None:
        """Load what drawing takes, because something is about to be drawn; only the first call counts."""
        self._warmed.emit()

    def withdraw(self, client: int) -> None:
        """Nothing of this client is wanted any more."""
        with self._guard:
            self._urgent.pop(client, None)
            self._stills = deque(each for each in self._stills if each.client != client)
            if self._running is not None and self._running.client == client:
                self._withdrawn.add(id(self._running))

    def forget(self, scene: GaussianScene) -> None:
        """Give back what was made ready for a scene, and draw nothing of it that still waits."""
        with self._guard:
            self._urgent = {key: each for key, each in self._urgent.items() if each.scene is not scene}
            self._stills = deque(each for each in self._stills if each.scene is not scene)
            self._ready.pop(id(scene), None)

    def forget_all(self) -> None:
        """Make all scenes ready anew when they are next drawn, because something else draws."""
        with self._guard:
            self._ready.clear()

    def close(self) -> None:
        """Draw nothing any more; what runs stops after its band."""
        with self._guard:
            self._is_closed = True
            self._urgent.clear()
            self._stills.clear()

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits or runs."""
        with self._guard:
            return self._running is None and not self._urgent and not self._stills

    # -- on its own thread ---------------------------------------------------------------------------

    @Slot()
    def _warm_up(self) -> None:
        warm, self._warm = self._warm, None
        if warm is not None:
            with contextlib.suppress(Cancelled):  # the window closes
                warm(self._check_open)

    @Slot()
    def _work(self) -> None:
        asked = self._take()
        if asked is None:
            return
        try:
            self._draw(asked)
        except Cancelled:
            self._put_back(asked)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the worker's guard: handed over as a value
            self._end(asked)
            self.failed.emit(asked, error)
        else:
            self._end(asked)
        self._woken.emit()

    def _take(self) -> Asked | None:
        with self._guard:
            if self._is_closed:
                return None
            if self._urgent:
                client = min(self._urgent)
                self._running = self._urgent.pop(client)
            elif self._stills:
                self._running = self._stills.popleft()
            return self._running

    def _end(self, asked: Asked) -> None:
        with self._guard:
            self._withdrawn.discard(id(asked))
            self._running = None

    def _put_back(self, asked: Asked) -> None:
        """A still that gave way is drawn later; a view that gave way is out of date."""
        with self._guard:
            if asked.is_still and id(asked) not in self._withdrawn and not self._is_closed:
                self._stills.appendleft(asked)
        self._end(asked)

    def _check_open(self) -> None:
        with self._guard:
            if self._is_closed:
                raise Cancelled

    def _check(self) -> None:
        with self._guard:
            asked = self._running
            if asked is None or self._is_closed or id(asked) in self._withdrawn:
                raise Cancelled
            gives_way = bool(self._urgent) if asked.is_still else asked.client in self._urgent
            if gives_way and (asked.is_still or asked.quality.is_full):
                raise Cancelled

    def _draw(self, asked: Asked) -> None:
        prepared = self._prepared(asked.scene)
        start = time.perf_counter()
        channel = asked.look.channel
        depths = depth_range(asked.scene, asked.camera) if channel is Channel.DEPTH else _NO_RANGE
        wants_rows = not asked.is_still and asked.quality.is_full
        drawn = prepared.draw(
            asked.camera,
            asked.look,
            asked.quality,
            check=self._check,
            on_rows=_RowTeller(self, asked, depths) if wants_rows else None,
        )
        image = to_qimage(to_codes(drawn, channel, depths))
        milliseconds = (time.perf_counter() - start) * 1000
        keeps = asked.wants_numbers or not asked.is_still
        self.done.emit(
            Answer(asked=asked, image=image, milliseconds=milliseconds, drawn=drawn if keeps else None)
        )

    def _prepared(self, scene: GaussianScene) -> Prepared:
        with self._guard:
            found = self._ready.pop(id(scene), None)
            if found is not None and found.scene is scene:
                self._ready[id(scene)] = found
                return found
        self.preparing.emit(scene)
        made = self._prepare(scene, self._check_open)
        with self._guard:
            self._ready[id(scene)] = made
            while len(self._ready) > _MOST_READY:
                self._ready.pop(next(iter(self._ready)))
        return made


class _RowTeller:
    """Sends rows as they are finished."""

    def __init__(self, worker: RenderWorker, asked: Asked, depths: Range) -> None:
        self._worker, self._asked, self._depths = worker, asked, depths

    def __call__(self, first: int, end: int, drawn: Drawn) -> None:
        part = Drawn(rgb=drawn.rgb[first:end], alpha=drawn.alpha[first:end], depth=drawn.depth[first:end])
        image = to_qimage(to_codes(part, self._asked.look.channel, self._depths))
        self._worker.rows.emit(Rows(asked=self._asked, first=first, image=image))


class RenderThread(QObject):
    """The worker with its thread; `close` must be called, or the program could not end."""

    def __init__(
        self,
        prepare: Prepare,
        parent: QObject | None = None,
        *,
        warm: Callable[[Check], None] | None = None,
    ) -> None:
        super().__init__(parent)
        self._thread = QThread(self)
        self._thread.setObjectName("restora-scene")
        self.worker = RenderWorker(prepare, warm)
        self.worker.moveToThread(self._thread)
        self._thread.start()
        self._clients = 0
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.close)

    def new_client(self) -> int:
        """A number for somebody who asks for pictures; lower ones are served first."""
        self._clients += 1
        return self._clients

    @Slot()
    def close(self) -> bool:
        """End the thread; False if a band does not end in time. Closing twice is fine."""
        self.worker.close()
        self._thread.quit()
        return self._thread.wait(30_000)
