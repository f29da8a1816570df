"""What the two processes tell each other: a line of JSON, and the bytes of the arrays that it announces."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from restora.data.camera import Camera, Projection
from restora.data.json_values import JSON
from restora.splats.rendering import RenderOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

Arrays = dict[str, "NDArray[np.float32]"]


def send(stream: BinaryIO, said: Mapping[str, JSON], arrays: Mapping[str, NDArray[np.float32]]) -> None:
    """Write one message."""
    shapes: dict[str, JSON] = {name: [int(side) for side in array.shape] for name, array in arrays.items()}
    stream.write(json.dumps({**said, "arrays": shapes}).encode() + b"\n")
    for array in arrays.values():
        stream.write(_bytes_of(np.ascontiguousarray(array, np.float32)))
    stream.flush()


def receive(stream: BinaryIO) -> tuple[dict[str, JSON], Arrays] | None:
    """Read one message; None where the other process has ended, also in the middle of one."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        return None
    said = json.loads(line)
    arrays: Arrays = {}
    for name, shape in said.pop("arrays").items():
        array = np.empty(shape, np.float32)
        if not _filled(stream, _bytes_of(array)):
            return None
        arrays[name] = array
    return said, arrays


def _bytes_of(array: NDArray[np.float32]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _filled(stream: BinaryIO, view: memoryview) -> bool:
    done = 0
    while done < len(view):
        got = stream.readinto(view[done:])  # type: ignore[attr-defined]  # every buffered stream has it
        if not got:
            return False
        done += got
    return True


def camera_to_json(camera: Camera) -> dict[str, JSON]:
    """What drawing needs of a camera."""
    return {
        "size": [camera.width, camera.height],
        "lens": [camera.fx, camera.fy, camera.cx, camera.cy],
        "pose": [float(number) for number in camera.world_to_camera.reshape(-1)],
        "projection": camera.projection.value,
    }


def camera_from_json(said: Mapping[str, JSON]) -> Camera:
    """The same camera."""
    width, height = np.array(said["size"], int).tolist()
    fx, fy, cx, cy = np.array(said["lens"], float).tolist()
    return Camera(
        name="asked",
        width=width,
        height=height,
        fx=fx,
        fy=fy,
        cx=cx,
        cy=cy,
        world_to_camera=np.array(said["pose"], float).reshape(4, 4),
        projection=Projection(str(said["projection"])),
    )


def options_to_json(options: RenderOptions) -> dict[str, JSON]:
    """What a card can do of the options; `devices.choose_device` rules the others out."""
    return {
        "background": list(options.background),
        "degree": options.degree,
        "near": options.near,
        "far": options.far,
        "eps2d": options.eps2d,
        "antialiased": options.antialiased,
    }


def options_from_json(said: Mapping[str, JSON]) -> RenderOptions:
    """The same options."""
    values = dict(said)
    red, green, blue = np.array(values.pop("background"), float).tolist()
    return RenderOptions(background=(red, green, blue), **values)  # type: ignore[arg-type]  # as written above
