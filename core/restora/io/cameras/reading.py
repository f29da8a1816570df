"""Reads cameras of any known format, recognised by content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Protocol

from restora.data.camera import CameraSet
from restora.errors import FileProblemError
from restora.io.cameras import inria, path_file, transforms, viewer_path
from restora.io.cameras.colmap import model_folder, read_colmap_cameras
from restora.io.cameras.json_fields import read_json
from restora.io.cameras.pictures import found_picture
from restora.io.decoding import decoding, is_folder

_COLMAP_FILES = ("cameras.bin", "images.bin", "cameras.txt", "images.txt")
_FOLDER_FILES = ("transforms.json", "transforms_train.json", "cameras.json")


class JsonCameras(Protocol):
    """One module per format of JSON."""

    NAME: str

    def claims(self, value: object) -> bool:
        """Whether JSON is of this format."""
        ...

    def read(self, path: Path, value: object, size: tuple[int, int] | None) -> CameraSet:
        """Its cameras; raises FileProblemError for what is wrong."""
        ...


_JSON: tuple[JsonCameras, ...] = (path_file, viewer_path, transforms, inria)


def read_cameras(
    path: Path, *, pictures: Path | None = None, size: tuple[int, int] | None = None
) -> CameraSet:
    """The cameras in a file, or in a folder with a COLMAP model or a transforms.json.

    `pictures` is where their photographs lie, if not where the format says; `size` what they measure where
    nothing else says it. Raises FileProblemError where there are no cameras or they cannot be used.
    """
    found = _read(path, size)
    if not found.cameras:
        raise FileProblemError(path, "holds no cameras")
    return found if pictures is None else with_pictures(found, pictures)


def is_colmap(path: Path) -> bool:
    """Whether it is a folder with a COLMAP model, or one of its files."""
    folder = path.parent if path.name in _COLMAP_FILES else path
    return model_folder(folder) is not None


def are_cameras(path: Path) -> bool:
    """Whether a file or folder holds cameras, by what it is and not by its name."""
    if is_colmap(path):
        return True
    if is_folder(path):
        return _file_in(path) is not None
    try:
        if path.suffix.lower() != ".json":
            return False
        value = read_json(path)
    except FileProblemError:
        return False
    return any(each.claims(value) for each in _JSON)


def read_frame_rate(path: Path) -> float | None:
    """Frames per second of a camera path; None where it states none."""
    if is_folder(path) or path.suffix.lower() != ".json":
        return None
    value = read_json(path)
    if path_file.claims(value):
        return path_file.frame_rate(value)
    return viewer_path.frame_rate(value) if viewer_path.claims(value) else None


def with_pictures(cameras: CameraSet, folder: Path) -> CameraSet:
    """The same cameras with another folder of photographs; raises FileProblemError where it is none."""
    if not is_folder(folder):
        raise FileProblemError(folder, "is no folder of pictures")
    found = [
        replace(each, picture=None if each.picture is None else found_picture(folder, each.picture))
        for each in cameras
    ]
    return replace(cameras, cameras=tuple(found), pictures=folder)


def _read(path: Path, size: tuple[int, int] | None) -> CameraSet:
    if is_folder(path):
        inside = _file_in(path)
        return read_colmap_cameras(path) if inside is None else _read_json(inside, size)
    if path.name in _COLMAP_FILES and path.is_file():
        return read_colmap_cameras(path.parent)
    return _read_json(path, size)


def _file_in(folder: Path) -> Path | None:
    """A file of cameras in a folder without a COLMAP model."""
    if model_folder(folder) is not None:
        return None
    return next((folder / name for name in _FOLDER_FILES if (folder / name).is_file()), None)


def _read_json(path: Path, size: tuple[int, int] | None) -> CameraSet:
    with decoding(path, "cameras"):
        value = read_json(path)
        for each in _JSON:
            if each.claims(value):
                return each.read(path, value, size)
    names = ", ".join(each.NAME for each in _JSON)
    raise FileProblemError(path, "holds no cameras that we know", advice=f"Known are COLMAP models, {names}.")
