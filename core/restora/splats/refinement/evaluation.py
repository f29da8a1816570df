"""How close a scene's renders are to photographs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restora.splats.refinement.ssim import WINDOW, SsimTarget, ssim_with_gradient
from restora.splats.refinement.views import TrainingView

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_VIEWS = 24
"""More photographs than this tell little more and cost time; they are chosen evenly."""
_LEAST_SQUARE = 1e-10
"""Equal pictures have 100 dB rather than infinity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How close renders are to photographs, mean over views."""

    psnr: float
    """Decibels; higher is better."""
    ssim: float
    """At most 1; higher is better. NaN where the pictures are smaller than its window."""
    l1: float
    """Mean absolute difference of values 0 to 1; lower is better."""
    views: int
    is_held_out: bool
    """Whether the views were kept from the learning; otherwise the figures flatter."""

    @property
    def text(self) -> str:
        """For people."""
        kept = "held-out" if self.is_held_out else "learnt"
        photos = f"{self.views} {kept} photograph{'s' if self.views != 1 else ''}"
        similarity = "" if np.isnan(self.ssim) else f", SSIM {self.ssim:.3f}"
        return f"{self.psnr:.2f} dB{similarity}, mean of {photos}"


def judges(learnt: Sequence[TrainingView], held: Sequence[TrainingView]) -> tuple[TrainingView, ...]:
    """The views that judge: those held out, else the photographs, else whatever there is."""
    chosen = held or tuple(view for view in learnt if view.is_photo) or tuple(learnt)
    if len(chosen) <= MOST_VIEWS:
        return tuple(chosen)
    return tuple(chosen[index] for index in np.linspace(0, len(chosen) - 1, MOST_VIEWS).round().astype(int))


def evaluate(
    draw: Callable[[TrainingView], NDArray[np.float32]],
    views: Sequence[TrainingView],
    *,
    is_held_out: bool,
    check: Callable[[], None],
) -> Scores:
    """Scores over `views`; `draw` gives the render from a view's camera. Values are clipped to 0..1 first."""
    figures = []
    for view in views:
        check()
        figures.append(_figures(np.clip(draw(view), 0, 1), view))
    psnr, ssim, l1 = np.mean(np.array(figures), axis=0)
    return Scores(
        psnr=float(psnr), ssim=float(ssim), l1=float(l1), views=len(figures), is_held_out=is_held_out
    )


def _figures(render: NDArray[np.float32], view: TrainingView) -> tuple[float, float, float]:
    weights = np.ones(render.shape[:2]) if view.pixel_weights is None else view.pixel_weights
    total = max(float(weights.sum()) * 3, 1.0)
    difference = (render - view.picture).astype(np.float64)
    square = float((difference**2 * weights[..., None]).sum()) / total
    absolute = float((np.abs(difference) * weights[..., None]).sum()) / total
    mask = weights[..., None].astype(np.float32)
    similarity = float("nan")
    if min(render.shape[:2]) >= WINDOW:
        similarity = ssim_with_gradient(render * mask, SsimTarget.of(view.picture * mask))[0]
    return -10 * float(np.log10(max(square, _LEAST_SQUARE))), similarity, absolute
