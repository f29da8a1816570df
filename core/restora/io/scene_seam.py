"""The way from `open_item` to scenes, whose package is only imported when a file is opened."""

from __future__ import annotations

from pathlib import Path

from restora.data.item import Item
from restora.data.kinds import Kind
from restora.io.options import OpenOptions

_STARTS = (b"ply", b"NGSP", b"\x1f\x8b", b"PK\x03\x04")
"""PLY, SPZ of version 4, gzip and zip: what a scene can begin with."""
_WITHOUT_START = (".splat", ".ksplat")
_COLMAP_FILES = ("cameras.bin", "images.bin", "cameras.txt", "images.txt")


def is_scene(path: Path, head: bytes, options: OpenOptions) -> bool:
    """Whether the file or folder is to be opened as a scene: as stated, or as its content tells."""
    if options.kind is not None or options.capture is not None:
        return options.kind is Kind.SPLAT
    # Most files are pictures: they must not wait for modules of scenes.
    if head and not head.startswith(_STARTS) and path.suffix.lower() not in _WITHOUT_START:
        return False
    from restora.io import scenes

    return scenes.is_scene(path, head)


def is_colmap(path: Path, options: OpenOptions) -> bool:
    """Whether it is a COLMAP model, whose `.bin` files would pass for bare bits of a sensor."""
    if options.kind is not None or options.capture is not None:
        return False
    if path.name not in _COLMAP_FILES and not path.is_dir():
        return False
    from restora.io import cameras

    return cameras.is_colmap(path)


def open_scene(path: Path, options: OpenOptions) -> Item:
    """The scene as an item; raises FileProblemError where it is none, is damaged, or is too large."""
    from restora.io import scenes

    return scenes.open_scene(path, options)
