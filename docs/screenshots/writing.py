"""Pictures small enough for a repository that look like the screen."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import PIL.Image
from PySide6.QtGui import QImage

_MOST_LOSSLESS = 120_000
"""Bytes per 1440 x 900 pixels; the noise of a photograph makes more, and may as well lose a little."""
_QUALITY = {1: 88, 2: 72}
"""By the scale: the denser the pixels, the less a loss is seen."""


def write_picture(image: QImage, path: Path, scale: int) -> None:
    """Write WebP: without losses where that is small, else with losses that cannot be seen."""
    shown = _pixels(image)
    room = _MOST_LOSSLESS * shown.width * shown.height / (1440 * 900)
    stored = io.BytesIO()
    shown.save(stored, "WEBP", lossless=True, quality=80, method=4)
    if stored.tell() > room:
        stored = io.BytesIO()
        shown.save(stored, "WEBP", quality=_QUALITY[scale], method=4, use_sharp_yuv=True)
    path.write_bytes(stored.getvalue())
    sys.stdout.write(f"{path.name}: {path.stat().st_size // 1000} kB\n")
    sys.stdout.flush()


def _pixels(image: QImage) -> PIL.Image.Image:
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return PIL.Image.fromarray(rows[:, : 3 * plain.width()].reshape(plain.height(), plain.width(), 3))
