"""A result with a scene or frames, kept in a folder for a session with every number as it is."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from weakref import WeakSet

import numpy as np

from restora.data.camera import CameraSet
from restora.data.image import Image
from restora.data.json_values import JSON, expect, finite
from restora.data.kinds import Transfer
from restora.data.recipe import Recipe
from restora.data.result import Result, ResultFrame
from restora.data.scene import GaussianScene
from restora.errors import FileProblemError
from restora.io.atomic_folder import replacing_folder
from restora.io.cameras import read_cameras, write_cameras
from restora.io.scenes import read_scene, write_scene

_SCENE, _CAMERAS, _FRAME_CAMERAS = "scene.ply", "cameras.json", "frames.json"
_PICTURE, _KEPT = "picture.npy", "kept.json"


class _Reader:
    """Held by frames that lie in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()


_readers: WeakSet[_Reader] = WeakSet()


def is_in_use(folder: Path) -> bool:
    """Whether frames that were read from there, and are read anew each time, are still held by somebody."""
    return any(reader.folder == folder.absolute() for reader in tuple(_readers))


def keep_result(folder: Path, result: Result) -> None:
    """Write a result to `folder`, which is there complete or not at all; its recipe goes elsewhere."""
    with replacing_folder(folder) as part:
        if result.scene is not None:
            _write_scene(part, result.scene)
        if result.frames:
            _write_frames(part, result.frames)
        elif result.image is not None:
            np.save(part / _PICTURE, result.image.pixels)
        text = json.dumps(_facts(result))
        (part / _KEPT).write_text(text, encoding="utf-8")


def kept_result(folder: Path, recipe: Recipe) -> Result:
    """The result that was kept in `folder`; raises FileProblemError where it cannot be read."""
    try:
        facts = expect(json.loads((folder / _KEPT).read_text(encoding="utf-8")), dict, _KEPT)
        transfer = Transfer(expect(facts.get("transfer"), str, "transfer"))
        white = finite(facts.get("nominal_white"), "nominal_white")
        scene = _scene_in(folder, is_antialiased=facts.get("is_antialiased") is True)
        frames = _frames_in(folder, transfer)
        image = frames[0].image() if frames else _picture_in(folder, transfer, white)
    except (OSError, ValueError, TypeError) as error:
        raise FileProblemError(folder, f"holds no result that can be read ({error})") from error
    return Result(recipe=recipe, image=image, scene=scene, frames=frames)


def _facts(result: Result) -> dict[str, JSON]:
    shown = result.image
    if result.frames:
        transfer = result.frames[0].transfer
    else:
        transfer = Transfer.SRGB if shown is None else shown.transfer
    return {
        "transfer": transfer.value,
        "nominal_white": 1.0 if shown is None else shown.nominal_white,
        "is_antialiased": result.scene is not None and result.scene.is_antialiased,
    }


def _write_scene(folder: Path, scene: GaussianScene) -> None:
    write_scene(folder / _SCENE, scene)
    if scene.cameras.cameras:
        write_cameras(folder / _CAMERAS, scene.cameras, "path")


def _write_frames(folder: Path, frames: Sequence[ResultFrame]) -> None:
    for number, frame in enumerate(frames):
        place = folder / _frame_name(number)
        try:
            os.link(frame.path, place)  # the numbers of a film need not lie on the disk twice
        except OSError:
            shutil.copyfile(frame.path, place)
    cameras = CameraSet(cameras=tuple(frame.camera for frame in frames))
    write_cameras(folder / _FRAME_CAMERAS, cameras, "path")


def _frame_name(number: int) -> str:
    return f"{number:05}.npy"


def _scene_in(folder: Path, *, is_antialiased: bool) -> GaussianScene | None:
    if not (folder / _SCENE).is_file():
        return None
    scene = replace(read_scene(folder / _SCENE), is_antialiased=is_antialiased)
    has_cameras = (folder / _CAMERAS).is_file()
    return replace(scene, cameras=read_cameras(folder / _CAMERAS)) if has_cameras else scene


def _frames_in(folder: Path, transfer: Transfer) -> tuple[ResultFrame, ...]:
    if not (folder / _FRAME_CAMERAS).is_file():
        return ()
    cameras = read_cameras(folder / _FRAME_CAMERAS)
    reader = _Reader(folder)
    _readers.add(reader)
    return tuple(
        ResultFrame(camera=camera, path=folder / _frame_name(number), transfer=transfer, keeper=reader)
        for number, camera in enumerate(cameras)
    )


def _picture_in(folder: Path, transfer: Transfer, white: float) -> Image | None:
    if not (folder / _PICTURE).is_file():
        return None
    pixels = np.load(folder / _PICTURE, allow_pickle=False)
    return Image(pixels=np.asarray(pixels, np.float32), transfer=transfer, nominal_white=white)
