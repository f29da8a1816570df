"""Writes the layout of the original 3D Gaussian Splatting, with the columns that the scene brought along."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from restora.data.scene import GaussianScene
from restora.errors import BadInputError
from restora.io.progress import tell
from restora.io.scenes.ply_columns import (
    COLOUR,
    NORMAL,
    OPACITY,
    POSITION,
    ROTATION,
    SCALE,
    rest_names,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLOCK_ROWS = 4096
_NAME = re.compile(r"[^\s\x00-\x20]{1,1000}")


@dataclass(frozen=True, slots=True)
class PlyWriter:
    """A SceneWriter; how numbers are kept is the only difference."""

    encoding: str
    NAME: str
    SUFFIXES: tuple[str, ...] = (".ply",)

    def losses(self, scene: GaussianScene) -> tuple[str, ...]:
        """Nothing of the Gaussians is lost."""
        return ("further columns are kept as 32-bit floats",) if scene.extra else ()

    def write(self, stream: BinaryIO, scene: GaussianScene) -> None:
        """The columns in the order that all viewers know, further ones at the end."""
        rest = rest_names(scene.degree)
        names = (*POSITION, *NORMAL, *COLOUR, *rest, OPACITY, *SCALE, *ROTATION)
        _check_extra(scene, names)
        stream.write(_header(scene, self.encoding, (*names, *scene.extra)))
        for start in range(0, scene.count, _BLOCK_ROWS):
            rows = _rows(scene, slice(start, min(start + _BLOCK_ROWS, scene.count)))
            stream.write(_text(rows) if self.encoding == "ascii" else _bytes(rows, self.encoding))
            tell(start + len(rows), scene.count)


PLY = PlyWriter("binary_little_endian", "3DGS PLY")
PLY_TEXT = PlyWriter("ascii", "3DGS PLY as text")
PLY_BIG_ENDIAN = PlyWriter("binary_big_endian", "3DGS PLY, big endian")


def _rows(scene: GaussianScene, rows: slice) -> NDArray[np.float32]:
    count = rows.stop - rows.start
    columns = [
        scene.means[rows],
        np.zeros((count, 3), np.float32),
        scene.sh[rows, 0],
        scene.sh[rows, 1:].transpose(0, 2, 1).reshape(count, -1),
        scene.logit_opacities[rows, None],
        scene.log_scales[rows],
        scene.quats[rows],
        *(values[rows, None] for values in scene.extra.values()),
    ]
    return np.concatenate(columns, axis=1)


def _bytes(rows: NDArray[np.float32], encoding: str) -> bytes:
    order = "<f4" if encoding == "binary_little_endian" else ">f4"
    return rows.astype(order, copy=False).tobytes()


def _text(rows: NDArray[np.float32]) -> bytes:
    """Nine digits bring every 32-bit float back."""
    line = " ".join(["%.9g"] * rows.shape[1]) + "\n"
    return "".join(line % tuple(row) for row in rows.tolist()).encode()


def _header(scene: GaussianScene, encoding: str, names: tuple[str, ...]) -> bytes:
    lines = ["ply", f"format {encoding} 1.0"]
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
