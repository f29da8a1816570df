"""camera_path.json of nerfstudio's viewer: a flight through a scene."""

from __future__ import annotations

import math
from pathlib import Path

from restora.data.camera import Camera, CameraSet, Projection
from restora.data.json_values import JSON
from restora.errors import BadInputError, FileProblemError
from restora.io.cameras.json_fields import Fields
from restora.io.cameras.poses import from_opengl, to_opengl

NAME = "camera_path.json"
USUAL_FRAME_RATE = 24.0


def claims(value: object) -> bool:
    """Whether JSON is of this format."""
    return isinstance(value, dict) and isinstance(value.get("camera_path"), list)


def read(path: Path, value: object, size: tuple[int, int] | None) -> CameraSet:  # noqa: ARG001 - every format is asked the same way
    """The frames; raises FileProblemError for what is wrong."""
    common = Fields.of(path, "the file", value)
    kind = common.text("camera_type") or "perspective"
    if kind != "perspective":
        raise FileProblemError(path, f"its camera_type is {kind[:40]!r}, only perspective cameras are drawn")
    width, height = common.pixels("render_width"), common.pixels("render_height")
    frames = common.get("camera_path")
    assert isinstance(frames, list)  # as `claims` found it
    cameras = [
        _camera(Fields.of(path, f"frame {number}", frame), number, width, height)
        for number, frame in enumerate(frames)
    ]
    return CameraSet(cameras=tuple(cameras), source=path.name)


def frame_rate(value: object) -> float | None:
    """Frames per second, where the file states them."""
    fps = value.get("fps") if isinstance(value, dict) else None
    return float(fps) if isinstance(fps, int | float) and 0 < fps < 10_000 else None


def _camera(fields: Fields, number: int, width: int, height: int) -> Camera:
    angle = math.radians(fields.positive("fov"))
    if angle >= math.pi:
        raise FileProblemError(fields.path, f"{fields.where}: fov is above 180 degrees")
    focal = height / 2 / math.tan(angle / 2)
    matrix = fields.matrix("camera_to_world", 4, 4)
    return Camera(
        name=f"frame {number:05d}",
        width=width,
        height=height,
        fx=focal,
        fy=focal,
        cx=width / 2,
        cy=height / 2,
        world_to_camera=from_opengl(fields.path, fields.where, matrix),
    )


def losses(cameras: CameraSet) -> tuple[str, ...]:
    """What the format does not keep."""
    said = ["names of cameras and pictures are not kept"]
    if any(camera.is_distorted for camera in cameras):
        said.append("lens distortion is not kept")
    if any((camera.cx, camera.cy) != (camera.width / 2, camera.height / 2) for camera in cameras):
        said.append("the principal point is moved to the middle")
    if any(abs(camera.fx / camera.fy - 1) > 1e-9 for camera in cameras):
        said.append("the horizontal focal length becomes the vertical one")
    return tuple(said)


def to_json(cameras: CameraSet, frame_rate: float | None) -> JSON:
    """All frames have one size; raises BadInputError where they do not."""
    first, rate = cameras.cameras[0], frame_rate or USUAL_FRAME_RATE
    for camera in cameras:
        if camera.projection is Projection.ORTHOGRAPHIC:
            raise BadInputError(f"{camera.name}: camera_path.json has no orthographic cameras")
        if (camera.width, camera.height) != (first.width, first.height):
            raise BadInputError(
                f"{camera.name} is {camera.width} x {camera.height}, {first.name} is {first.width} x "
                f"{first.height}: camera_path.json has one size for all"
            )
    frames: list[JSON] = [
        {
            "camera_to_world": to_opengl(camera.world_to_camera).ravel().tolist(),
            "fov": math.degrees(2 * math.atan(camera.height / 2 / camera.fy)),
            "aspect": camera.width / camera.height,
        }
        for camera in cameras
    ]
    return {
        "camera_type": "perspective",
        "render_width": first.width,
        "render_height": first.height,
        "fps": rate,
        "seconds": len(frames) / rate,
        "is_cycle": False,
        "smoothness_value": 0,
        "camera_path": frames,
        "keyframes": [],
    }
