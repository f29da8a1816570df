"""One picture in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.kinds import Transfer
from restora.data.transfer import convert
from restora.errors import BadInputError

CHANNEL_COUNTS = (1, 3, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a file said about its picture beside the pixels; export can give it back as it came."""

    exif: bytes | None = None
    icc: bytes | None = None
    """The colour profile that belongs to the pixels; they are never converted by it on load."""
    text: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    source_bits: int | None = None
    """Bits per sample in the file the pixels came from; the default depth for export."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Image:
    """A picture as float32 height x width x channels, RGB order, read-only.

    Values outside 0..nominal_white, infinities and NaN are legal: nothing is clipped before export.
    """

    pixels: ImageArray
    transfer: Transfer = Transfer.SRGB
    nominal_white: float = 1.0
    """The value that means white; brighter light is legal."""
    metadata: Metadata = field(default_factory=Metadata)

    def __post_init__(self) -> None:
        pixels = self.pixels
        if pixels.dtype != np.float32 or pixels.ndim != 3 or pixels.shape[2] not in CHANNEL_COUNTS:
            raise BadInputError(
                f"a picture must be float32 with height x width x 1, 3 or 4 channels, "
                f"got {pixels.dtype} of shape {pixels.shape}"
            )
        if pixels.size == 0:
            raise BadInputError(f"a picture must have at least one pixel, got shape {pixels.shape}")
        frozen = pixels.view()
        frozen.flags.writeable = False
        object.__setattr__(self, "pixels", frozen)

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.pixels.shape[1])

    @property
    def channels(self) -> int:
        """1 grey, 3 colour, 4 colour and alpha."""
        return int(self.pixels.shape[2])

    def in_transfer(self, want: Transfer) -> Image:
        """The same picture with its numbers in another transfer."""
        if want is self.transfer:
            return self
        return replace(self, pixels=convert(self.pixels, have=self.transfer, want=want), transfer=want)

    def sha256(self) -> str:
        """A hash of shape, transfer and every bit of the pixels; metadata does not count."""
        return hash_pixels(self.pixels, self.transfer)


def hash_pixels(pixels: ImageArray, transfer: Transfer) -> str:
    """SHA-256 over the shape, the transfer and the little-endian float32 values."""
    digest = hashlib.sha256(f"{pixels.shape} {transfer.value}".encode())
    digest.update(np.ascontiguousarray(pixels, dtype="<f4").data)
    return digest.hexdigest()
