"""Photographs that camera files name: with or without an ending, and how large they are."""

from __future__ import annotations

from pathlib import Path

from restora.errors import FileProblemError

_ENDINGS = (".png", ".jpg", ".jpeg", ".JPG", ".PNG", ".webp", ".exr", ".tif")


def found_picture(folder: Path, stated: str) -> str:
    """The stated name, with the ending of the file that is there where it has none."""
    try:
        if (folder / stated).is_file():
            return stated
        return next(
            (stated + ending for ending in _ENDINGS if (folder / (stated + ending)).is_file()), stated
        )
    except (OSError, ValueError):
        return stated  # a name that no file can have


def size_of_picture(path: Path) -> tuple[int, int] | None:
    """Width and height by its header; None where there is no picture that can be read."""
    from restora.io.opening import probe  # it knows us as well: scenes have cameras

    try:
        found = probe(path)
    except FileProblemError:
        return None
    return (found.width, found.height) if found.width else None
