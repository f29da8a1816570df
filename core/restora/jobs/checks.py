"""Looking at what a method returned before it is called a result: a black picture is no success."""

from __future__ import annotations

import numpy as np

from restora.data.arrays import ImageArray
from restora.errors import OutputRejectedError


def check_output(
    method_id: str,
    image: object,
    *,
    expected_size: tuple[int, int],
    source: ImageArray | None,
) -> ImageArray:
    """`image` as it is, if it is float32, of `expected_size` (width, height), finite and not suddenly
    constant.

    A source that holds NaN or infinities may pass them on; a constant source may give a constant result.
    """
    if not isinstance(image, np.ndarray):
        raise OutputRejectedError(method_id, f"{type(image).__name__} instead of an array")
    if image.dtype != np.float32 or image.ndim != 3 or image.shape[2] not in (1, 3, 4):
        raise OutputRejectedError(
            method_id, f"{image.dtype} of shape {image.shape}; expected float32 with 1, 3 or 4 channels"
        )
    width, height = expected_size
    if image.shape[:2] != (height, width):
        raise OutputRejectedError(
            method_id, f"{image.shape[1]} x {image.shape[0]} pixels; expected {width} x {height}"
        )
    _check_values(method_id, image, source)
    return image


def _check_values(method_id: str, image: ImageArray, source: ImageArray | None) -> None:
    source_is_finite = source is None or bool(np.isfinite(source).all())
    finite = np.isfinite(image)
    if source_is_finite and not finite.all():
        bad = int(image.size - np.count_nonzero(finite))
        raise OutputRejectedError(method_id, f"{bad} values that are NaN or infinite")
    source_varies = source is not None and source.size > 1 and bool(source.max() > source.min())
    if source_varies and image.shape[0] * image.shape[1] > 1 and image.max() == image.min():
        raise OutputRejectedError(
            method_id, f"a constant picture (every value is {image.flat[0]:g}) for one that is not"
        )
