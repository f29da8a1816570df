"""What draws scenes in the window: the processor here, or a card in another process."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias

from PySide6.QtCore import QObject, Signal, Slot

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora.splats.devices import CPU, RenderDevice, choose_device
from restora.splats.elsewhere.client import DrawingProcess, ElsewhereError, RemoteScene
from restora.splats.rendering import RenderOptions
from restora_desktop.scene.drawing import Check, Drawn, Look, OnRows, Prepare, Prepared, Quality


class DrawWith(StrEnum):
    """What the user wants."""

    AUTO = "auto"
    CPU = "cpu"
    CARD = "cuda"


def look_for_card() -> RenderDevice:
    """Whether gsplat works on a card here; takes seconds where torch is made for cards."""
    return choose_device(in_other_process=True)


class Drawers(QObject):
    """Makes scenes ready for what is chosen. Only `prepare` is called off the GUI thread.

    A card is used once `take_found` said that there is one; until then, and after it failed, the processor
    draws.

    Attributes:
        wanted: what the user chose.
        process_on: starts the process for a device.

    Signals:
        fell_back: a sentence about why the processor draws although a card was to.
    """

    fell_back = Signal(str)

    def __init__(
        self,
        processor: Prepare,
        parent: QObject | None = None,
        *,
        process_on: Callable[[str], DrawingProcess] = DrawingProcess,
    ) -> None:
        super().__init__(parent)
        self._processor, self.process_on = processor, process_on
        self._process: DrawingProcess | None = None
        self._found = RenderDevice(device=CPU, reason="no card was looked for yet")
        self.wanted = DrawWith.AUTO

    @property
    def device(self) -> str:
        """What draws scenes that are made ready from now on."""
        return CPU if self.wanted is DrawWith.CPU else self._found.device

    def take_found(self, found: RenderDevice) -> None:
        """Use this card where one is wanted."""
        self._found = found

    @Slot()
    def close(self) -> None:
        """End the other process."""
        if self._process is not None:
            self._process.close()

    def prepare(self, scene: GaussianScene, check: Check) -> Prepared:
        """Make a scene ready on the render thread; see `Prepare`."""
        device = self.device
        if device == CPU:
            return self._processor(scene, check)
        if self._process is None:
            self._process = self.process_on(device)
        try:
            return CardScene(scene, self._process.keep(scene), self._instead)
        except ElsewhereError as error:
            return self._instead(scene, error, check)

    def _instead(self, scene: GaussianScene, error: ElsewhereError, check: Check) -> Prepared:
        check()  # a window that closes ends the process
        if self._found.device != CPU:
            self._found = RenderDevice(device=CPU, reason=str(error))
            self.fell_back.emit(str(error))
        return self._processor(scene, check)


Instead: TypeAlias = Callable[[GaussianScene, ElsewhereError, Check], Prepared]


class CardScene:
    """A scene that a card draws in another process; where that fails, the processor draws it from then on."""

    def __init__(self, scene: GaussianScene, remote: RemoteScene, instead: Instead) -> None:
        self.scene = scene
        self._remote, self._instead = remote, instead
        self._fallback: Prepared | None = None

    def draw(
        self,
        camera: Camera,
        look: Look,
        quality: Quality,
        *,
        check: Check | None = None,
        on_rows: OnRows | None = None,
    ) -> Drawn:
        """See `Prepared`. Rows come all at once: a card is done before anybody could look."""
        check = check or _go_on
        check()
        if self._fallback is None:
            degree = look.degree if quality.degree is None else min(look.degree, quality.degree)
            try:
                picture = self._remote.draw(camera, RenderOptions(background=look.background, degree=degree))
            except ElsewhereError as error:
                self._fallback = self._instead(self.scene, error, check)
            else:
                drawn = Drawn(rgb=picture.rgb, alpha=picture.alpha, depth=picture.depth)
                if on_rows is not None:
                    on_rows(0, camera.height, drawn)
                return drawn
        return self._fallback.draw(camera, look, quality, check=check, on_rows=on_rows)


def _go_on() -> None:
    """What is asked where nobody can stop it."""
