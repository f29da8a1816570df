"""Our own file of cameras: everything that a camera has, a version number, and frames per second."""

from __future__ import annotations

from pathlib import Path

from restora.data.camera import Camera, CameraSet, Projection
from restora.data.json_values import JSON
from restora.errors import FileProblemError
from restora.io.cameras.json_fields import Fields
from restora.io.cameras.poses import inverse_of

NAME = "restora camera path"
VERSION = 1
_FORMAT = "restora-cameras"


def claims(value: object) -> bool:
    """Whether JSON is of this format."""
    return isinstance(value, dict) and value.get("format") == _FORMAT


def read(path: Path, value: object, size: tuple[int, int] | None) -> CameraSet:  # noqa: ARG001 - every format is asked the same way
    """The cameras; raises FileProblemError for what is wrong, and for versions of the future."""
    common = Fields.of(path, "the file", value)
    version = common.number("version")
    if version != VERSION:
        raise FileProblemError(
            path, f"has version {version:g} of our camera files, this restora reads {VERSION}"
        )
    frames = common.get("frames")
    if not isinstance(frames, list):
        raise FileProblemError(path, "has no list of frames")
    cameras = [_camera(Fields.of(path, f"frame {number}", frame)) for number, frame in enumerate(frames)]
    folder = common.text("pictures")
    return CameraSet(
        cameras=tuple(cameras), pictures=None if folder is None else path.parent / folder, source=path.name
    )


def frame_rate(value: object) -> float | None:
    """Frames per second, where the file states them."""
    rate = value.get("frame_rate") if isinstance(value, dict) else None
    return float(rate) if isinstance(rate, int | float) and 0 < rate < 10_000 else None


def _camera(fields: Fields) -> Camera:
    matrix, pose = fields.matrix("K", 3, 3), fields.matrix("viewmat", 4, 4)
    if matrix[0, 0] <= 0 or matrix[1, 1] <= 0:
        raise FileProblemError(fields.path, f"{fields.where}: K has no positive focal lengths")
    inverse_of(fields.path, fields.where, pose)  # a pose that is no rotation is refused; the numbers are kept
    return Camera(
        name=fields.text("name") or fields.where,
        width=fields.pixels("width"),
        height=fields.pixels("height"),
        fx=float(matrix[0, 0]),
        fy=float(matrix[1, 1]),
        cx=float(matrix[0, 2]),
        cy=float(matrix[1, 2]),
        world_to_camera=pose,
        projection=_projection(fields),
        distortion=_distortion(fields),
        picture=fields.text("picture"),
    )


def _projection(fields: Fields) -> Projection:
    name = fields.text("projection") or Projection.PINHOLE.value
    if name not in list(Projection):
        raise FileProblemError(
            fields.path, f"{fields.where}: projection must be one of {', '.join(Projection)}"
        )
    return Projection(name)


def _distortion(fields: Fields) -> tuple[tuple[str, float], ...]:
    value = fields.get("distortion")
    if value is None:
        return ()
    inner = Fields.of(fields.path, f"{fields.where}, distortion", value)
    return tuple((name, inner.number(name)) for name in inner.values)


def losses(cameras: CameraSet) -> tuple[str, ...]:  # noqa: ARG001 - every format is asked the same way
    """Nothing."""
    return ()


def to_json(cameras: CameraSet, frame_rate: float | None) -> JSON:
    """Everything."""
    frames: list[JSON] = []
    for camera in cameras:
        matrix: list[JSON] = [list(row) for row in camera.intrinsics.tolist()]
        pose: list[JSON] = [list(row) for row in camera.world_to_camera.tolist()]
        frame: dict[str, JSON] = {
            "name": camera.name,
            "width": camera.width,
            "height": camera.height,
            "K": matrix,
            "viewmat": pose,
            "projection": camera.projection.value,
        }
        if camera.distortion:
            frame["distortion"] = dict(camera.distortion)
        if camera.picture is not None:
            frame["picture"] = camera.picture
        frames.append(frame)
    content: dict[str, JSON] = {"format": _FORMAT, "version": VERSION, "frames": frames}
    if cameras.pictures is not None:
        content["pictures"] = str(cameras.pictures.absolute())
    if frame_rate is not None:
        content["frame_rate"] = frame_rate
    return content
