"""Bringing an item's picture into the form a method declares, and its output back into the item's form."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.geometry import Rect
from restora.data.image import Image, Metadata
from restora.data.kinds import Transfer
from restora.data.transfer import convert
from restora.errors import UnsuitableItemError
from restora.plugins.declarations import MethodInfo


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Adapted:
    """A picture as a method wants it, with what is needed to undo that."""

    pixels: ImageArray
    alpha: ImageArray | None
    transfer: Transfer
    """The item's own."""
    nominal_white: float
    metadata: Metadata
    is_grey: bool = False
    """Whether the item has one channel and the method only takes three."""


def adapt(info: MethodInfo, image: Image, region: Rect | None, name: str) -> Adapted:
    """The picture in the method's domain and channel count, white at 1; alpha is set aside."""
    pixels = image.pixels if region is None else image.pixels[region.rows, region.columns]
    alpha = None
    if pixels.shape[2] == 4 and 4 not in info.channels:
        pixels, alpha = pixels[:, :, :3], pixels[:, :, 3:]
    pixels = _scaled(pixels, np.divide, image.nominal_white)
    is_grey = pixels.shape[2] == 1 and 1 not in info.channels
    pixels = _with_channels(info, pixels, name)
    pixels = np.ascontiguousarray(convert(pixels, have=image.transfer, want=domain_of(info)))
    pixels.flags.writeable = False  # a method must not change what the next attempt needs
    return Adapted(
        pixels=pixels,
        alpha=alpha,
        transfer=image.transfer,
        nominal_white=image.nominal_white,
        metadata=image.metadata,
        is_grey=is_grey,
    )


def domain_of(info: MethodInfo) -> Transfer:
    """The transfer of a method's output; restored counts are light."""
    return Transfer.SRGB if info.domain == "srgb" else Transfer.LINEAR


def restore_form(info: MethodInfo, output: ImageArray, adapted: Adapted) -> Image:
    """A method's output with the item's transfer, white, alpha and metadata; grey where the item is grey."""
    have = domain_of(info)
    if adapted.is_grey and output.shape[2] == 3:
        output, have = _luminance(convert(output, have=have, want=Transfer.LINEAR)), Transfer.LINEAR
    pixels = convert(output, have=have, want=adapted.transfer)
    pixels = _scaled(pixels, np.multiply, adapted.nominal_white)
    if adapted.alpha is not None and pixels.shape[2] < 4:  # a method that makes its own alpha keeps it
        colour = pixels if pixels.shape[2] == 3 else np.repeat(pixels, 3, axis=2)
        alpha = _resized(adapted.alpha, width=pixels.shape[1], height=pixels.shape[0])
        pixels = np.concatenate([colour, alpha], axis=2)
    return Image(
        pixels=pixels,
        transfer=adapted.transfer,
        nominal_white=adapted.nominal_white,
        metadata=adapted.metadata,
    )


def restore_further(info: MethodInfo, pixels: ImageArray, adapted: Adapted) -> Image:
    """A further picture that a method made, such as a map: as `restore_form`, without the item's alpha."""
    return restore_form(info, pixels, replace(adapted, alpha=None))


def _scaled(pixels: ImageArray, change: np.ufunc, white: float) -> ImageArray:
    """Light multiplied or divided by `white`; a fourth channel is alpha and stays as it is."""
    if white == 1.0:
        return pixels
    scaled: ImageArray = change(pixels, np.float32(white))
    scaled[:, :, 3:] = pixels[:, :, 3:]
    return scaled


def _with_channels(info: MethodInfo, pixels: ImageArray, name: str) -> ImageArray:
    have = pixels.shape[2]
    if have in info.channels:
        return pixels
    if have == 1 and 3 in info.channels:
        return np.repeat(pixels, 3, axis=2)
    counts = " or ".join(str(count) for count in sorted(info.channels))
    raise UnsuitableItemError(f"{info.id} takes pictures of {counts} channels; {name} has {have}")


def _luminance(linear: ImageArray) -> ImageArray:
    """One channel of light, after Rec. 709."""
    weights = np.array([0.2126, 0.7152, 0.0722], np.float32)
    grey: ImageArray = (linear @ weights)[:, :, None]
    return grey


def _resized(alpha: ImageArray, *, width: int, height: int) -> ImageArray:
    """Alpha at the output's size: bilinear, pixel centres aligned, averaged where it shrinks."""
    if alpha.shape[:2] == (height, width):
        return alpha
    import PIL.Image

    plane = PIL.Image.fromarray(np.ascontiguousarray(alpha[:, :, 0]))
    resized = plane.resize((width, height), PIL.Image.Resampling.BILINEAR)
    return np.asarray(resized, np.float32)[:, :, None]
