"""What JPEG does to a picture."""

from __future__ import annotations

import io

import numpy as np

from restora.data.arrays import ImageArray
from restora.errors import BadInputError


def jpeg(pixels: ImageArray, quality: int) -> ImageArray:
    """sRGB values 0..1, 1 or 3 channels, through JPEG of `quality` 1..95 and back, in steps of 1/255."""
    if not 1 <= quality <= 95:
        raise BadInputError(f"JPEG quality must be 1 to 95, got {quality}")
    import PIL.Image

    steps = np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    buffer = io.BytesIO()
    PIL.Image.fromarray(steps[:, :, 0] if steps.shape[2] == 1 else steps).save(
        buffer, "jpeg", quality=quality
    )
    with PIL.Image.open(buffer) as decoded:
        back = np.asarray(decoded, np.float32) / 255
    return np.asarray(back.reshape(pixels.shape), np.float32)
