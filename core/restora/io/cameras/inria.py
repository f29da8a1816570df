"""cameras.json, which the original 3D Gaussian Splatting writes beside its scenes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from restora.data.camera import Camera, CameraSet
from restora.io.cameras.json_fields import Fields
from restora.io.cameras.poses import inverse_of

NAME = "cameras.json"


def claims(value: object) -> bool:
    """Whether JSON is of this format."""
    first = value[0] if isinstance(value, list) and value else None
    return isinstance(first, dict) and "position" in first and "rotation" in first


def read(path: Path, value: object, size: tuple[int, int] | None) -> CameraSet:  # noqa: ARG001 - every format is asked the same way
    """The cameras; the principal point is the middle. Raises FileProblemError for what is wrong."""
    assert isinstance(value, list)  # as `claims` found it
    cameras = [
        _camera(Fields.of(path, f"camera {number}", each), number) for number, each in enumerate(value)
    ]
    return CameraSet(cameras=tuple(cameras), source=path.name)


def _camera(fields: Fields, number: int) -> Camera:
    name = fields.text("img_name")
    width, height = fields.pixels("width"), fields.pixels("height")
    pose = np.eye(4)
    pose[:3, :3] = fields.matrix("rotation", 3, 3)
    pose[:3, 3] = fields.matrix("position", 1, 3)[0]
    return Camera(
        name=name or f"camera {number}",
        width=width,
        height=height,
        fx=fields.positive("fx"),
        fy=fields.positive("fy"),
        cx=width / 2,
        cy=height / 2,
        world_to_camera=inverse_of(fields.path, fields.where, pose),
        picture=name,
    )
