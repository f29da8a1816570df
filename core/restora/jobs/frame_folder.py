"""Frames on disk: a folder of pictures with their cameras, the scene if there is one, and the recipe."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from restora.data.camera import Camera, CameraSet, Projection
from restora.data.result import Result, ResultFrame
from restora.errors import BadInputError
from restora.io.atomic_folder import replacing_folder
from restora.io.cameras import write_cameras
from restora.io.scenes import write_scene
from restora.io.writing import WriteOptions, write_image

RECIPE_IN_FOLDER = "recipe.json"
SCENE_IN_FOLDER = "scene.ply"
_TRANSFORMS = "transforms.json"
_OWN_CAMERAS = "path.json"
"""For cameras that transforms.json cannot describe."""
_FORBIDDEN = re.compile(r'[/\\:*?"<>|\x00-\x1f]')
_LONGEST_STEM = 100


def write_folder(path: Path, result: Result, options: WriteOptions, *, with_recipe: bool) -> tuple[Path]:
    """Write frames (and the scene that came with them) into a folder that is there complete or not at all.

    A folder that a result was written to before is replaced; raises BadInputError where other things lie
    there.
    """
    check_folder(path)
    with replacing_folder(path) as folder:
        _write_frames(folder, result.frames, options)
        if result.scene is not None:
            write_scene(folder / SCENE_IN_FOLDER, result.scene)
        if with_recipe:
            (folder / RECIPE_IN_FOLDER).write_text(result.recipe.to_text(), encoding="utf-8")
    return (path,)


def check_folder(path: Path) -> None:
    """Raise BadInputError where a folder of frames cannot be put, because something else is there."""
    if not path.exists():
        return
    is_free = path.is_dir() and ((path / RECIPE_IN_FOLDER).is_file() or not any(path.iterdir()))
    if not is_free:
        what = "a folder with other things in it" if path.is_dir() else "a file"
        raise BadInputError(
            f"{path}: is {what}, and frames need a folder of their own", advice="Name a new folder."
        )


def frame_names(cameras: Sequence[Camera], suffix: str) -> tuple[str, ...]:
    """Names of the frames' files: after their photographs or cameras, or by number where these clash."""
    stems = [_stem(camera) for camera in cameras]
    are_unique = len({stem.casefold() for stem in stems}) == len(stems)
    if not are_unique or not all(stems):
        stems = [f"{number:05}" for number in range(len(stems))]
    return tuple(stem + suffix for stem in stems)


def _stem(camera: Camera) -> str:
    name = camera.name if camera.picture is None else Path(camera.picture).stem
    return _FORBIDDEN.sub("_", name).strip(" .")[:_LONGEST_STEM]


def frame_suffix(options: WriteOptions) -> str:
    """`.png`, unless floats are asked for."""
    return ".exr" if options.depth is not None and options.depth.is_float else ".png"


def _write_frames(folder: Path, frames: Sequence[ResultFrame], options: WriteOptions) -> None:
    if not frames:
        return
    names = frame_names([frame.camera for frame in frames], frame_suffix(options))
    for frame, name in zip(frames, names, strict=True):
        write_image(folder / name, frame.image(), options)
    cameras = tuple(replace(frame.camera, picture=name) for frame, name in zip(frames, names, strict=True))
    is_flat = any(camera.projection is Projection.ORTHOGRAPHIC for camera in cameras)
    write_cameras(folder / (_OWN_CAMERAS if is_flat else _TRANSFORMS), CameraSet(cameras=cameras))
