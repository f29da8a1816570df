"""What the window shows of an item: its picture, or for a capture the light that it caught."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from restora.data.arrays import ImageArray
from restora.data.geometry import FrameWindow
from restora.data.image import Image
from restora.data.item import Item
from restora.data.kinds import Transfer
from restora.data.photon_cube import PhotonCube
from restora.data.transfer import to_srgb
from restora.errors import UnsuitableItemError

_THUMBNAIL_SIDE = 96
_PREVIEW_FRAMES = 1000
"""Enough to see what a capture shows, few enough to be there at once."""


def picture_of(item: Item) -> Image:
    """The picture of an item; raises UnsuitableItemError for kinds that have none."""
    data = item.data()
    if isinstance(data, Image):
        return data
    if isinstance(data, PhotonCube):
        return caught_light(data, item.window)
    raise UnsuitableItemError(f"{item.name} is a {item.kind} item, which this window cannot show yet")


def caught_light(cube: PhotonCube, window: FrameWindow | None) -> Image:
    """Detections per frame over a window, else over the first thousand; white is what a frame can hold."""
    frames = window or FrameWindow(0, min(cube.frames, _PREVIEW_FRAMES))
    mean = cube.total(frames).astype(np.float32) / frames.length
    channels = mean if mean.shape[2] in (1, 3) else mean[:, :, :1]
    white = float(cube.most_per_frame)
    return Image(pixels=np.ascontiguousarray(channels), transfer=Transfer.LINEAR, nominal_white=white)


def thumbnail(image: Image) -> QImage:
    """A small picture for lists: means over blocks, as a screen shows them."""
    step = max(1, max(image.height, image.width) // (2 * _THUMBNAIL_SIDE))
    small = image.pixels[::step, ::step]
    block = max(1, round(max(small.shape[:2]) / _THUMBNAIL_SIDE))
    rows, columns = max(1, small.shape[0] // block), max(1, small.shape[1] // block)
    if min(small.shape[:2]) >= block:
        small = small[: rows * block, : columns * block]
        small = small.reshape(rows, block, columns, block, small.shape[2]).mean(axis=(1, 3), dtype=np.float32)
    return _to_qimage(_screen(small, image))


def _screen(pixels: ImageArray, image: Image) -> ImageArray:
    white = image.nominal_white
    if image.transfer is Transfer.LINEAR:
        # Light may be far below white, as in captures; a black thumbnail would tell nothing.
        white = min(white, float(np.nanpercentile(pixels, 99.5))) or white
    scaled = np.nan_to_num(pixels / np.float32(white), nan=0.0, posinf=1.0, neginf=0.0)
    return to_srgb(scaled) if image.transfer is Transfer.LINEAR else scaled


def _to_qimage(pixels: ImageArray) -> QImage:
    colour = np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels[:, :, :3]
    codes = np.clip(colour * 255 + 0.5, 0, 255).astype(np.uint8)
    packed = np.full((*codes.shape[:2], 4), 255, np.uint8)
    packed[:, :, :3] = codes[:, :, ::-1]
    height, width = packed.shape[:2]
    return QImage(packed.tobytes(), width, height, 4 * width, QImage.Format.Format_RGB32).copy()


def from_qimage(image: QImage) -> Image:
    """A picture that was copied in another program; 16 bits where it has them."""
    if image.hasAlphaChannel():
        kind, channels = QImage.Format.Format_RGBA64, 4
    else:
        kind, channels = QImage.Format.Format_RGBX64, 3
    converted = image.convertToFormat(kind)
    row = np.frombuffer(converted.constBits(), np.uint16).reshape(converted.height(), -1)
    stored = row[:, : converted.width() * 4].reshape(converted.height(), converted.width(), 4)
    pixels = stored[:, :, :channels].astype(np.float32) / np.float32(65535)
    return Image(pixels=pixels)
