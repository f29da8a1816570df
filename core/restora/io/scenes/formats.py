"""The formats of scene files that can be read and written, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from restora.errors import FileProblemError
from restora.io.decoding import decoding
from restora.io.scenes import (
    antimatter,
    checkpoint,
    compressed_ply,
    compressed_ply_writing,
    ksplat,
    ply,
    sog,
    sog_writing,
    spz,
)
from restora.io.scenes.format import SceneFormat, SceneWriter
from restora.io.scenes.ply_writing import PLY, PLY_BIG_ENDIAN, PLY_TEXT
from restora.io.scenes.spz_writing import SPZ3, SPZ4

READERS: tuple[SceneFormat, ...] = (compressed_ply, ply, spz, sog, checkpoint, ksplat, antimatter)
"""Those that have a signature come first; compressed PLY files are PLY files too."""

WRITERS: Mapping[str, SceneWriter] = MappingProxyType(
    {
        "ply": PLY,
        "ply-text": PLY_TEXT,
        "ply-big-endian": PLY_BIG_ENDIAN,
        "compressed-ply": compressed_ply_writing,
        "splat": antimatter,
        "spz": SPZ3,
        "spz4": SPZ4,
        "sog": sog_writing,
    }
)
"""By the names that people state; where two share an ending, the first is the usual one."""


def reader_of(path: Path, head: bytes) -> SceneFormat | None:
    """The format that a file or folder is of; None where it is no scene."""
    with decoding(path, "a scene"):
        return next((each for each in READERS if each.sniff(head, path)), None)


def writer_of(path: Path, name: str | None = None) -> SceneWriter:
    """The stated writer, or the one of the ending; raises FileProblemError where there is none."""
    if name is not None:
        if name not in WRITERS:
            raise FileProblemError(path, f"there is no scene format {name!r}, only {', '.join(WRITERS)}")
        return WRITERS[name]
    fitting = [
        (suffix, writer)
        for writer in WRITERS.values()
        for suffix in writer.SUFFIXES
        if path.name.lower().endswith(suffix)
    ]
    if not fitting:
        raise FileProblemError(
            path,
            f"the ending {path.suffix or '(none)'} is not one that a scene can be written with",
            advice=f"Use one of {', '.join(writable_scene_suffixes())}.",
        )
    return max(fitting, key=lambda pair: len(pair[0]))[1]


def scene_suffixes() -> tuple[str, ...]:
    """The usual endings of scene files that can be read."""
    return tuple(dict.fromkeys(suffix for each in READERS for suffix in each.SUFFIXES))


def writable_scene_suffixes() -> tuple[str, ...]:
    """The endings that scenes can be written with."""
    return tuple(dict.fromkeys(suffix for each in WRITERS.values() for suffix in each.SUFFIXES))
