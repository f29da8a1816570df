"""JPEG, WebP, GIF and BMP through Pillow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from restora.data.image import Metadata
from restora.errors import FileProblemError
from restora.io.colour import with_channels
from restora.io.decoding import decoding
from restora.io.exif import orientation_of, without_prefix
from restora.io.family import Header, Stored, chosen, page_warning
from restora.io.options import OpenOptions
from restora.io.profiles import ink_fact, srgb_from_inks

if TYPE_CHECKING:
    from PIL import Image, ImageFile

SUFFIXES: tuple[str, ...] = (".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp", ".dib")
XMP = "XML:com.adobe.xmp"
COMMENT = "Comment"

_NAMES: Mapping[str, str] = MappingProxyType({"JPEG": "JPEG", "WEBP": "WebP", "GIF": "GIF", "BMP": "BMP"})
_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
_TARGETS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "1": ("L", 1),
        "L": ("L", 1),
        "LA": ("LA", 4),
        "RGB": ("RGB", 3),
        "RGBX": ("RGB", 3),
        "RGBA": ("RGBA", 4),
        "P": ("RGB", 3),
        "CMYK": ("RGB", 3),
        "YCbCr": ("RGB", 3),
    }
)
"""Pillow's mode: the mode it is converted to, and the channels that become of it."""


def sniff(head: bytes, path: Path) -> bool:  # noqa: ARG001 - every family is asked the same way
    """Whether the content starts as one of the four does."""
    return _format(head) is not None


def header(path: Path, options: OpenOptions) -> Header:
    """Size, mode, profile, EXIF and comment."""
    with decoding(path, "a picture"), _opened(path) as picture:
        pages = _pages(picture)
        picture.seek(chosen(path, options.page, pages, "page"))
        name = _NAMES.get(picture.format or "", "JPEG")
        channels = _target(path, picture)[1]
        exif = without_prefix(picture.info.get("exif"))
        return Header(
            format=f"{name}, 8 bit {picture.mode}",
            width=picture.width,
            height=picture.height,
            channels=channels,
            bits=8,
            stored_bytes=channels + len(picture.getbands()),
            orientation=orientation_of(exif),
            pages=pages,
            metadata=_metadata(picture, exif),
            facts=(ink_fact(picture.info.get("icc_profile")),) if picture.mode == "CMYK" else (),
            warnings=page_warning(options.page, pages),
        )


def decode(path: Path, header: Header, options: OpenOptions) -> Stored:
    """The chosen picture; palettes and inks become RGB."""
    with decoding(path, header.format), _opened(path) as picture:
        picture.seek(chosen(path, options.page, header.pages, "page"))
        mode = _target(path, picture)[0]
        if picture.mode == "CMYK":
            return np.asarray(srgb_from_inks(picture, picture.info.get("icc_profile")))
        plain = picture if picture.mode == mode else picture.convert(mode)
        return with_channels(np.asarray(plain))


def _format(head: bytes) -> str | None:
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    is_bmp = head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS
    return "BMP" if is_bmp else None


def _opened(path: Path) -> ImageFile.ImageFile:
    from PIL import Image

    # Our own guard judges the size from the header before pixels are asked for; Pillow's fixed limits
    # would refuse gigapixel pictures that fit.
    Image.MAX_IMAGE_PIXELS = None
    with path.open("rb") as stream:
        name = _format(stream.read(32))
    return Image.open(path, formats=(name,) if name else None)


def _pages(picture: Image.Image) -> int:
    # A JPEG's further pictures are previews and depth maps, not pages.
    return 1 if picture.format in ("JPEG", "MPO") else int(getattr(picture, "n_frames", 1))


def _target(path: Path, picture: Image.Image) -> tuple[str, int]:
    if picture.mode == "P" and "transparency" in picture.info:
        return "RGBA", 4
    if picture.mode not in _TARGETS:
        raise FileProblemError(path, f"has colours of mode {picture.mode}, which is not read")
    return _TARGETS[picture.mode]


def _metadata(picture: Image.Image, exif: bytes | None) -> Metadata:
    texts = {}
    for key, name in (("xmp", XMP), ("comment", COMMENT)):
        value = picture.info.get(key)
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if isinstance(value, str) and value:
            texts[name] = value
    icc = picture.info.get("icc_profile") if picture.mode != "CMYK" else None
    return Metadata(exif=exif, icc=icc or None, text=texts, source_bits=8)
