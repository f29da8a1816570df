"""Pictures of a scene that somebody waits for: renders of cameras, frames of a path, screenshots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from PySide6.QtCore import QObject, Slot

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora_desktop.scene.drawing import Look
from restora_desktop.scene.render_worker import Answer, Asked, RenderThread

Done: TypeAlias = Callable[[Answer], None]
Failed: TypeAlias = Callable[[Exception], None]


@dataclass(frozen=True, slots=True)
class _Wish:
    asked: Asked
    done: Done
    failed: Failed


class Stills(QObject):
    """Asks for full pictures, drawn when nobody moves the view, and calls back on the GUI thread."""

    def __init__(self, renderer: RenderThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = renderer.worker
        self._client = renderer.new_client()
        self._wishes: dict[int, _Wish] = {}
        self._worker.done.connect(self._take)
        self._worker.failed.connect(self._fail)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is waited for."""
        return not self._wishes

    @property
    def count(self) -> int:
        """How many are waited for."""
        return len(self._wishes)

    def ask(
        self,
        scene: GaussianScene,
        camera: Camera,
        look: Look,
        done: Done,
        failed: Failed,
        *,
        wants_numbers: bool = False,
    ) -> None:
        """Have one drawn; `done` gets the Answer."""
        asked = Asked(
            scene=scene,
            camera=camera,
            look=look,
            client=self._client,
            is_still=True,
            wants_numbers=wants_numbers,
        )
        self._wishes[id(asked)] = _Wish(asked, done, failed)
        self._worker.ask(asked)

    def withdraw(self) -> None:
        """Nothing is wanted any more."""
        self._wishes.clear()
        self._worker.withdraw(self._client)

    @Slot(object)
    def _take(self, answer: Answer) -> None:
        wish = self._wishes.pop(id(answer.asked), None)
        if wish is not None:
            wish.done(answer)

    @Slot(object, object)
    def _fail(self, asked: Asked, error: Exception) -> None:
        wish = self._wishes.pop(id(asked), None)
        if wish is not None:
            wish.failed(error)
