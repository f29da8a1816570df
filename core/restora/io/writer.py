"""What every picture writer offers, and what can be asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol

from restora.data.image import Image
from restora.data.kinds import Transfer

RECIPE_KEY = "restora-recipe"
"""The name under which a file keeps the recipe of its picture."""


class Depth(StrEnum):
    """How a sample is kept."""

    U8 = "8"
    U16 = "16"
    F16 = "16f"
    F32 = "32f"

    @property
    def is_float(self) -> bool:
        """Whether values outside 0..1 survive."""
        return self in (Depth.F16, Depth.F32)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """How a picture is to be written; None leaves the choice to the format."""

    depth: Depth | None = None
    transfer: Transfer | None = None
    keep_metadata: bool = True
    """EXIF and texts."""
    keep_profile: bool | None = None
    """The colour profile; None: where the numbers are written as sRGB code values, which it belongs to."""
    quality: int = 95
    """1 to 100, for JPEG and WebP; 100 makes WebP lossless."""
    recipe_text: str | None = None
    """Kept inside the file; refused where the format has no room for it."""


class Writer(Protocol):
    """One module per family of formats."""

    SUFFIXES: tuple[str, ...]
    DEPTHS: tuple[Depth, ...]
    EMBEDS_RECIPE: bool

    def default_depth(self, image: Image) -> Depth:
        """The depth where none is stated."""
        ...

    def write(self, stream: BinaryIO, path: Path, image: Image, depth: Depth, options: WriteOptions) -> None:
        """Write the picture, whose numbers are already in the transfer to be written."""
        ...


def profile_to_keep(image: Image, options: WriteOptions) -> bytes | None:
    """The colour profile that goes into the file; one for colour does not go with a grey picture."""
    icc = image.metadata.icc
    is_fitting = image.transfer is Transfer.SRGB
    keep = is_fitting if options.keep_profile is None else options.keep_profile
    space = b"GRAY" if image.channels == 1 else b"RGB "
    return icc if keep and icc is not None and icc[16:20] == space else None


def depth_of_source(image: Image) -> Depth:
    """The depth of the file that the pixels came from; 16 bits where that is unknown."""
    bits = image.metadata.source_bits
    return Depth.U8 if bits is not None and bits <= 8 else Depth.U16
