"""The sRGB transfer of IEC 61966-2-1, extended to negative and over-range values by odd symmetry."""

from __future__ import annotations

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.kinds import Transfer

_TOE_END_SRGB = 0.04045
_TOE_END_LINEAR = 0.0031308
_TOE_SLOPE = 12.92
_OFFSET = 0.055
_EXPONENT = 2.4


def to_linear(encoded: ImageArray) -> ImageArray:
    """Light from sRGB code values; values outside 0..1 keep their sign, NaN stays NaN."""
    magnitude = np.abs(encoded)
    power = ((magnitude + np.float32(_OFFSET)) / np.float32(1 + _OFFSET)) ** np.float32(_EXPONENT)
    linear = np.where(magnitude <= _TOE_END_SRGB, magnitude / np.float32(_TOE_SLOPE), power)
    return np.copysign(linear, encoded).astype(np.float32, copy=False)


def to_srgb(linear: ImageArray) -> ImageArray:
    """sRGB code values from light; the inverse of `to_linear`."""
    magnitude = np.abs(linear)
    power = np.float32(1 + _OFFSET) * magnitude ** np.float32(1 / _EXPONENT) - np.float32(_OFFSET)
    encoded = np.where(magnitude <= _TOE_END_LINEAR, magnitude * np.float32(_TOE_SLOPE), power)
    return np.copysign(encoded, linear).astype(np.float32, copy=False)


def convert(pixels: ImageArray, *, have: Transfer, want: Transfer) -> ImageArray:
    """`pixels` in the transfer `want`; a fourth channel is alpha and stays as it is."""
    if have is want:
        return pixels
    change = to_linear if want is Transfer.LINEAR else to_srgb
    if pixels.shape[2] < 4:
        return change(pixels)
    return np.concatenate([change(pixels[:, :, :3]), pixels[:, :, 3:]], axis=2)
