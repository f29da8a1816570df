"""The way from `open_item` to single-photon captures, which have a package of their own."""

from __future__ import annotations

from pathlib import Path

from restora.data.item import Item
from restora.data.kinds import Kind
from restora.errors import FileProblemError
from restora.io.options import OpenOptions


def is_capture(path: Path, head: bytes, options: OpenOptions) -> bool:  # noqa: ARG001 - the package of captures will look at them
    """Whether the file or folder is to be opened as a capture: as stated, or as its content tells."""
    return options.kind is Kind.SPAD


def open_capture(path: Path, options: OpenOptions) -> Item:  # noqa: ARG001 - as above
    """The capture as an item; raises FileProblemError where a fact is missing or contradicts the file."""
    raise FileProblemError(path, "captures of single-photon cameras cannot be opened yet")
