"""Which Gaussians can be used: rows that are not finite are left out, infinite opacities are clamped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.data.scene import GaussianScene
from restora.errors import FileProblemError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

LARGEST_LOGIT = 13.815511
"""The logit of an opacity of 1 - 1e-6; what files keep as 0 or 255 of 255 becomes this and not infinity."""

SMALLEST_LOG_SCALE = -20.0
"""What the logarithm of a scale of zero becomes."""


def sound_rows(
    means: Floats, quats: Floats, log_scales: Floats, logits: Floats, sh: Floats
) -> NDArray[np.bool_]:
    """True where a Gaussian can be used; an opacity of 0 or 1 and a scale of 0 are legal."""
    sound = np.isfinite(means).all(axis=1) & np.isfinite(quats).all(axis=1)
    sound &= quats.any(axis=1)
    sound &= (log_scales < np.inf).all(axis=1) & ~np.isnan(logits)
    sound &= np.isfinite(sh).reshape(len(sh), -1).all(axis=1)
    return sound


def clamp_infinities(log_scales: Floats, logits: Floats) -> None:
    """Replace the legal infinities in place; finite numbers stay as they are."""
    np.copyto(log_scales, np.float32(SMALLEST_LOG_SCALE), where=np.isneginf(log_scales))
    limits = np.copysign(np.float32(LARGEST_LOGIT), logits)
    np.copyto(logits, limits, where=np.isinf(logits))


def sound_scene(
    path: Path,
    means: Floats,
    quats: Floats,
    log_scales: Floats,
    logits: Floats,
    sh: Floats,
    *,
    is_antialiased: bool = False,
) -> GaussianScene:
    """A scene of what was decoded, without the rows that cannot be used.

    Raises FileProblemError where none is left.
    """
    keep = sound_rows(means, quats, log_scales, logits, sh)
    dropped = len(keep) - int(np.count_nonzero(keep))
    if dropped:
        check_rest(path, len(keep), dropped)
        means, quats, log_scales, logits, sh = (each[keep] for each in (means, quats, log_scales, logits, sh))
    clamp_infinities(log_scales, logits)
    return GaussianScene(
        means=means,
        quats=quats,
        log_scales=log_scales,
        logit_opacities=logits,
        sh=sh,
        is_antialiased=is_antialiased,
        dropped=dropped,
    )


def check_rest(path: Path, count: int, dropped: int) -> None:
    """Raise FileProblemError where no Gaussian is left."""
    if dropped == count:
        raise FileProblemError(path, f"none of its {count} Gaussians has usable numbers (NaN or infinite)")
