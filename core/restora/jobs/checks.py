"""Looking at what a method returned before it is called a result: a black picture is no success."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.image import CHANNEL_COUNTS
from restora.errors import OutputRejectedError
from restora.plugins.running import Output


def check_output(
    method_id: str,
    image: object,
    *,
    expected_size: tuple[int, int],
    source: ImageArray | None,
) -> ImageArray:
    """`image` as it is, if it is a picture of `expected_size`, finite and not suddenly constant.

    A source that holds NaN or infinities may pass them on; a constant source may give a constant result.
    """
    checked = check_picture(method_id, image, expected_size=expected_size)
    _check_values(method_id, checked, source)
    return checked


def check_picture(
    method_id: str, image: object, *, expected_size: tuple[int, int] | None = None, name: str = ""
) -> ImageArray:
    """`image` as it is, if it is a float32 picture, and of `expected_size` (width, height) where given.

    `name` is what the method calls it, where that is more than its one result.
    """
    what = f"{name!r} as " if name else ""
    if not isinstance(image, np.ndarray):
        raise OutputRejectedError(method_id, f"{what}{type(image).__name__} instead of an array")
    if image.dtype != np.float32 or image.ndim != 3 or image.shape[2] not in CHANNEL_COUNTS or not image.size:
        raise OutputRejectedError(
            method_id,
            f"{what}{image.dtype} of shape {image.shape}; expected float32 with 1, 3 or 4 channels",
        )
    height, width = image.shape[:2]
    if expected_size is not None and (width, height) != expected_size:
        wanted = f"{expected_size[0]} x {expected_size[1]}"
        raise OutputRejectedError(method_id, f"{what}{width} x {height} pixels; expected {wanted}")
    return image


def check_extras(method_id: str, output: Output) -> None:
    """Refuse further pictures that are none, and figures that a JSON line cannot hold."""
    stated: tuple[tuple[str, object], ...] = (("images", output.images), ("info", output.info))
    for kind, value in stated:
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise OutputRejectedError(method_id, f"{kind} that are not a mapping from names")
    for name, image in output.images.items():
        check_picture(method_id, image, name=name)
    try:
        json.dumps(dict(output.info))
    except (TypeError, ValueError, RecursionError) as error:
        raise OutputRejectedError(method_id, f"info that JSON cannot hold ({error})") from error


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
