"""PLY files in the layout of the original 3D Gaussian Splatting: degrees 0 to 3, binary or text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from restora.data.scene import GaussianScene
from restora.errors import FileProblemError
from restora.io.progress import tell
from restora.io.scenes.format import C0, SceneHeader
from restora.io.scenes.ply_columns import Columns, find_columns, is_antialiased
from restora.io.scenes.ply_header import MAGIC, Element, PlyHeader, read_ply_header
from restora.io.scenes.ply_rows import check_rows, row_blocks
from restora.io.scenes.soundness import check_rest, clamp_infinities, sound_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "3DGS PLY"
SUFFIXES: tuple[str, ...] = (".ply",)


def sniff(head: bytes, path: Path) -> bool:  # noqa: ARG001 - every format is asked the same way
    """Whether the content starts as a PLY file does."""
    return MAGIC.match(head) is not None


def header(path: Path) -> SceneHeader:
    """Count and degree; raises FileProblemError that says what the file is, where it is no scene."""
    found = _read_header(path)
    return SceneHeader(
        format=f"{NAME}, {found.ply.encoding}",
        count=found.element.count,
        degree=found.columns.degree,
        is_antialiased=is_antialiased(found.ply),
        extra=len(found.columns.extra),
        warnings=_warnings(found),
    )


def read(path: Path, degree: int) -> GaussianScene:
    """The Gaussians; rows that are not finite are left out."""
    found = _read_header(path)
    columns = replace(found.columns, sh=found.columns.sh[: 3 * (degree + 1) ** 2])
    arrays = _Arrays(found.element.count, columns)
    for block in row_blocks(path, found.ply, found.element):
        arrays.take(block)
        tell(arrays.taken, found.element.count)
    return arrays.scene(path, is_antialiased=is_antialiased(found.ply))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What a header says, parsed."""

    ply: PlyHeader
    element: Element
    columns: Columns


def _read_header(path: Path) -> _Found:
    ply = read_ply_header(path)
    element = ply.element("vertex")
    if element is None:
        raise FileProblemError(path, "is a PLY file without vertices, which is no scene of Gaussians")
    columns = find_columns(path, element)
    check_rows(path, ply, element)
    return _Found(ply=ply, element=element, columns=columns)


def _warnings(found: _Found) -> tuple[str, ...]:
    said = []
    if found.columns.rgb_white is not None:
        said.append("has plain colours and no harmonics: they are the same from all sides")
    others = [each.name for each in found.ply.elements if each is not found.element]
    if others:
        said.append(f"its elements {', '.join(others)[:100]} are not read")
    return tuple(said)


class _Arrays:
    """The arrays of a scene, filled block by block."""

    def __init__(self, count: int, columns: Columns) -> None:
        self._columns = columns
        self.taken = 0
        """Rows seen, those left out among them."""
        self._filled = 0
        self._dropped = 0
        self._means = np.empty((count, 3), np.float32)
        self._quats = np.empty((count, 4), np.float32)
        self._log_scales = np.empty((count, 3), np.float32)
        self._logits = np.empty(count, np.float32)
        self._sh = np.empty((count, len(columns.sh)), np.float32)
        self._extra = {name: np.empty(count, np.float32) for name, _ in columns.extra}

    def take(self, block: NDArray[np.float32]) -> None:
        """Add rows."""
        self.taken += len(block)
        if not self._is_sound(block):
            keep = self._sound_rows(block)
            self._dropped += len(keep) - int(np.count_nonzero(keep))
            block = block[keep]
        at = slice(self._filled, self._filled + len(block))
        columns = self._columns
        for target, numbers in (
            (self._means, columns.position),
            (self._quats, columns.rotation),
            (self._log_scales, columns.scale),
            (self._sh, columns.sh),
        ):
            # With mode="clip" numpy writes straight into the target; the numbers are known to be inside.
            np.take(block, numbers, axis=1, out=target[at], mode="clip")
        self._logits[at] = block[:, columns.opacity]
        for name, number in columns.extra:
            self._extra[name][at] = block[:, number]
        self._filled = at.stop

    def _is_sound(self, block: NDArray[np.float32]) -> bool:
        """Whether all numbers are finite and no rotation is zero: a quick look that most blocks pass."""
        with np.errstate(invalid="ignore", over="ignore"):
            # NaN and infinity survive in a sum; one that only overflows costs a closer look.
            total = block.sum(dtype=np.float32)
        return bool(np.isfinite(total)) and bool(self._turns(block).all())

    def _turns(self, block: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Whether rotations have a length; column by column, which is faster than row by row."""
        found = np.zeros(len(block), np.bool_)
        for number in self._columns.rotation:
            found |= block[:, number] != 0
        return found

    def _sound_rows(self, block: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Only rows whose sum is not finite are looked at in full."""
        with np.errstate(invalid="ignore", over="ignore"):
            keep = self._turns(block)
            keep &= np.isfinite(block.sum(axis=1, dtype=np.float32))
        doubtful, columns = block[~keep], self._columns
        keep[~keep] = sound_rows(
            doubtful[:, columns.position],
            doubtful[:, columns.rotation],
            doubtful[:, columns.scale],
            doubtful[:, columns.opacity],
            doubtful[:, columns.sh],
        )
        return keep

    def scene(self, path: Path, *, is_antialiased: bool) -> GaussianScene:
        """The scene, once all rows were taken."""
        check_rest(path, self._dropped + self._filled, self._dropped)
        used = slice(0, self._filled)
        clamp_infinities(self._log_scales[used], self._logits[used])
        sh = self._sh[used]
        if self._columns.rgb_white is not None:
            sh = (sh / np.float32(self._columns.rgb_white) - np.float32(0.5)) / np.float32(C0)
        return GaussianScene(
            means=self._means[used],
            quats=self._quats[used],
            log_scales=self._log_scales[used],
            logit_opacities=self._logits[used],
            sh=sh.reshape(len(sh), -1, 3),
            extra=MappingProxyType({name: values[used] for name, values in self._extra.items()}),
            is_antialiased=is_antialiased,
            dropped=self._dropped,
        )
