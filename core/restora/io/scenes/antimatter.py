"""`.splat` files: 32 bytes a Gaussian, no header, no harmonics."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np

from restora.data.scene import GaussianScene
from restora.errors import FileProblemError
from restora.io.progress import tell
from restora.io.scenes.activations import colour_of, constant_band, levels, logit, opacity_of, unit
from restora.io.scenes.format import SceneHeader
from restora.io.scenes.losses import clipped_colours, left_out
from restora.io.scenes.soundness import sound_scene

NAME = ".splat"
SUFFIXES: tuple[str, ...] = (".splat",)

_RECORD = np.dtype([("position", "<f4", 3), ("scale", "<f4", 3), ("colour", "u1", 4), ("rotation", "u1", 4)])
_FARTHEST = 1e7
"""Letters that are read as floats are larger, mostly."""
_SMALLEST = float(np.finfo(np.float32).tiny)
"""Letters of two bytes that are read as floats are smaller."""
_BLOCK_ROWS = 65_536


def sniff(head: bytes, path: Path) -> bool:
    """There is no signature: the ending decides, and the first numbers must be those of Gaussians."""
    return path.suffix.lower() in SUFFIXES and is_plausible(head)


def is_plausible(head: bytes) -> bool:
    """Whether bytes may be records of Gaussians; fewer than one record may."""
    rows = np.frombuffer(head[: len(head) // _RECORD.itemsize * _RECORD.itemsize], _RECORD)
    if not len(rows):
        return bool(head)
    with np.errstate(invalid="ignore"):
        plausible = (np.abs(rows["position"]) < _FARTHEST).all(axis=1)
        plausible &= ((rows["scale"] >= 0) & (rows["scale"] < _FARTHEST)).all(axis=1)
        for name in ("position", "scale"):
            plausible &= ((rows[name] == 0) | (np.abs(rows[name]) >= _SMALLEST)).all(axis=1)
    return bool(plausible.mean() >= 0.5)


def header(path: Path) -> SceneHeader:
    """The count follows from the size."""
    return SceneHeader(format=NAME, count=_count(path), degree=0, working_bytes=100)


def read(path: Path, degree: int) -> GaussianScene:  # noqa: ARG001 - there are no harmonics to leave out
    """Colours become the constant band."""
    rows = np.fromfile(path, _RECORD, _count(path))
    with np.errstate(divide="ignore", invalid="ignore"):
        log_scales = np.log(rows["scale"])
    tell(0.5)
    return sound_scene(
        path,
        rows["position"].copy(),
        unit((rows["rotation"].astype(np.float32) - np.float32(128)) / np.float32(128)),
        log_scales,
        logit(rows["colour"][:, 3] / 255),
        constant_band(rows["colour"][:, :3] / 255)[:, None, :],
    )


def losses(scene: GaussianScene) -> tuple[str, ...]:
    """Half of everything."""
    return (
        *left_out(scene, degree=0),
        *clipped_colours(scene),
        "keeps colour, opacity and rotation in 8 bits each",
        "sorts the Gaussians by their importance",
    )


def write(stream: BinaryIO, scene: GaussianScene) -> None:
    """The most important Gaussians come first: old viewers show a file while it arrives."""
    opacity = opacity_of(scene.logit_opacities)
    importance = scene.log_scales.sum(axis=1) + np.log(np.maximum(opacity, 1e-12))
    order = np.argsort(-importance, kind="stable")
    for start in range(0, scene.count, _BLOCK_ROWS):
        chosen = order[start : start + _BLOCK_ROWS]
        rows = np.empty(len(chosen), _RECORD)
        rows["position"] = scene.means[chosen]
        rows["scale"] = np.exp(np.minimum(scene.log_scales[chosen], 80))
        rows["colour"][:, :3] = levels(colour_of(scene.sh[chosen, 0]), 0, 1, 255)
        rows["colour"][:, 3] = levels(opacity[chosen], 0, 1, 255)
        rows["rotation"] = np.clip(np.rint(unit(scene.quats[chosen]) * 128 + 128), 0, 255)
        stream.write(rows.tobytes())
        tell(start + len(rows), scene.count)


def _count(path: Path) -> int:
    size = path.stat().st_size
    if size == 0 or size % _RECORD.itemsize:
        raise FileProblemError(
            path, f"has {size} bytes; a .splat file has {_RECORD.itemsize} for each Gaussian"
        )
    return size // _RECORD.itemsize
