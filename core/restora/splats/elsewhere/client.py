"""Asks another process for pictures of scenes."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import sys
import threading
import weakref
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING

from restora.data.camera import Camera
from restora.data.json_values import JSON
from restora.data.scene import GaussianScene
from restora.errors import RestoraError
from restora.splats.elsewhere.messages import Arrays, camera_to_json, options_to_json, receive, send
from restora.splats.rendering import Render, RenderOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ARRAYS = ("means", "quats", "log_scales", "logit_opacities", "sh")
_names = itertools.count(1)


class ElsewhereError(RestoraError):
    """The process that draws has failed or ended."""


class DrawingProcess:
    """One process that keeps scenes on a device; started with the first scene, ended by `close`."""

    def __init__(self, device: str) -> None:
        self.device = device
        self._guard = threading.Lock()  # one question at a time
        self._process: subprocess.Popen[bytes] | None = None
        self._forgotten: deque[str] = deque()
        self._is_closed = False

    def keep(self, scene: GaussianScene) -> RemoteScene:
        """Send a scene over; raises ElsewhereError where that fails."""
        name = str(next(_names))
        arrays = {each: getattr(scene, each) for each in _ARRAYS}
        self._ask({"scene": name, "is_antialiased": scene.is_antialiased}, arrays)
        remote = RemoteScene(self, name)
        # Only noted here: whoever drops it may be in the middle of anything.
        weakref.finalize(remote, self._forgotten.append, name)
        return remote

    def draw(self, name: str, camera: Camera, options: RenderOptions) -> Render:
        """A picture of a scene that was sent; see RemoteScene."""
        asked: dict[str, JSON] = {
            "scene": name,
            "camera": camera_to_json(camera),
            "options": options_to_json(options),
        }
        drawn = self._ask(asked, {})
        return Render(rgb=drawn["rgb"], alpha=drawn["alpha"], depth=drawn["depth"])

    def close(self) -> None:
        """End the process; nothing is drawn any more, and what is being drawn fails."""
        self._is_closed = True
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):  # what was not read by it is lost with it
                        stream.close()

    def _ask(self, said: Mapping[str, JSON], arrays: Mapping[str, NDArray]) -> Arrays:  # type: ignore[type-arg]  # floats
        with self._guard:
            forgotten: list[JSON] = [self._forgotten.popleft() for _ in range(len(self._forgotten))]
            try:
                answer = self._exchanged({**said, "forget": forgotten}, arrays)
            except (OSError, ValueError) as error:
                raise ElsewhereError(self._ended) from error
        if answer is None:
            raise ElsewhereError(self._ended)
        told, found = answer
        if "error" in told:
            raise ElsewhereError(f"{self.device} cannot draw this scene: {told['error']}")
        return found

    @property
    def _ended(self) -> str:
        return f"the process that draws on {self.device} has ended"

    def _exchanged(
        self,
        said: Mapping[str, JSON],
        arrays: Mapping[str, NDArray],  # type: ignore[type-arg]  # floats
    ) -> tuple[dict[str, JSON], Arrays] | None:
        if self._is_closed:
            return None
        process = self._process = self._process or self._started()
        assert process.stdin is not None, "it was asked for"
        assert process.stdout is not None, "it was asked for"
        send(process.stdin, said, arrays)  # type: ignore[arg-type]  # a stream of bytes
        return receive(process.stdout)  # type: ignore[arg-type]  # a stream of bytes

    def _started(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "restora.splats.elsewhere.server", self.device]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )


class RemoteScene:
    """A scene that another process keeps; it is forgotten there once nobody holds this any more."""

    def __init__(self, process: DrawingProcess, name: str) -> None:
        self._process, self._name = process, name

    def draw(self, camera: Camera, options: RenderOptions) -> Render:
        """All Gaussians, whatever share the options state: a card saves little by leaving some out.

        Raises ElsewhereError where the process fails.
        """
        return self._process.draw(self._name, camera, options)
