"""Writes cameras: COLMAP models and the JSON files of several programs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Protocol

from restora.data.camera import CameraSet
from restora.data.json_values import JSON
from restora.errors import BadInputError
from restora.io.atomic import atomic_write
from restora.io.cameras import path_file, transforms, viewer_path
from restora.io.cameras.colmap_writing import model_from, write_colmap


class JsonWriter(Protocol):
    """One module per format of JSON."""

    NAME: str

    def losses(self, cameras: CameraSet) -> tuple[str, ...]:
        """What the format does not keep of these cameras."""
        ...

    def to_json(self, cameras: CameraSet, frame_rate: float | None) -> JSON:
        """What the file holds; raises BadInputError where the format has no such cameras."""
        ...


_JSON: Mapping[str, JsonWriter] = MappingProxyType(
    {"path": path_file, "transforms": transforms, "camera_path": viewer_path}
)
CAMERA_FORMATS = (*_JSON, "colmap", "colmap-text")
"""By the names that people state."""


def camera_format_of(path: Path) -> str:
    """What a name suggests: transforms.json and camera_path.json say it; other JSON is ours."""
    if path.suffix.lower() != ".json":
        return "colmap"
    name = path.name.lower()
    if name.startswith("transforms"):
        return "transforms"
    return "camera_path" if name.startswith("camera_path") else "path"


def write_cameras(
    path: Path, cameras: CameraSet, format: str | None = None, *, frame_rate: float | None = None
) -> tuple[Path, ...]:
    """Write cameras to a file, or into a folder for COLMAP; returns what was written.

    `format` is one of `CAMERA_FORMATS`, by default what the name suggests. Raises BadInputError where the
    format cannot describe a camera, FileProblemError where the disk refuses.
    """
    wanted = _checked(format or camera_format_of(path))
    if not cameras.cameras:
        raise BadInputError(f"{path}: a set without cameras is not written")
    if wanted.startswith("colmap"):
        return write_colmap(path, model_from(cameras, path), as_text=wanted == "colmap-text")
    if wanted == "transforms":
        cameras = _seen_from(cameras, path.absolute().parent)
    content = _JSON[wanted].to_json(cameras, frame_rate)
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    atomic_write(path, lambda stream: _put(text, stream))
    return (path,)


def _seen_from(cameras: CameraSet, folder: Path) -> CameraSet:
    """With pictures named from `folder`, where those who read the file look for them."""
    if cameras.pictures is None:
        return cameras
    base = cameras.pictures.absolute()
    found = [
        camera if camera.picture is None else replace(camera, picture=_way(base / camera.picture, folder))
        for camera in cameras
    ]
    return replace(cameras, cameras=tuple(found))


def _way(picture: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(picture, folder)).as_posix()
    except ValueError:
        return picture.as_posix()  # on another drive


def camera_losses(cameras: CameraSet, format: str) -> tuple[str, ...]:
    """What a format will not keep of these cameras, one short sentence each."""
    wanted = _checked(format)
    if not wanted.startswith("colmap"):
        return _JSON[wanted].losses(cameras)
    is_renamed = any(camera.picture not in (None, camera.name) for camera in cameras)
    return ("names of cameras become those of their pictures",) if is_renamed else ()


def _checked(name: str) -> str:
    if name not in CAMERA_FORMATS:
        raise BadInputError(f"there is no camera format {name!r}, only {', '.join(CAMERA_FORMATS)}")
    return name


def _put(text: str, stream: BinaryIO) -> None:
    stream.write(text.encode("utf-8", "surrogatepass") + b"\n")
