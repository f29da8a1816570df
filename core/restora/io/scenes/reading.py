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
from restora.io.progress import tell
from restora.io.scenes import antimatter
from restora.io.scenes.beside import FoundCameras, find_cameras
from restora.io.scenes.format import MOST_DEGREE, SceneFormat, SceneHeader
from restora.io.scenes.formats import READERS, reader_of
from restora.io.scenes.limits import check_scene
from restora.io.scenes.training_folder import scene_in


def read_scene(path: Path, *, degree: int | None = None, max_bytes: int | None = None) -> GaussianScene:
    """The Gaussians in a file, without cameras, and without harmonics above `degree`.

    Raises FileProblemError where it is no scene, is damaged, or needs more memory than `max_bytes`, by
    default 85 % of what is free.
    """
    file = scene_in(path) or path
    return _read(file, _format_of(file), OpenOptions(degree=degree, max_bytes=max_bytes))


def is_scene(path: Path, head: bytes) -> bool:
    """Whether a file, or a folder with an empty `head`, is a scene."""
    return scene_in(path) is not None or reader_of(path, head) is not None


def open_scene(path: Path, options: OpenOptions) -> Item:
    """The scene as an item whose Gaussians are read on demand; of a training's folder the last one."""
    inside = scene_in(path)
    file = inside or path
    found = _format_of(file)
    header = _checked_header(file, found, options)
    beside = find_cameras(file, options)
    facts = () if inside is None else (_place(path, file),)

    def load() -> GaussianScene:
        # Asked again, because the file or the free memory may have changed since it was opened.
        return replace(_read(file, found, options), cameras=beside.cameras)

    probe = _probe(header, beside)
    return Item(name=path.name, probe=replace(probe, facts=(*facts, *probe.facts)), load=load, path=file)


def _place(folder: Path, file: Path) -> Fact:
    value = f"{file.relative_to(folder).as_posix()}, the last one"
    return Fact(name="scene of the training", value=value, origin=Origin.ASSUMED)


def _format_of(path: Path) -> SceneFormat:
    head = b"" if is_folder(path) else read_head(path)
    found = reader_of(path, head)
    if found is None and antimatter.is_plausible(head) and path.stat().st_size % 32 == 0:
        return antimatter  # somebody said that it is a scene, and this format has no signature
    if found is None:
        names = ", ".join(each.NAME for each in READERS)
        raise FileProblemError(path, "is not a scene of Gaussians", advice=f"Scenes can be: {names}.")
    return found


def _checked_header(path: Path, found: SceneFormat, options: OpenOptions) -> SceneHeader:
    """The header, with the degree that is to be read in place of the file's."""
    with decoding(path, found.NAME):
        header = found.header(path)
    wanted = _degree(options)
    if wanted < header.degree:
        said = f"harmonics above degree {wanted} are left out, the file has degree {header.degree}"
        header = replace(header, degree=wanted, warnings=(*header.warnings, said))
    check_scene(path, header, options.max_bytes)
    return header


def _degree(options: OpenOptions) -> int:
    return MOST_DEGREE if options.degree is None else options.degree


def _read(path: Path, found: SceneFormat, options: OpenOptions) -> GaussianScene:
    _checked_header(path, found, options)
    tell(0.0)
    with decoding(path, found.NAME):
        scene = found.read(path, _degree(options))
    tell(1.0)
    return scene


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
            *_further(header),
            *beside.facts,
        ),
        warnings=(*header.warnings, *beside.warnings),
    )


def _further(header: SceneHeader) -> tuple[Fact, ...]:
    if not header.extra:
        return ()
    return (Fact(name="further columns", value=f"{header.extra}, kept", origin=Origin.FILE),)
