"""transforms.json of nerfstudio, instant-ngp and the synthetic NeRF scenes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from restora.data.camera import Camera, CameraSet, Projection
from restora.data.json_values import JSON
from restora.errors import BadInputError, FileProblemError
from restora.io.cameras.json_fields import Fields
from restora.io.cameras.lens_models import FISHEYE
from restora.io.cameras.pictures import found_picture, size_of_picture
from restora.io.cameras.poses import from_opengl, to_opengl

NAME = "transforms.json"
_COEFFICIENTS = ("k1", "k2", "k3", "k4", "k5", "k6", "p1", "p2")
_FISHEYE_COEFFICIENTS = ("k1", "k2", "k3", "k4")
_FLAT_MODELS = (
    "PINHOLE",
    "SIMPLE_PINHOLE",
    "SIMPLE_RADIAL",
    "RADIAL",
    "OPENCV",
    "FULL_OPENCV",
    "PERSPECTIVE",
)
_FISHEYE_MODELS = ("OPENCV_FISHEYE", "FISHEYE")


def claims(value: object) -> bool:
    """Whether JSON is of this format."""
    frames = value.get("frames") if isinstance(value, dict) else None
    return isinstance(frames, list) and any(
        isinstance(each, dict) and "transform_matrix" in each for each in frames
    )


def read(path: Path, value: object, size: tuple[int, int] | None) -> CameraSet:
    """The frames; a frame's own numbers win over those for all.

    `size` is what pictures measure where neither the file nor the pictures beside it say it. Raises
    FileProblemError where something is missing or wrong.
    """
    common = Fields.of(path, "the file", value)
    frames = common.get("frames")
    assert isinstance(frames, list)  # as `claims` found it
    cameras = [
        _camera(Fields.of(path, f"frame {number}", frame, common.values), number, size)
        for number, frame in enumerate(frames)
    ]
    return CameraSet(cameras=tuple(cameras), pictures=path.parent, source=path.name)


def _camera(fields: Fields, number: int, size: tuple[int, int] | None) -> Camera:
    stated = fields.text("file_path")
    name = stated or f"frame {number}"
    picture = None if stated is None else found_picture(fields.path.parent, stated)
    width, height = _size(fields, picture, size)
    fx, fy = _focal_lengths(fields, width, height)
    matrix = fields.matrix("transform_matrix", 4, 4)
    return Camera(
        name=name,
        width=width,
        height=height,
        fx=fx,
        fy=fy,
        cx=fields.number("cx", width / 2),
        cy=fields.number("cy", height / 2),
        world_to_camera=from_opengl(fields.path, fields.where, matrix),
        distortion=_distortion(fields),
        picture=picture,
    )


def _size(fields: Fields, picture: str | None, size: tuple[int, int] | None) -> tuple[int, int]:
    if fields.has("w") and fields.has("h"):
        return fields.pixels("w"), fields.pixels("h")
    measured = None if picture is None else size_of_picture(fields.path.parent / picture)
    found = measured or size
    if found is None:
        raise FileProblemError(
            fields.path,
            f"{fields.where} has no w and h, and its picture {picture or '(none)'} is not there to measure",
            advice="Put the pictures beside the file, or state their size as WIDTHxHEIGHT.",
        )
    return found


def _focal_lengths(fields: Fields, width: int, height: int) -> tuple[float, float]:
    if fields.has("fl_x"):
        fx = fields.positive("fl_x")
        return fx, fields.positive("fl_y") if fields.has("fl_y") else fx
    fx = _from_angle(fields, "camera_angle_x", width)
    return fx, _from_angle(fields, "camera_angle_y", height) if fields.has("camera_angle_y") else fx


def _from_angle(fields: Fields, key: str, side: int) -> float:
    if not fields.has(key):
        raise FileProblemError(fields.path, f"{fields.where} has neither fl_x nor camera_angle_x")
    angle = fields.positive(key)
    if angle >= math.pi:
        raise FileProblemError(
            fields.path, f"{fields.where}: {key} is {angle:g}, expected radians below 3.14"
        )
    return side / 2 / math.tan(angle / 2)


def _distortion(fields: Fields) -> tuple[tuple[str, float], ...]:
    model = fields.text("camera_model")
    if model is not None and model not in (*_FLAT_MODELS, *_FISHEYE_MODELS):
        raise FileProblemError(
            fields.path,
            f"{fields.where}: the camera model {model[:40]!r} is not known, only "
            f"{', '.join((*_FLAT_MODELS, *_FISHEYE_MODELS))}",
        )
    if model in _FISHEYE_MODELS or fields.get("is_fisheye") is True:
        return tuple((FISHEYE + name, fields.number(name, 0.0)) for name in _FISHEYE_COEFFICIENTS)
    return tuple((name, fields.number(name)) for name in _COEFFICIENTS if fields.has(name))


def losses(cameras: CameraSet) -> tuple[str, ...]:
    """What the format does not keep."""
    kept = {*_COEFFICIENTS, *(FISHEYE + name for name in _FISHEYE_COEFFICIENTS)}
    lost = {name for camera in cameras for name, _ in camera.distortion} - kept
    said = [f"lens coefficients {', '.join(sorted(lost))} are not kept"] if lost else []
    is_placed = cameras.pictures is not None and any(camera.picture for camera in cameras)
    if is_placed or any(camera.picture not in (None, camera.name) for camera in cameras):
        said.append("names of cameras become those of their pictures")
    return tuple(said)


def to_json(cameras: CameraSet, frame_rate: float | None) -> JSON:  # noqa: ARG001 - every format is asked the same way
    """What numbers all frames share stands once, the rest in the frames."""
    lenses = [_lens(camera) for camera in cameras]
    shared = {
        key: value for key, value in lenses[0].items() if all(each.get(key) == value for each in lenses)
    }
    if len(lenses) > 1 and any(set(each) != set(lenses[0]) for each in lenses):
        shared = {}  # a frame cannot take back a coefficient that is stated for all
    frames: list[JSON] = []
    for camera, lens in zip(cameras, lenses, strict=True):
        own: dict[str, JSON] = {key: value for key, value in lens.items() if key not in shared}
        matrix: list[JSON] = [list(row) for row in to_opengl(camera.world_to_camera).tolist()]
        frames.append({"file_path": camera.picture or camera.name, **own, "transform_matrix": matrix})
    return {**shared, "frames": frames}


def _lens(camera: Camera) -> Mapping[str, JSON]:
    if camera.projection is Projection.ORTHOGRAPHIC:
        raise BadInputError(f"{camera.name}: transforms.json has no orthographic cameras")
    named = dict(camera.distortion)
    is_fisheye = any(name.startswith(FISHEYE) for name in named)
    before, names = (FISHEYE, _FISHEYE_COEFFICIENTS) if is_fisheye else ("", _COEFFICIENTS)
    lens: dict[str, JSON] = {
        "camera_model": "OPENCV_FISHEYE" if is_fisheye else "OPENCV",
        "w": camera.width,
        "h": camera.height,
        "fl_x": camera.fx,
        "fl_y": camera.fy,
        "cx": camera.cx,
        "cy": camera.cy,
    }
    return {**lens, **{name: named[before + name] for name in names if before + name in named}}
