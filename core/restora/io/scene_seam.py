"""The way from `open_item` to scenes, whose package is only imported when a file is opened."""

from __future__ import annotations

from pathlib import Path

from restora.data.item import Item
from restora.data.kinds import Kind
from restora.io.options import OpenOptions


def is_scene(path: Path, head: bytes, options: OpenOptions) -> bool:
    """Whether the file or folder is to be opened as a scene: as stated, or as its content tells."""
    from restora.io import scenes

    if options.kind is None and options.capture is None:
        return scenes.is_scene(path, head)
    return options.kind is Kind.SPLAT


def open_scene(path: Path, options: OpenOptions) -> Item:
    """The scene as an item; raises FileProblemError where it is none, is damaged, or is too large."""
    from restora.io import scenes

    return scenes.open_scene(path, options)
