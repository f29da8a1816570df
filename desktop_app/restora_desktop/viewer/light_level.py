"""How much light a capture caught, and what that means for restoring it."""

from __future__ import annotations

from dataclasses import dataclass

_DARK, _USUAL, _BRIGHT = 0.02, 0.2, 0.6
"""Shares of what a frame can hold; 0.2 is where methods for single photons were trained."""
_FEW = 3.0
"""Detections per pixel below which a window shows little but noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LightLevel:
    """Of one window of a capture."""

    share: float
    """Mean detections per pixel and frame, as a share of the most that a frame can hold."""
    per_window: float
    """Mean detections per pixel over the window."""

    @classmethod
    def of(cls, mean_total: float, frames: int, most_per_frame: int) -> LightLevel:
        """From the mean of the sums over `frames` frames."""
        return cls(share=mean_total / (frames * most_per_frame), per_window=mean_total)

    def text(self) -> str:
        """For people: the figures, and what they mean."""
        return f"{self.share:.1%} lit, {self.per_window:.3g} per pixel · {self.verdict()}"

    def verdict(self) -> str:
        """What to do about it."""
        if self.per_window <= 0:
            return "no light at all"
        if self.share > _BRIGHT:
            return "bright: counts saturate, look at the rate"
        if self.per_window < _FEW:
            return "few photons: take more frames"
        if self.share < _DARK:
            return "very dark: methods merge many frames"
        if self.share < _USUAL / 2:
            return "dark: methods merge frames"
        return "good light"
