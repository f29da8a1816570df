"""The sRGB transfer of IEC 61966-2-1, extended to negative and over-range values by odd symmetry."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.kinds import Transfer
from restora.data.parallel import in_parallel

_TOE_END_SRGB = 0.04045
_TOE_END_LINEAR = 0.0031308
_TOE_SLOPE = 12.92
_OFFSET = 0.055
_EXPONENT = 2.4
_SAMPLES_AT_ONCE = 2**15


def to_linear(encoded: ImageArray) -> ImageArray:
    """Light from sRGB code values; values outside 0..1 keep their sign, NaN stays NaN."""
    return _in_parts(encoded, _light)


def to_srgb(linear: ImageArray) -> ImageArray:
    """sRGB code values from light; the inverse of `to_linear`."""
    return _in_parts(linear, _code)


def _light(encoded: ImageArray) -> ImageArray:
    magnitude = np.abs(encoded)
    power = ((magnitude + np.float32(_OFFSET)) / np.float32(1 + _OFFSET)) ** np.float32(_EXPONENT)
    linear = np.where(magnitude <= _TOE_END_SRGB, magnitude / np.float32(_TOE_SLOPE), power)
    return np.copysign(linear, encoded)


def _code(linear: ImageArray) -> ImageArray:
    magnitude = np.abs(linear)
    power = np.float32(1 + _OFFSET) * magnitude ** np.float32(1 / _EXPONENT) - np.float32(_OFFSET)
    encoded = np.where(magnitude <= _TOE_END_LINEAR, magnitude * np.float32(_TOE_SLOPE), power)
    return np.copysign(encoded, linear)


def _in_parts(pixels: ImageArray, change: Callable[[ImageArray], ImageArray]) -> ImageArray:
    """`change` on few samples at once, on several threads: what lies between its steps stays in the cache."""
    flat = np.ravel(pixels)
    result = np.empty(flat.shape, np.float32)

    def work(first: int, end: int) -> None:
        for start in range(first, end, _SAMPLES_AT_ONCE):
            part = slice(start, min(start + _SAMPLES_AT_ONCE, end))
            result[part] = change(flat[part])

    in_parallel(flat.size, work)
    return result.reshape(np.shape(pixels))


def convert(pixels: ImageArray, *, have: Transfer, want: Transfer) -> ImageArray:
    """`pixels` in the transfer `want`; a fourth channel is alpha and stays as it is."""
    if have is want:
        return pixels
    change = to_linear if want is Transfer.LINEAR else to_srgb
    if pixels.shape[2] < 4:
        return change(pixels)
    return np.concatenate([change(pixels[:, :, :3]), pixels[:, :, 3:]], axis=2)
