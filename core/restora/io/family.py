"""What every family of picture formats offers, and what a header tells about a picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from restora.data.image import Metadata
from restora.data.kinds import Kind, Transfer
from restora.data.photon_cube import Fact, Origin
from restora.errors import FileProblemError
from restora.io.options import OpenOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Stored: TypeAlias = NDArray[np.generic]
else:
    Stored = object
    """Height x width x 1, 3 or 4 as the file keeps it: unsigned integers, bool or floats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A picture before its pixels are read; sizes are those of the stored rows and columns."""

    format: str
    width: int
    height: int
    channels: int
    """After palettes, inks and grey with alpha became 1, 3 or 4 channels."""
    bits: int
    """Bits per sample; an integer sample of all ones means white."""
    transfer: Transfer = Transfer.SRGB
    transfer_origin: Origin = Origin.ASSUMED
    stored_bytes: int = 0
    """Memory that one pixel takes as stored while it is converted."""
    orientation: int = 1
    """As EXIF counts: 1 to 8."""
    pages: int = 1
    frames: int | None = None
    has_named_arrays: bool = False
    """Whether one of several arrays or channels can be chosen by name."""
    metadata: Metadata = field(default_factory=Metadata)
    facts: tuple[Fact, ...] = ()
    warnings: tuple[str, ...] = ()


class Family(Protocol):
    """One module per family of formats."""

    SUFFIXES: tuple[str, ...]
    """The usual endings; they decide nothing, a different ending is only reported."""

    def sniff(self, head: bytes, path: Path) -> bool:
        """Whether the content is of this family."""
        ...

    def header(self, path: Path, options: OpenOptions) -> Header:
        """What the file says about its picture; reads no pixels."""
        ...

    def decode(self, path: Path, header: Header, options: OpenOptions) -> Stored:
        """The pixels in stored orientation; raises FileProblemError where they are damaged."""
        ...


def chosen(path: Path, stated: int | None, count: int, what: str) -> int:
    """The stated number of a page or frame, or the first; raises where the file does not have it."""
    number = 0 if stated is None else stated
    if not 0 <= number < count:
        raise FileProblemError(path, f"{what} {number} was asked for, but it has {what}s 0 to {count - 1}")
    return number


def page_warning(stated: int | None, count: int, what: str = "page") -> tuple[str, ...]:
    """A hint that there is more to see, where several pictures are in the file and none was chosen."""
    if count < 2 or stated is not None:
        return ()
    return (f"holds {count} {what}s; {what} 0 is shown, state another one to see it",)


def is_picture_kind(kind: Kind | None) -> bool:
    """Whether a picture can be opened as that kind."""
    return kind in (None, Kind.IMAGE, Kind.METALENS)
