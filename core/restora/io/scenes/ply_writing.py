"""Writes the layout of the original 3D Gaussian Splatting, with the columns that the scene brought along."""

from __future__ import annotations

import re
from typing import BinaryIO

import numpy as np

from restora.data.scene import GaussianScene
from restora.errors import BadInputError
from restora.io.scenes.ply_columns import (
    COLOUR,
    NORMAL,
    OPACITY,
    POSITION,
    ROTATION,
    SCALE,
    rest_names,
)

NAME = "3DGS PLY"
SUFFIXES: tuple[str, ...] = (".ply",)

_BLOCK_ROWS = 4096
_NAME = re.compile(r"[^\s\x00-\x20]{1,1000}")


def losses(scene: GaussianScene) -> tuple[str, ...]:
    """Nothing of the Gaussians is lost."""
    return ("further columns are kept as 32-bit floats",) if scene.extra else ()


def write(stream: BinaryIO, scene: GaussianScene) -> None:
    """Binary, little-endian, in the order that all viewers know."""
    rest = rest_names(scene.degree)
    names = (*POSITION, *NORMAL, *COLOUR, *rest, OPACITY, *SCALE, *ROTATION)
    _check_extra(scene, names)
    stream.write(_header(scene, (*names, *scene.extra)))
    bands = len(rest) // 3
    for start in range(0, scene.count, _BLOCK_ROWS):
        rows = slice(start, min(start + _BLOCK_ROWS, scene.count))
        count = rows.stop - rows.start
        columns = [
            scene.means[rows],
            np.zeros((count, 3), np.float32),
            scene.sh[rows, 0],
            scene.sh[rows, 1:].transpose(0, 2, 1).reshape(count, 3 * bands),
            scene.logit_opacities[rows, None],
            scene.log_scales[rows],
            scene.quats[rows],
            *(values[rows, None] for values in scene.extra.values()),
        ]
        stream.write(np.concatenate(columns, axis=1).astype("<f4", copy=False).tobytes())


def _header(scene: GaussianScene, names: tuple[str, ...]) -> bytes:
    lines = ["ply", "format binary_little_endian 1.0"]
    if scene.is_antialiased:
        lines.append("comment SplatRenderMode: mip")
    lines.append(f"element vertex {scene.count}")
    lines += [f"property float {name}" for name in names]
    return "\n".join([*lines, "end_header", ""]).encode("latin-1")


def _check_extra(scene: GaussianScene, names: tuple[str, ...]) -> None:
    for name, values in scene.extra.items():
        if not _NAME.fullmatch(name) or name in names:
            raise BadInputError(f"a column cannot be called {name!r} in a PLY file")
        if values.shape != (scene.count,):
            raise BadInputError(f"column {name!r} has the shape {values.shape}, expected ({scene.count},)")
