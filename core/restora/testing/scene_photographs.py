"""Photographs for scenes that methods are tried on: brighter renders, so that something can be learnt."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import replace
from functools import cache
from itertools import count
from pathlib import Path

import numpy as np

from restora.data.camera import Camera
from restora.data.image import Image
from restora.data.scene import GaussianScene
from restora.io.writing import write_image
from restora.splats.prepared import PreparedScene
from restora.splats.rendering import render

_BRIGHTER = np.float32(0.4)
_SERIAL = count()


def with_photographs(scene: GaussianScene) -> GaussianScene:
    """The scene with a photograph for each of its cameras; the files go when the process ends."""
    folder = _folder() / str(next(_SERIAL))
    folder.mkdir()
    sh = scene.sh.copy()
    sh[:, 0] += _BRIGHTER
    bright = PreparedScene(replace(scene, sh=sh))
    cameras = tuple(_photographed(bright, camera, folder) for camera in scene.cameras)
    return replace(scene, cameras=replace(scene.cameras, cameras=cameras, pictures=folder))


def _photographed(bright: PreparedScene, camera: Camera, folder: Path) -> Camera:
    picture = f"{camera.name}.png"
    write_image(folder / picture, Image(pixels=render(bright, camera).rgb))
    return replace(camera, picture=picture)


@cache
def _folder() -> Path:
    made = Path(tempfile.mkdtemp(prefix="restora-photographs-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made
