"""A renderer for tests only: every Gaussian is a square of one colour, drawn from the back to the front."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import numpy as np

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora_desktop.scene.drawing import Check, Drawn, Look, OnRows, Quality

C0 = 0.28209479177387814
BAND = 16


@dataclass
class Record:
    """What was drawn, and a brake that a test can hold."""

    drawn: list[tuple[Camera, Look, Quality]] = field(default_factory=list)
    seconds_per_band: float = 0.0
    gate: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None

    def __post_init__(self) -> None:
        self.gate.set()

    def prepare(self, scene: GaussianScene, check: Check) -> PointScene:
        return PointScene(scene, self)


class PointScene:
    def __init__(self, scene: GaussianScene, record: Record) -> None:
        self.scene = scene
        self._record = record

    def draw(
        self,
        camera: Camera,
        look: Look,
        quality: Quality,
        *,
        check: Check | None = None,
        on_rows: OnRows | None = None,
    ) -> Drawn:
        record = self._record
        record.gate.wait(10)
        if record.error is not None:
            raise record.error
        drawn = _blank(camera, look)
        full = _all_points(self.scene, camera, look)
        for first in range(0, camera.height, BAND):
            if check is not None:
                check()
            time.sleep(record.seconds_per_band)
            rows = slice(first, min(first + BAND, camera.height))
            drawn.rgb[rows], drawn.alpha[rows], drawn.depth[rows] = (
                full.rgb[rows],
                full.alpha[rows],
                full.depth[rows],
            )
            if on_rows is not None:
                on_rows(first, rows.stop, drawn)
        record.drawn.append((camera, look, quality))
        return drawn


def _blank(camera: Camera, look: Look) -> Drawn:
    shape = (camera.height, camera.width)
    rgb = np.broadcast_to(np.asarray(look.background, np.float32), (*shape, 3)).copy()
    return Drawn(rgb=rgb, alpha=np.zeros(shape, np.float32), depth=np.zeros(shape, np.float32))


def _all_points(scene: GaussianScene, camera: Camera, look: Look) -> Drawn:
    drawn = _blank(camera, look)
    pose = camera.world_to_camera
    seen = scene.means @ pose[:3, :3].T + pose[:3, 3]
    colours = np.clip(scene.sh[:, 0] * C0 + 0.5, 0, 1)
    sizes = np.exp(scene.log_scales.max(axis=1))
    for number in np.argsort(-seen[:, 2]):
        x, y, z = seen[number]
        if z < 0.01:
            continue
        u, v = x / z * camera.fx + camera.cx, y / z * camera.fy + camera.cy
        reach = max(0.5, sizes[number] / z * camera.fx)
        left, right = max(0, round(u - reach)), min(camera.width, round(u + reach))
        top, bottom = max(0, round(v - reach)), min(camera.height, round(v + reach))
        if left < right and top < bottom:
            drawn.rgb[top:bottom, left:right] = colours[number]
            drawn.alpha[top:bottom, left:right] = 1
            drawn.depth[top:bottom, left:right] = z
    return drawn
