"""COLMAP models as `.bin` files; every count is held against the bytes that are left."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.errors import FileProblemError
from restora.io.cameras.colmap_model import (
    ColmapCamera,
    ColmapImage,
    ColmapPoints,
    checked_camera,
    checked_image,
)
from restora.io.cameras.lens_models import BY_NUMBER
from restora.io.decoding import check_ordinary

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LONGEST_NAME = 4096
_OBSERVATION = np.dtype([("xy", "<f8", 2), ("point", "<i8")])
_POINT = np.dtype([("id", "<u8"), ("xyz", "<f8", 3), ("rgb", "u1", 3), ("error", "<f8"), ("length", "<u8")])


class _Bytes:
    """A file's bytes, taken from the front."""

    def __init__(self, path: Path) -> None:
        check_ordinary(path)
        self.path = path
        # Mapped, so that a large file costs no memory for what is only skipped.
        self._data = np.memmap(path, np.uint8, "r").data if path.stat().st_size else memoryview(b"")
        self.at = 0

    @property
    def left(self) -> int:
        """Bytes not taken yet."""
        return len(self._data) - self.at

    def take(self, layout: str) -> tuple[int | float, ...]:
        """Numbers as `struct` names them, little-endian."""
        found: tuple[int | float, ...] = struct.unpack(
            "<" + layout, self.block(struct.calcsize("<" + layout))
        )
        return found

    def block(self, length: int) -> memoryview:
        """The next bytes as they lie in the file."""
        if length > self.left:
            raise FileProblemError(
                self.path,
                f"ends where {length} more bytes are expected, {self.left} are left",
                advice="The file may be incomplete; fetch it again.",
            )
        self.at += length
        return self._data[self.at - length : self.at]

    def count(self, smallest: int, what: str) -> int:
        """A number of records that take at least `smallest` bytes each."""
        (number,) = self.take("Q")
        if number * smallest > self.left:
            raise FileProblemError(self.path, f"states {number} {what}, but only {self.left} bytes follow")
        return int(number)

    def number_at(self, offset: int) -> int:
        """A whole number of 64 bits so many bytes ahead; nothing is taken."""
        place = self.at + offset
        return int.from_bytes(self._data[place : place + 8], "little")

    def skip(self, length: int, what: str) -> None:
        """Go on; raises FileProblemError where `what` would reach beyond the end."""
        if length > self.left:
            raise FileProblemError(
                self.path,
                f"{what} needs {length} bytes, {self.left} are left",
                advice="The file may be incomplete; fetch it again.",
            )
        self.at += length

    def all_of(self, end: int) -> NDArray[np.uint8]:
        """All bytes up to `end`, in memory."""
        return np.array(self._data[:end], np.uint8)

    def text(self) -> str:
        """A name that ends with a NUL."""
        window = bytes(self._data[self.at : self.at + _LONGEST_NAME])
        end = window.find(0)
        if end < 0:
            raise FileProblemError(self.path, f"has a name of more than {_LONGEST_NAME} bytes")
        self.at += end + 1
        return os.fsdecode(window[:end])


def read_cameras(path: Path) -> dict[int, ColmapCamera]:
    """cameras.bin."""
    data, found = _Bytes(path), {}
    for _ in range(data.count(24 + 3 * 8, "cameras")):
        number, kind, width, height = (int(each) for each in data.take("iiQQ"))
        model = BY_NUMBER.get(kind)
        if model is None:
            raise FileProblemError(
                path, f"camera {number} has the model {kind}, known are 0 to {len(BY_NUMBER) - 1}"
            )
        params = tuple(float(each) for each in data.take(f"{len(model.params)}d"))
        if number in found:
            raise FileProblemError(path, f"camera {number} stands there twice")
        found[number] = checked_camera(
            path, ColmapCamera(id=number, model=model, width=width, height=height, params=params)
        )
    return found


def read_images(
    path: Path, cameras: Mapping[int, ColmapCamera], *, with_observations: bool
) -> list[ColmapImage]:
    """images.bin."""
    data, found, known = _Bytes(path), [], set()
    for _ in range(data.count(4 + 7 * 8 + 4 + 1 + 8, "images")):
        number, *pose, camera = data.take("i7di")
        name = data.text()
        rows = data.block(data.count(_OBSERVATION.itemsize, "observations") * _OBSERVATION.itemsize)
        seen = np.frombuffer(rows if with_observations else b"", _OBSERVATION)
        if number in known:
            raise FileProblemError(path, f"image {number} stands there twice")
        known.add(number)
        image = ColmapImage(
            id=int(number),
            camera_id=int(camera),
            name=name,
            quaternion=np.array(pose[:4]),
            shift=np.array(pose[4:]),
            pixels=seen["xy"].copy(),
            point_ids=seen["point"].astype(np.int64),
        )
        found.append(checked_image(path, image, cameras))
    return found


def read_points(path: Path) -> ColmapPoints:
    """points3D.bin: first where each point begins, then all points and all tracks at once."""
    data = _Bytes(path)
    count = data.count(_POINT.itemsize, "points")
    places, lengths = np.empty(count, np.int64), np.empty(count, np.int64)
    for number in range(count):
        places[number] = data.at
        lengths[number] = length = data.number_at(_POINT.fields["length"][1])  # type: ignore[index]  # it has fields
        data.skip(_POINT.itemsize + 8 * length, f"point {number} with {length} sightings")
    whole = data.all_of(data.at)
    change = np.zeros(len(whole) + 1, np.int8)
    change[places] += 1
    change[places + _POINT.itemsize] -= 1
    is_point = change[:-1].cumsum(dtype=np.int8) > 0
    points = whole[is_point].view(_POINT)
    return ColmapPoints(
        ids=points["id"].astype(np.int64),
        exact_positions=points["xyz"].copy(),
        colours=points["rgb"].copy(),
        errors=points["error"].copy(),
        track_starts=np.concatenate([[0], np.cumsum(lengths)]),
        tracks=whole[~is_point][8:].view("<i4").astype(np.int32).reshape(-1, 2),
    )
