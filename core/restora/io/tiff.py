"""TIFF through tifffile: strips, tiles, planes, palettes, inks, 1 to 64 bits, several pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.image import CHANNEL_COUNTS, Metadata
from restora.data.kinds import Transfer
from restora.data.photon_cube import Fact, Origin
from restora.errors import FileProblemError
from restora.io.colour import channels_after, inks_to_rgb, straight_alpha
from restora.io.decoding import decoding
from restora.io.exif_of_tiff import exif_of_tiff
from restora.io.family import Header, Stored, chosen, page_warning
from restora.io.limits import check_stored
from restora.io.options import OpenOptions
from restora.io.pixels import to_float
from restora.io.profiles import ink_fact, is_ink_profile, srgb_from_inks
from restora.io.tiff_samples import floats_of_page

if TYPE_CHECKING:
    import tifffile

SUFFIXES: tuple[str, ...] = (".tif", ".tiff", ".btf", ".tf8")
DESCRIPTION = "ImageDescription"
XMP = "XML:com.adobe.xmp"

_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _MASK, _INKS, _YCBCR = range(7)
_PHOTOMETRICS = {
    _WHITE_IS_ZERO: "grey, white is zero",
    _BLACK_IS_ZERO: "grey",
    _RGB: "colour",
    _PALETTE: "palette",
    _INKS: "inks",
    _YCBCR: "YCbCr",
}
_BASE_SAMPLES = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _PALETTE: 1, _INKS: 4, _YCBCR: 3}
_SAMPLE_UNSIGNED, _SAMPLE_SIGNED, _SAMPLE_FLOAT = 1, 2, 3
_EXTRA_PREMULTIPLIED = 1
_JPEG_COMPRESSIONS = frozenset({6, 7, 34892})
_UNCOMPRESSED = 1
_PROFILE = 34675


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """How the samples of one page are to be understood."""

    photometric: int
    samples: int
    bits: int
    is_float: bool
    alpha: int | None
    """What TIFF calls the fourth (or second) sample; None where there is no alpha."""

    @property
    def channels(self) -> int:
        if self.photometric in (_PALETTE, _INKS):
            return 3
        return channels_after(self.samples)


def sniff(head: bytes, path: Path) -> bool:  # noqa: ARG001 - every family is asked the same way
    """Whether the content starts as TIFF or BigTIFF does."""
    return head.startswith(_MAGIC)


def header(path: Path, options: OpenOptions) -> Header:
    """Size and layout of the chosen page, profile, EXIF and description."""
    with decoding(path, "TIFF"):
        import tifffile

        with tifffile.TiffFile(path) as tif:
            pages = len(tif.pages)
            page = _page(path, tif, options)
            layout = _layout(path, page)
            _check_segments(path, page)
            return _header(path, page, layout, pages, options)


def decode(path: Path, header: Header, options: OpenOptions) -> Stored:  # noqa: ARG001 - the page says it again
    """The chosen page; palettes, inks, inverted grey and premultiplied alpha become plain pixels."""
    with decoding(path, "TIFF"):
        import tifffile

        with tifffile.TiffFile(path) as tif:
            page = _page(path, tif, options)
            layout = _layout(path, page)
            return _plain(path, page, layout)


def _page(path: Path, tif: tifffile.TiffFile, options: OpenOptions) -> tifffile.TiffPage:
    import tifffile

    page = tif.pages[chosen(path, options.page, len(tif.pages), "page")]
    return page if isinstance(page, tifffile.TiffPage) else page.aspage()


def _layout(path: Path, page: tifffile.TiffPage) -> _Layout:
    photometric, samples, bits = int(page.photometric or 0), int(page.samplesperpixel), page.bitspersample
    base = _BASE_SAMPLES.get(photometric)
    if base is None:
        raise FileProblemError(
            path, f"its colours are kept as TIFF photometric {photometric}, which is not read"
        )
    if photometric == _YCBCR and int(page.compression) not in _JPEG_COMPRESSIONS:
        raise FileProblemError(path, "holds YCbCr samples without JPEG compression, which are not read")
    if photometric == _BLACK_IS_ZERO and samples in CHANNEL_COUNTS[1:]:
        base = 3
    extra = samples - base
    if not (0 <= extra <= 1) or (extra and photometric in (_PALETTE, _INKS)):
        raise FileProblemError(path, f"has {samples} samples per pixel, expected 1 to 4 (4 inks)")
    if page.dtype is None:
        raise FileProblemError(path, f"has samples of {bits} bits in a form that is not read")
    sample_format = int(page.sampleformat)
    if sample_format not in (_SAMPLE_UNSIGNED, _SAMPLE_FLOAT) or page.dtype.kind not in "buf":
        raise FileProblemError(path, f"holds {page.dtype} samples, expected unsigned integers or floats")
    kinds = tuple(int(kind) for kind in page.extrasamples)
    return _Layout(
        photometric=photometric,
        samples=samples,
        bits=bits,
        is_float=page.dtype.kind == "f",
        alpha=(kinds[0] if kinds else 0) if extra else None,
    )


def _check_segments(path: Path, page: tifffile.TiffPage) -> None:
    """A table of strips that points outside the file is refused before its pixels are asked for."""
    size = path.stat().st_size
    ends = [offset + count for offset, count in zip(page.dataoffsets, page.databytecounts, strict=False)]
    if ends and max(ends) > size:
        raise FileProblemError(
            path, f"is cut off: its pixels reach to byte {max(ends)}, but it ends at {size}"
        )
    if int(page.compression) == _UNCOMPRESSED:
        bits = int(page.imagewidth) * int(page.samplesperpixel) * int(page.bitspersample)
        packed = int(page.imagelength) * (bits // 8)
        check_stored(path, packed, f"{page.imagewidth} x {page.imagelength} pixels")


def _header(path: Path, page: tifffile.TiffPage, layout: _Layout, pages: int, options: OpenOptions) -> Header:
    if int(page.imagedepth) != 1:
        raise FileProblemError(path, f"page is a volume of {page.imagedepth} layers, expected one")
    kind = "float" if layout.is_float else _PHOTOMETRICS[layout.photometric]
    facts = []
    if layout.alpha is not None:
        names = {1: "premultiplied in the file, divided out", 2: "straight"}
        origin = Origin.FILE if layout.alpha else Origin.ASSUMED
        facts.append(Fact(name="alpha", value=names.get(layout.alpha, "straight"), origin=origin))
    if layout.photometric == _INKS:
        facts.append(ink_fact(page.tags.valueof(_PROFILE)))
    return Header(
        format=f"TIFF, {layout.bits} bit {kind}",
        width=int(page.imagewidth),
        height=int(page.imagelength),
        channels=layout.channels,
        bits=16 if layout.photometric == _PALETTE else layout.bits,
        transfer=Transfer.LINEAR if layout.is_float else Transfer.SRGB,
        stored_bytes=layout.samples * max(1, layout.bits // 8),
        orientation=_orientation(page),
        pages=pages,
        metadata=_metadata(path, page, layout),
        facts=tuple(facts),
        warnings=page_warning(options.page, pages),
    )


def _orientation(page: tifffile.TiffPage) -> int:
    found = page.tags.valueof(274, default=1)
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _metadata(path: Path, page: tifffile.TiffPage, layout: _Layout) -> Metadata:
    texts = {}
    for code, name in ((270, DESCRIPTION), (700, XMP)):
        value = page.tags.valueof(code)
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if isinstance(value, str) and value:
            texts[name] = value
    icc = page.tags.valueof(_PROFILE)
    is_rgb_profile = isinstance(icc, bytes) and layout.photometric != _INKS
    return Metadata(
        exif=exif_of_tiff(path, int(page.offset)),
        icc=icc if is_rgb_profile else None,
        text=texts,
        source_bits=max(8, layout.bits),
    )


def _plain(path: Path, page: tifffile.TiffPage, layout: _Layout) -> Stored:
    if layout.photometric == _PALETTE:
        return _unpack_palette(path, page, _samples(page))
    if layout.photometric == _INKS:
        return _rgb_of_inks(to_float(_samples(page), layout.bits), page.tags.valueof(_PROFILE))
    is_inverted = layout.photometric == _WHITE_IS_ZERO and not layout.is_float
    pixels = floats_of_page(path, page, layout.bits, is_inverted=is_inverted)
    if pixels.shape[2] == 2:
        pixels = pixels[:, :, [0, 0, 0, 1]]
    return straight_alpha(pixels) if layout.alpha == _EXTRA_PREMULTIPLIED else pixels


def _rgb_of_inks(inks: ImageArray, icc: object) -> Stored:
    if not is_ink_profile(icc):
        return inks_to_rgb(inks)
    from PIL import Image

    # Profiles of inks are tables of 8-bit precision in practice, and Pillow converts 8 bits only.
    codes = np.rint(inks * 255).astype(np.uint8)
    picture = Image.frombytes("CMYK", (inks.shape[1], inks.shape[0]), codes.tobytes())
    return to_float(np.asarray(srgb_from_inks(picture, icc)), 8)


def _samples(page: tifffile.TiffPage) -> Stored:
    """Height x width x samples as stored."""
    found: Stored = page.asarray()
    if page.axes.startswith("S"):
        found = np.moveaxis(found, 0, -1)
    return found.reshape(int(page.imagelength), int(page.imagewidth), -1)


def _unpack_palette(path: Path, page: tifffile.TiffPage, samples: Stored) -> Stored:
    palette = page.colormap
    if palette is None or palette.shape[0] != 3:
        raise FileProblemError(path, "has palette colours without a palette")
    index = samples.reshape(samples.shape[:2]).astype(np.intp)
    if int(index.max()) >= palette.shape[1]:
        raise FileProblemError(path, f"uses colour {int(index.max())} of a palette of {palette.shape[1]}")
    return np.ascontiguousarray(palette.T)[index]
