"""How far a render is from its picture: 0.8 L1 + 0.2 (1 - SSIM), with the gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.splats.refinement.ssim import WINDOW, SsimTarget, ssim_with_gradient

if TYPE_CHECKING:
    from numpy.typing import NDArray

SSIM_SHARE = 0.2
"""As the first 3DGS paper has it."""


class PhotometricLoss:
    """Holds renders against one picture.

    Weights per pixel (0 to 1) multiply both sides, so that a pixel of weight 0 is equal whatever it shows.
    A picture that is smaller than SSIM's window is held against L1 alone.
    """

    def __init__(
        self,
        picture: NDArray[np.float32],
        weights: NDArray[np.float32] | None = None,
        *,
        ssim_share: float = SSIM_SHARE,
    ) -> None:
        self._weights = None if weights is None else weights[..., None]
        self._picture = picture if self._weights is None else picture * self._weights
        has_ssim = ssim_share > 0 and min(picture.shape[:2]) >= WINDOW
        self._share = np.float32(ssim_share if has_ssim else 0.0)
        self._target = SsimTarget.of(self._picture) if has_ssim else None

    def __call__(self, render: NDArray[np.float32]) -> tuple[float, NDArray[np.float32]]:
        """The loss of a render and its gradient, both float32 height x width x 3."""
        seen = render if self._weights is None else render * self._weights
        difference = seen - self._picture
        loss = float(1 - self._share) * float(np.abs(difference).mean(dtype=np.float64))
        gradient = np.sign(difference) * ((1 - self._share) / np.float32(difference.size))
        if self._target is not None:
            similarity, along = ssim_with_gradient(seen, self._target)
            loss += float(self._share) * (1 - similarity)
            gradient -= self._share * along
        return loss, gradient if self._weights is None else gradient * self._weights
