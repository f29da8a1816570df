"""The way from `open_item` to captures, whose package is only imported when a file is opened."""

from __future__ import annotations

from pathlib import Path

from restora.data.item import Item
from restora.data.kinds import Kind
from restora.io.options import OpenOptions


def is_capture(path: Path, head: bytes, options: OpenOptions) -> bool:
    """Whether the file or folder is to be opened as a capture: as stated, or as its content tells."""
    if options.kind is None and options.capture is None:
        from restora.io.captures.recognising import claims

        return claims(path, head)
    return options.kind is Kind.SPAD or (options.kind is None and options.capture is not None)


def open_capture(path: Path, options: OpenOptions) -> Item:
    """The capture as an item; raises FileProblemError where a fact is missing or contradicts the file."""
    from restora.io import captures

    stated = options.capture
    found = captures.probe(path, stated)
    return Item(name=path.name, probe=found, load=lambda: captures.open_cube(path, stated), path=path)
