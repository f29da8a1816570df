"""Writes bit-packed captures that other programs for single-photon data read as well."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from restora.data.json_values import JSON
from restora.data.kinds import ColourFilter
from restora.errors import BadInputError
from restora.io.atomic import atomic_write
from restora.io.captures.signs import TRANSFORMS
from restora.io.captures.transforms import OWN_KEY

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAMES_FILE = "frames.npy"


def write_packed(
    folder: Path,
    frames: Iterable[NDArray[np.uint8]],
    *,
    count: int,
    colour_filter: ColourFilter = ColourFilter.MONO,
    brightness: float | None = None,
    exposure_us: float | None = None,
) -> Path:
    """Write `count` binary frames, each H x W x C, as `frames.npy` and `transforms.json`; gives the former.

    Bits are packed along the width, most significant first. The folder must exist; frames are taken one by
    one, so that a capture of any length can be written. Raises BadInputError for frames that are not binary
    or differ in size, and where their number is not `count`.
    """
    target = folder / FRAMES_FILE
    shape: list[tuple[int, ...]] = []
    atomic_write(target, lambda stream: shape.append(_write_frames(stream, frames, count)))
    height, width, channels = shape[0]
    own: dict[str, JSON] = {
        "n": 1,
        "bit_order": "msb",
        "axis_order": "thw" if channels == 1 else "thwc",
        "alpha": brightness,
        "exposure_us": exposure_us,
    }
    if channels == 1:
        own["cfa"] = colour_filter.value
    sidecar: dict[str, JSON] = {
        "file_path": FRAMES_FILE,
        "bitpack": True,
        "bitpack_dim": 2,
        "h": height,
        "w": width,
        "c": channels,
        OWN_KEY: {key: value for key, value in own.items() if value is not None},
    }
    text = json.dumps(sidecar, indent=2) + "\n"
    atomic_write(folder / TRANSFORMS, lambda stream: _write_text(stream, text))
    return target


def _write_text(stream: BinaryIO, text: str) -> None:
    stream.write(text.encode())


def _write_frames(stream: BinaryIO, frames: Iterable[NDArray[np.uint8]], count: int) -> tuple[int, ...]:
    shape: tuple[int, ...] | None = None
    written = 0
    for frame in frames:
        if shape is None:
            shape = _checked_shape(frame)
            _write_header(stream, shape, count)
        _check(frame, shape, written, count)
        packed: NDArray[Any] = np.packbits(frame, axis=1)
        stream.write((packed[:, :, 0] if shape[2] == 1 else packed).tobytes())
        written += 1
    if shape is None or written != count:
        raise BadInputError(f"{count} frames were announced, but {written} came")
    return shape


def _write_header(stream: BinaryIO, shape: tuple[int, ...], count: int) -> None:
    height, width, channels = shape
    packed = (count, height, -(-width // 8))
    header = {
        "descr": "|u1",
        "fortran_order": False,
        "shape": packed if channels == 1 else (*packed, channels),
    }
    np.lib.format.write_array_header_1_0(stream, header)


def _checked_shape(frame: NDArray[np.uint8]) -> tuple[int, ...]:
    if frame.ndim != 3 or frame.shape[2] not in (1, 3) or frame.size == 0:
        raise BadInputError(f"a frame must be height x width x 1 or 3, got shape {frame.shape}")
    return frame.shape


def _check(frame: NDArray[np.uint8], shape: tuple[int, ...], index: int, count: int) -> None:
    if frame.shape != shape or index >= count:
        raise BadInputError(f"frame {index} is {frame.shape}; {count} frames of {shape} were announced")
    if frame.max() > 1:
        raise BadInputError(
            f"frame {index} holds {int(frame.max())} detections at a pixel; only 0 or 1 can be packed"
        )
