"""Reads a scene of any known format, after its header was held against the file and the memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from restora.data.item import Item, Probe
from restora.data.kinds import Kind
from restora.data.photon_cube import Fact, Origin
from restora.data.scene import GaussianScene
from restora.errors import FileProblemError
from restora.io.decoding import decoding, is_folder, read_head
from restora.io.options import OpenOptions
from restora.io.scenes.beside import FoundCameras, find_cameras
from restora.io.scenes.format import SceneFormat, SceneHeader
from restora.io.scenes.formats import READERS, reader_of
from restora.io.scenes.limits import check_scene


def read_scene(path: Path, *, max_bytes: int | None = None) -> GaussianScene:
    """The Gaussians in a file, without cameras.

    Raises FileProblemError where it is no scene, is damaged, or needs more memory than `max_bytes`, by
    default 85 % of what is free.
    """
    return _read(path, _format_of(path), max_bytes)


def is_scene(path: Path, head: bytes) -> bool:
    """Whether a file, or a folder with an empty `head`, is a scene."""
    return reader_of(path, head) is not None


def open_scene(path: Path, options: OpenOptions) -> Item:
    """The scene as an item whose Gaussians are read on demand."""
    found = _format_of(path)
    header = _checked_header(path, found, options.max_bytes)
    beside = find_cameras(path, options)

    def load() -> GaussianScene:
        # Asked again, because the file or the free memory may have changed since it was opened.
        return replace(_read(path, found, options.max_bytes), cameras=beside.cameras)

    return Item(name=path.name, probe=_probe(header, beside), load=load, path=path)


def _format_of(path: Path) -> SceneFormat:
    head = b"" if is_folder(path) else read_head(path)
    found = reader_of(path, head)
    if found is None:
        names = ", ".join(each.NAME for each in READERS)
        raise FileProblemError(path, "is not a scene of Gaussians", advice=f"Scenes can be: {names}.")
    return found


def _checked_header(path: Path, found: SceneFormat, limit: int | None) -> SceneHeader:
    with decoding(path, found.NAME):
        header = found.header(path)
    check_scene(path, header, limit)
    return header


def _read(path: Path, found: SceneFormat, limit: int | None) -> GaussianScene:
    _checked_header(path, found, limit)
    with decoding(path, found.NAME):
        return found.read(path)


def _probe(header: SceneHeader, beside: FoundCameras) -> Probe:
    return Probe(
        kind=Kind.SPLAT,
        format=header.format,
        width=0,
        height=0,
        channels=0,
        gaussians=header.count,
        degree=header.degree,
        facts=(
            Fact(
                name="antialiased",
                value="yes" if header.is_antialiased else "no",
                origin=Origin.FILE if header.is_antialiased else Origin.ASSUMED,
            ),
            *beside.facts,
        ),
        warnings=(*header.warnings, *beside.warnings),
    )
