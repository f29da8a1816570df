"""Opens a file: finds out by its content what it is, reports how it was read, and reads pixels when asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from restora.data.image import Image, Metadata
from restora.data.item import Data, Item, Probe
from restora.data.kinds import Kind, Transfer
from restora.data.photon_cube import Fact, Origin
from restora.errors import FileProblemError
from restora.io import (
    camera_raw,
    capture_seam,
    exr,
    numpy_arrays,
    pillow_formats,
    png,
    pnm,
    radiance,
    scene_seam,
    tiff,
    video,
)
from restora.io.decoding import decoding, is_folder, read_head
from restora.io.exif import upright
from restora.io.family import Family, Header, is_picture_kind
from restora.io.limits import check_size
from restora.io.options import OpenOptions
from restora.io.pixels import oriented, swaps_sides, to_float

__all__ = [
    "FAMILIES",
    "OpenOptions",
    "ReaderLike",
    "open_item",
    "probe",
    "read_image",
    "read_metadata",
    "readable_suffixes",
]

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "PNG": png,
        "JPEG, WebP, GIF, BMP": pillow_formats,
        "NumPy": numpy_arrays,
        "camera raw": camera_raw,  # before TIFF, which most makers' formats are built on
        "TIFF": tiff,
        "OpenEXR": exr,
        "Radiance HDR": radiance,
        "portable map": pnm,
        "video": video,
    }
)
"""In the order in which they are asked."""


class ReaderLike(Protocol):
    """A reader that a plugin declared, already built."""

    id: str
    magic: tuple[tuple[int, bytes], ...]
    """(offset, bytes) pairs, any of which identifies the content."""

    def probe(self, path: Path) -> Probe:
        """What the header tells."""
        ...

    def read(self, path: Path) -> Data:
        """The data."""
        ...


def probe(
    path: Path, options: OpenOptions | None = None, *, extra_readers: Sequence[ReaderLike] = ()
) -> Probe:
    """What the file is, learnt from its header; raises FileProblemError where it cannot be opened."""
    return open_item(path, options, extra_readers=extra_readers).probe


def open_item(
    path: Path, options: OpenOptions | None = None, *, extra_readers: Sequence[ReaderLike] = ()
) -> Item:
    """The file as an item whose header is known and whose data are read on demand.

    Built-in formats win over `extra_readers`. Raises FileProblemError where the file is missing, no ordinary
    file, of no known format, damaged in its header, or too large for the memory.
    """
    stated = options or OpenOptions()
    if is_folder(path):
        return _open_folder(path, stated)
    head = read_head(path)
    if scene_seam.is_scene(path, head, stated):
        return scene_seam.open_scene(path, stated)
    if scene_seam.is_colmap(path, stated):
        raise _cameras_alone(path)
    if capture_seam.is_capture(path, head, stated):
        return capture_seam.open_capture(path, stated)
    family = _family_of(head, path)
    if family is not None:
        return _open_picture(path, family, stated)
    reader = _plugin_reader(head, extra_readers)
    if reader is not None:
        return _open_with_plugin(path, reader)
    _refuse_cameras(path)
    names = ", ".join(FAMILIES)
    raise FileProblemError(
        path, "is of no known format", advice=f"Pictures can be: {names}; scenes end in {_scene_endings()}."
    )


def _scene_endings() -> str:
    from restora.io.scenes import scene_suffixes

    return ", ".join(scene_suffixes())


def readable_suffixes() -> frozenset[str]:
    """The usual endings of pictures that can be opened, such as `.png`; content decides, not the ending."""
    return frozenset(suffix for family in FAMILIES.values() for suffix in family.SUFFIXES)


def read_image(path: Path, options: OpenOptions | None = None) -> Image:
    """The picture in a file; raises FileProblemError where it cannot be read or is no picture."""
    stated = options or OpenOptions()
    return _load(path, _picture_family(path), stated)


def read_metadata(path: Path, options: OpenOptions | None = None) -> Metadata:
    """What the file says beside its pixels; raises FileProblemError as `read_image` does."""
    stated = options or OpenOptions()
    return _picture_family(path).header(path, stated).metadata


def _picture_family(path: Path) -> Family:
    family = _family_of(read_head(path), path)
    if family is None:
        raise FileProblemError(path, "is not a picture of a known format")
    return family


def _open_folder(path: Path, options: OpenOptions) -> Item:
    if is_picture_kind(options.kind) and options.kind is not None:
        raise FileProblemError(path, "is a folder, a picture file is needed")
    if scene_seam.is_scene(path, b"", options):
        return scene_seam.open_scene(path, options)
    if scene_seam.is_colmap(path, options):
        raise _cameras_alone(path)
    if capture_seam.is_capture(path, b"", options):
        return capture_seam.open_capture(path, options)
    _refuse_cameras(path)
    raise FileProblemError(path, "is a folder without pictures")


def _refuse_cameras(path: Path) -> None:
    from restora.io.cameras import are_cameras

    if are_cameras(path):
        raise _cameras_alone(path)


def _cameras_alone(path: Path) -> FileProblemError:
    return FileProblemError(
        path,
        "holds cameras, and no picture or scene",
        advice="State them for a scene with --as cameras=PATH, or convert them with `restora convert`.",
    )


def _family_of(head: bytes, path: Path) -> Family | None:
    with decoding(path, "a picture"):
        return next((family for family in FAMILIES.values() if family.sniff(head, path)), None)


def _open_picture(path: Path, family: Family, options: OpenOptions) -> Item:
    header = _checked_header(path, family, options)
    return Item(
        name=path.name,
        probe=_probe(path, family, header, options),
        load=lambda: _load(path, family, options),
        path=path,
    )


def _checked_header(path: Path, family: Family, options: OpenOptions) -> Header:
    header = family.header(path, options)
    if options.frame is not None and header.frames is None:
        raise FileProblemError(path, f"frame {options.frame} was asked for, but it is no video")
    if options.array is not None and not header.has_named_arrays:
        raise FileProblemError(path, f"array {options.array!r} was asked for, but it holds one picture only")
    check_size(
        path,
        header.width,
        header.height,
        header.channels,
        limit=options.max_bytes,
        stored_bytes=header.stored_bytes,
    )
    return header


def _probe(path: Path, family: Family, header: Header, options: OpenOptions) -> Probe:
    width, height = header.width, header.height
    if swaps_sides(header.orientation):
        width, height = height, width
    return Probe(
        kind=options.kind or Kind.IMAGE,
        format=header.format,
        width=width,
        height=height,
        channels=header.channels,
        frames=header.frames,
        facts=_facts(header, options),
        warnings=(*_ending_warning(path, family, header), *header.warnings),
    )


def _facts(header: Header, options: OpenOptions) -> tuple[Fact, ...]:
    origin = header.transfer_origin if options.transfer is None else Origin.STATED
    facts = [Fact(name="transfer", value=_transfer(header, options).value, origin=origin), *header.facts]
    if header.orientation != 1:
        value = f"{header.orientation}, turned upright"
        facts.append(Fact(name="orientation", value=value, origin=Origin.FILE))
    if header.metadata.icc is not None:
        from restora.io.profiles import profile_name

        name = profile_name(header.metadata.icc)
        facts.append(Fact(name="colour profile", value=f"{name}, kept, not applied", origin=Origin.FILE))
    if header.pages > 1:
        facts.append(Fact(name="pages", value=str(header.pages), origin=Origin.FILE))
    return tuple(facts)


def _ending_warning(path: Path, family: Family, header: Header) -> tuple[str, ...]:
    ending = path.suffix.lower()
    known = {suffix for other in FAMILIES.values() for suffix in other.SUFFIXES}
    if ending in family.SUFFIXES or ending not in known:
        return ()
    return (f"its name ends in {ending}, but its content is {header.format}",)


def _transfer(header: Header, options: OpenOptions) -> Transfer:
    return options.transfer or header.transfer


def _load(path: Path, family: Family, options: OpenOptions) -> Image:
    # Asked again, because the file or the free memory may have changed since it was opened.
    header = _checked_header(path, family, options)
    stored = family.decode(path, header, options)
    if stored.shape != (header.height, header.width, header.channels):
        raise FileProblemError(
            path, f"its pixels are {stored.shape}, but its header states {header.width} x {header.height}"
        )
    with decoding(path, header.format):
        pixels = oriented(to_float(stored, header.bits), header.orientation)
        metadata = replace(header.metadata, exif=upright(header.metadata.exif))
    return Image(pixels=pixels, transfer=_transfer(header, options), metadata=metadata)


def _plugin_reader(head: bytes, readers: Sequence[ReaderLike]) -> ReaderLike | None:
    for reader in readers:
        if any(head[offset : offset + len(magic)] == magic for offset, magic in reader.magic):
            return reader
    return None


def _open_with_plugin(path: Path, reader: ReaderLike) -> Item:
    def load() -> Data:
        with decoding(path, reader.id):
            return reader.read(path)

    with decoding(path, reader.id):
        found = reader.probe(path)
    return Item(name=path.name, probe=found, load=load, path=path)
