"""How a picture is seen by a metric: which numbers, which range, and which pairs can be compared at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.data.transfer import convert
from restora.errors import BadInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LUMA_WEIGHTS = (0.2126, 0.7152, 0.0722)
"""Rec. 709, on the numbers at hand."""


def displayed(image: Image) -> NDArray[np.float64]:
    """sRGB code values as a screen shows them: 1 is the nominal white, clipped to 0..1, without alpha."""
    return np.clip(_colour(image, Transfer.SRGB), 0, 1)


def light(image: Image) -> NDArray[np.float64]:
    """Linear light in units of the nominal white, not clipped, without alpha."""
    return _colour(image, Transfer.LINEAR)


def luma(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """One number per pixel, height x width."""
    if values.shape[2] == 1:
        return values[:, :, 0]
    weighted: NDArray[np.float64] = values @ np.asarray(LUMA_WEIGHTS)
    return weighted


def check_pair(image: Image, reference: Image) -> None:
    """Raises BadInputError unless both show the same number of pixels and colours, all of them finite."""
    if (image.width, image.height) != (reference.width, reference.height):
        raise BadInputError(
            f"only pictures of one size can be compared: the first has {image.width} x {image.height} "
            f"pixels, the second {reference.width} x {reference.height}",
            advice="Resize or crop one of them first.",
        )
    if (image.channels == 1) != (reference.channels == 1):
        raise BadInputError(
            f"a grey picture cannot be compared with a coloured one: the first has {image.channels} "
            f"channels, the second {reference.channels}"
        )
    for name, picture in (("first", image), ("second", reference)):
        check_finite(picture, f"the {name} picture")


def check_finite(image: Image, name: str) -> None:
    """Raises BadInputError where `image` holds NaN or infinite values."""
    broken = int(np.count_nonzero(~np.isfinite(image.pixels)))
    if broken:
        raise BadInputError(f"{name} has {broken} values that are not finite numbers")


def _colour(image: Image, transfer: Transfer) -> NDArray[np.float64]:
    scaled = image.pixels[:, :, :3] / np.float32(image.nominal_white)
    return convert(scaled, have=image.transfer, want=transfer).astype(np.float64)
