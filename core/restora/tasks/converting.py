"""From one scene file to another, and from one file of cameras to another, with what gets lost on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from restora.data.camera import CameraSet
from restora.data.item import Item
from restora.errors import BadInputError
from restora.io.cameras import (
    CAMERA_FORMATS,
    are_cameras,
    camera_format_of,
    camera_losses,
    read_cameras,
    read_colmap,
    read_frame_rate,
    write_cameras,
    write_colmap,
)
from restora.io.scenes import WRITERS, check_writable, losses_of, writable_scene_suffixes, write_scene
from restora.io.scenes.formats import writer_of
from restora.workbench import SAMPLE_PREFIX, Workbench

_COLMAP_NAMES = ("cameras", "images", "points3D")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionWish:
    """How something is to be converted."""

    format: str | None = None
    """One of `WRITERS` or `CAMERA_FORMATS`; None takes what the output's name says."""
    degree: int | None = None
    """Harmonics above it are left out; scenes only."""
    replaces: bool = False
    """Whether an output that is there already may be replaced; the source never is."""
    size: tuple[int, int] | None = None
    """What the pictures of cameras measure, where nothing else says it."""
    reading: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What the source does not say itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What was done."""

    written: tuple[Path, ...]
    what: str
    """For people: `300 Gaussians in 3DGS PLY`, `24 cameras`."""
    losses: tuple[str, ...]
    """What the new file does not keep."""


def convert(workbench: Workbench, source: str, target: Path, wish: ConversionWish) -> Conversion:
    """Write `source`, a file, folder or sample, as `target`; each file is complete or not there at all.

    A scene becomes a scene; cameras, or those of a scene, become a file of cameras. Raises BadInputError
    where the two do not fit, the output is there already, or is the source itself.
    """
    _check_target(source, target, wish)
    if not source.startswith(SAMPLE_PREFIX) and are_cameras(Path(source)):
        return _convert_cameras(Path(source), target, wish)
    if _wants_cameras(target, wish):
        return _cameras_of_scene(workbench, source, target, wish)
    return _convert_scene(workbench, source, target, wish)


def _check_target(source: str, target: Path, wish: ConversionWish) -> None:
    known = (*WRITERS, *CAMERA_FORMATS)
    if wish.format is not None and wish.format not in known:
        raise BadInputError(f"there is no format {wish.format!r}, only {', '.join(known)}")
    if _is_same(source, target):
        raise BadInputError(
            f"{target}: is the source itself, which is never replaced", advice="Choose another name."
        )
    if target.exists() and not target.is_dir() and not wish.replaces:
        raise BadInputError(f"{target}: is there already", advice="Choose another name, or add --force.")


def _is_same(source: str, target: Path) -> bool:
    try:
        return not source.startswith(SAMPLE_PREFIX) and Path(source).samefile(target)
    except (OSError, ValueError):
        return False  # one of them does not exist


def _wants_cameras(target: Path, wish: ConversionWish) -> bool:
    if wish.format is not None:
        return wish.format in CAMERA_FORMATS
    return target.suffix.lower() == ".json"


# -- scenes ----------------------------------------------------------------------------------------


def _convert_scene(workbench: Workbench, source: str, target: Path, wish: ConversionWish) -> Conversion:
    check_writable(target, wish.format)  # before minutes of reading
    item = _opened(workbench, source, wish)
    scene, said = item.scene(), list(item.probe.warnings)
    if scene.degree < (wish.degree or 0):
        raise BadInputError(
            f"{source}: has harmonics of degree {scene.degree}, which cannot become {wish.degree}"
        )
    if scene.dropped:
        said.append(f"{scene.dropped} Gaussians without usable numbers were left out")
    said += losses_of(target, scene, wish.format)
    write_scene(target, scene, wish.format)
    what = f"{scene.count} Gaussians in {writer_of(target, wish.format).NAME}"
    return Conversion(written=(target,), what=what, losses=tuple(said))


def _opened(workbench: Workbench, source: str, wish: ConversionWish) -> Item:
    stated = dict(wish.reading)
    if wish.degree is not None:
        stated["degree"] = str(wish.degree)  # what is left out anyway needs no memory
    return workbench.open(source if source.startswith(SAMPLE_PREFIX) else Path(source), stated)


# -- cameras ---------------------------------------------------------------------------------------


def _cameras_of_scene(workbench: Workbench, source: str, target: Path, wish: ConversionWish) -> Conversion:
    item = _opened(workbench, source, wish)
    cameras = item.scene().cameras
    if not cameras.cameras:
        raise BadInputError(
            f"{item.name}: has no cameras that could be written", advice="State them with --as cameras=PATH."
        )
    return _write_cameras(cameras, target, wish)


def _convert_cameras(source: Path, target: Path, wish: ConversionWish) -> Conversion:
    if wish.degree is not None:
        raise BadInputError(f"{source}: holds cameras, which have no degree")
    if wish.format in WRITERS or (wish.format is None and target.name.endswith(writable_scene_suffixes())):
        raise BadInputError(f"{source}: holds cameras, which cannot become a scene in {target.name}")
    pictures = wish.reading.get("pictures")
    cameras = read_cameras(source, pictures=None if pictures is None else Path(pictures), size=wish.size)
    if cameras.source.startswith("COLMAP") and _format(target, wish).startswith("colmap"):
        return _copy_colmap(source, target, wish)
    done = _write_cameras(cameras, target, wish, read_frame_rate(source))
    if not cameras.source.startswith("COLMAP"):
        return done
    return replace(done, losses=(*done.losses, "points and observations of the model are not kept"))


def _write_cameras(
    cameras: CameraSet, target: Path, wish: ConversionWish, frame_rate: float | None = None
) -> Conversion:
    name = _format(target, wish)
    if name.startswith("colmap"):
        _check_colmap_folder(target, name, wish)
    elif target.is_dir():
        raise BadInputError(f"{target}: is a folder, a file is needed for {name}")
    losses = camera_losses(cameras, name)
    written = write_cameras(target, cameras, name, frame_rate=frame_rate)
    return Conversion(written=written, what=f"{len(cameras)} cameras", losses=losses)


def _copy_colmap(source: Path, target: Path, wish: ConversionWish) -> Conversion:
    """Between text and binary nothing is lost: observations and points come along."""
    name = _format(target, wish)
    model = read_colmap(source if source.is_dir() else source.parent)
    if _is_same(str(model.folder), target):
        raise BadInputError(f"{target}: is the source itself, which is never replaced")
    _check_colmap_folder(target, name, wish)
    written = write_colmap(target, model, as_text=name == "colmap-text")
    what = f"{len(model.images)} cameras and {len(model.points)} points"
    return Conversion(written=written, what=what, losses=())


def _check_colmap_folder(target: Path, name: str, wish: ConversionWish) -> None:
    ending, other = (".txt", ".bin") if name == "colmap-text" else (".bin", ".txt")
    if any((target / f"{each}{other}").exists() for each in _COLMAP_NAMES):
        raise BadInputError(f"{target}: holds a model as {other} files, which would contradict the new one")
    there = [f"{each}{ending}" for each in _COLMAP_NAMES if (target / f"{each}{ending}").exists()]
    if there and not wish.replaces:
        raise BadInputError(
            f"{target}: {', '.join(there)} are there already", advice="Choose another name, or add --force."
        )


def _format(target: Path, wish: ConversionWish) -> str:
    return wish.format or camera_format_of(target)
