"""A scene for tests of the window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from restora.data.camera import Camera, CameraSet
from restora.data.image import Image
from restora.data.scene import GaussianScene
from restora.io.cameras import write_cameras
from restora.io.scenes import write_scene
from restora.io.writing import write_image
from restora.splats.framing import Optics, framing, orbit

C0 = 0.28209479177387814


def balls(count: int = 60, seed: int = 1, brightness: float = 0.6) -> GaussianScene:
    """Coloured balls in a cube."""
    rng = np.random.default_rng(seed)
    quats = np.zeros((count, 4), np.float32)
    quats[:, 0] = 1
    colours = brightness * rng.uniform(0.3, 1, (count, 1, 3))
    return GaussianScene(
        means=rng.uniform(-1, 1, (count, 3)).astype(np.float32),
        quats=quats,
        log_scales=np.full((count, 3), np.log(0.15), np.float32),
        logit_opacities=np.full(count, 3.0, np.float32),
        sh=((colours - 0.5) / C0).astype(np.float32),
    )


def scene_with_photos(folder: Path, count: int = 4) -> tuple[Path, dict[str, str]]:
    """A scene file and what to state about it: cameras around it, and photographs of one colour each."""
    scene = balls()
    write_scene(folder / "balls.ply", scene)
    cameras = []
    (folder / "photos").mkdir()
    for number, camera in enumerate(orbit(framing(scene), count, Optics(width=64, height=48))):
        pixels = np.full((48, 64, 3), (number + 1) / (count + 1), np.float32)
        write_image(folder / "photos" / f"photo_{number}.png", Image(pixels=pixels))
        cameras.append(_named(camera, number))
    write_cameras(folder / "cameras.json", CameraSet(cameras=tuple(cameras), pictures=folder / "photos"))
    return folder / "balls.ply", {
        "cameras": str(folder / "cameras.json"),
        "pictures": str(folder / "photos"),
    }


def _named(camera: Camera, number: int) -> Camera:
    return replace(camera, name=f"camera {number}", picture=f"photo_{number}.png")
