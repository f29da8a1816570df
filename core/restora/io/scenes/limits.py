"""Refuses a scene that does not fit into memory, from its header alone."""

from __future__ import annotations

from pathlib import Path

from restora.errors import FileProblemError
from restora.io.limits import memory_limit
from restora.io.scenes.format import MOST_DEGREE, SceneHeader

_MIB = 2**20
_PLAIN_FLOATS = 3 + 4 + 3 + 1
"""Position, rotation, scale and opacity."""


def scene_bytes(count: int, degree: int, extra: int = 0) -> int:
    """What a scene takes in memory."""
    kept = min(degree, MOST_DEGREE)
    return count * (_PLAIN_FLOATS + 3 * (kept + 1) ** 2 + extra) * 4


def check_scene(path: Path, header: SceneHeader, limit: int | None = None) -> None:
    """Raise FileProblemError where the scene is empty, or would not fit into what is free now.

    The degree of `header` is the one that is to be read.
    """
    if header.count < 1:
        raise FileProblemError(path, "holds no Gaussians")
    needed = scene_bytes(header.count, header.degree, header.extra) + header.count * header.working_bytes
    allowed = memory_limit(limit)
    if needed > allowed:
        raise FileProblemError(
            path,
            f"its header states {header.count} Gaussians of degree {header.degree}, which take "
            f"{needed // _MIB} MiB of memory; {allowed // _MIB} MiB may be used",
            advice="Free memory, or state a lower degree (--as degree=0) to leave harmonics out."
            if header.degree
            else "Free memory, or cut the scene into parts on a larger machine.",
        )
