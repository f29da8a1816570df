"""Renders of a scene as files: pictures, depth, alpha, and the cameras they were made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from restora.data.camera import Camera, CameraSet
from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.data.scene import GaussianScene
from restora.io.cameras import write_cameras
from restora.io.writing import Depth, WriteOptions, write_image
from restora.scenes.standpoints import Standpoints, unique_names
from restora.splats.prepared import PreparedScene
from restora.splats.rendering import Render, RenderOptions, render

TRANSFORMS = "transforms.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderWish:
    """What is written of each render."""

    options: RenderOptions = field(default_factory=RenderOptions)
    device: str = "cpu"
    """What draws; a card is one that `splats.devices.choose_device` gave."""
    with_depth: bool = False
    """Expected depth along the axis in scene units, as 32-bit float TIFF; 0 where nothing is."""
    with_alpha: bool = False
    """As 8-bit PNG: white is solid."""


def render_to_file(
    scene: GaussianScene, camera: Camera, path: Path, wish: RenderWish, *, check: Callable[[], None]
) -> tuple[Path, ...]:
    """One render into `path`; depth and alpha beside it. Returns what was written."""
    made = render(scene, camera, wish.options, device=wish.device, check=check)
    return _write(made, path, wish)


def render_to_folder(
    scene: GaussianScene,
    standpoints: Standpoints,
    folder: Path,
    wish: RenderWish,
    *,
    check: Callable[[], None] = lambda: None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[Path, ...]:
    """A PNG per camera and a transforms.json that belongs to them. Returns what was written.

    Frames that are done stay where `check` or `progress` ends the work by raising.
    """
    folder.mkdir(parents=True, exist_ok=True)
    prepared = PreparedScene(scene) if wish.device == "cpu" else scene
    names = unique_names(standpoints.cameras)
    files: list[Path] = []
    for done, (camera, name) in enumerate(zip(standpoints.cameras, names, strict=True)):
        progress(done, len(names))
        made = render(prepared, camera, wish.options, device=wish.device, check=check)
        files += _write(made, folder / f"{name}.png", wish)
    progress(len(names), len(names))
    cameras = _as_rendered(standpoints.cameras, names, folder)
    rate = standpoints.frames_per_second
    return (*files, *write_cameras(folder / TRANSFORMS, cameras, "transforms", frame_rate=rate))


def _as_rendered(cameras: Sequence[Camera], names: Sequence[str], folder: Path) -> CameraSet:
    """Renders show what an ideal lens sees."""
    ideal = tuple(
        replace(camera, name=name, picture=f"{name}.png", distortion=())
        for camera, name in zip(cameras, names, strict=True)
    )
    return CameraSet(cameras=ideal, pictures=folder)


def _write(made: Render, path: Path, wish: RenderWish) -> tuple[Path, ...]:
    write_image(path, Image(pixels=np.ascontiguousarray(made.rgb)))
    files = [path]
    if wish.with_depth:
        files.append(path.with_name(f"{path.stem}_depth.tif"))
        depth = Image(pixels=made.expected_depth[..., None], transfer=Transfer.LINEAR)
        write_image(files[-1], depth, WriteOptions(depth=Depth.F32))
    if wish.with_alpha:
        files.append(path.with_name(f"{path.stem}_alpha.png"))
        write_image(files[-1], Image(pixels=np.ascontiguousarray(made.alpha[..., None])))
    return tuple(files)
