"""Writes COLMAP models, text or binary, each file complete or not at all."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np

from restora.data.camera import Camera, CameraSet
from restora.errors import BadInputError, FileProblemError
from restora.io.atomic import atomic_write
from restora.io.cameras.colmap_model import ColmapCamera, ColmapImage, ColmapModel, no_points
from restora.io.cameras.lens_models import model_of
from restora.io.cameras.poses import quaternion_of


def write_colmap(folder: Path, model: ColmapModel, *, as_text: bool = False) -> tuple[Path, ...]:
    """Write a model into a folder, which is made where its parent exists; returns the files.

    The other ending's files are not touched: a folder with both is read as binary.
    """
    for image in model.images:
        if not image.name or any(letter in image.name for letter in "\0\n\r"):
            raise BadInputError(f"a COLMAP model cannot hold a picture called {image.name!r}")
    _make(folder)
    made = []
    writers = _TEXT if as_text else _BINARY
    for name, content in writers.items():
        path = folder / f"{name}{'.txt' if as_text else '.bin'}"
        atomic_write(path, partial(_put, content(model)))
        made.append(path)
    return tuple(made)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except FileExistsError as error:
        raise FileProblemError(folder, "is a file, a folder is needed for a COLMAP model") from error
    except OSError as error:
        raise FileProblemError(folder, f"cannot be made: {error.strerror or error}") from error


def model_from(cameras: CameraSet, folder: Path) -> ColmapModel:
    """A model without points: cameras with equal lenses share one, pictures keep their names.

    Raises BadInputError where COLMAP cannot describe a camera.
    """
    lenses: dict[tuple[object, ...], ColmapCamera] = {}
    images = []
    for number, camera in enumerate(cameras, start=1):
        lens = _lens(camera, lenses)
        images.append(
            ColmapImage(
                id=number,
                camera_id=lens.id,
                name=camera.picture or camera.name,
                quaternion=quaternion_of(camera.world_to_camera[:3, :3]),
                shift=camera.world_to_camera[:3, 3].copy(),
                pixels=np.zeros((0, 2)),
                point_ids=np.zeros(0, np.int64),
            )
        )
    return ColmapModel(
        folder=folder,
        cameras={lens.id: lens for lens in lenses.values()},
        images=tuple(images),
        points=no_points(),
    )


def _lens(camera: Camera, known: dict[tuple[object, ...], ColmapCamera]) -> ColmapCamera:
    model, params = model_of(camera)
    key = (model.number, camera.width, camera.height, params)
    if key not in known:
        known[key] = ColmapCamera(
            id=len(known) + 1, model=model, width=camera.width, height=camera.height, params=params
        )
    return known[key]


def _binary_cameras(model: ColmapModel) -> bytes:
    parts = [struct.pack("<Q", len(model.cameras))]
    for camera in model.cameras.values():
        head = (camera.id, camera.model.number, camera.width, camera.height)
        parts.append(struct.pack(f"<iiQQ{len(camera.params)}d", *head, *camera.params))
    return b"".join(parts)


def _binary_images(model: ColmapModel) -> bytes:
    parts = [struct.pack("<Q", len(model.images))]
    for image in model.images:
        parts.append(struct.pack("<i7di", image.id, *image.quaternion, *image.shift, image.camera_id))
        parts.append(os.fsencode(image.name) + struct.pack("<xQ", len(image.point_ids)))
        rows = np.empty(len(image.point_ids), [("xy", "<f8", 2), ("point", "<i8")])
        rows["xy"], rows["point"] = image.pixels, image.point_ids
        parts.append(rows.tobytes())
    return b"".join(parts)


def _binary_points(model: ColmapModel) -> bytes:
    points = model.points
    parts = [struct.pack("<Q", len(points))]
    for number in range(len(points)):
        track = points.track_of(number)
        head = (int(points.ids[number]), *points.exact_positions[number], *points.colours[number].tolist())
        parts.append(struct.pack("<Q3d3BdQ", *head, points.errors[number], len(track)))
        parts.append(track.astype("<i4").tobytes())
    return b"".join(parts)


def _text_cameras(model: ColmapModel) -> bytes:
    lines = ["# CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]"]
    for camera in model.cameras.values():
        params = " ".join(map(repr, camera.params))
        lines.append(f"{camera.id} {camera.model.name} {camera.width} {camera.height} {params}")
    return _lines(lines)


def _text_images(model: ColmapModel) -> bytes:
    lines = [
        "# IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME",
        "# POINTS2D[] as (X, Y, POINT3D_ID)",
    ]
    for image in model.images:
        pose = _numbers([*image.quaternion, *image.shift])
        lines.append(f"{image.id} {pose} {image.camera_id} {image.name}")
        seen = zip(image.pixels, image.point_ids, strict=True)
        lines.append(" ".join(f"{_numbers(xy)} {point}" for xy, point in seen))
    return _lines(lines)


def _text_points(model: ColmapModel) -> bytes:
    lines = ["# POINT3D_ID, X, Y, Z, R, G, B, ERROR, TRACK[] as (IMAGE_ID, POINT2D_IDX)"]
    points = model.points
    for number in range(len(points)):
        place = _numbers(points.exact_positions[number])
        colour = " ".join(map(str, points.colours[number]))
        track = " ".join(map(str, points.track_of(number).flat))
        lines.append(
            f"{points.ids[number]} {place} {colour} {_numbers([points.errors[number]])} {track}".rstrip()
        )
    return _lines(lines)


def _numbers(values: Iterable[float]) -> str:
    """Shortest texts that read back as the same number."""
    return " ".join(repr(float(value)) for value in values)


def _put(content: bytes, stream: BinaryIO) -> None:
    stream.write(content)


def _lines(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")


_Content = Callable[[ColmapModel], bytes]
_BINARY: dict[str, _Content] = {
    "cameras": _binary_cameras,
    "images": _binary_images,
    "points3D": _binary_points,
}
_TEXT: dict[str, _Content] = {"cameras": _text_cameras, "images": _text_images, "points3D": _text_points}
