"""The learning rate of the published training, step by step."""

from __future__ import annotations

from dataclasses import dataclass

_FIRST, _LAST = 0.005, 0.01
"""Of the peak, at the first and after the last step."""
_FLAT = 0.3
"""Of what follows the warm-up, before the rate falls."""
_DECAY = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Warming:
    """Up along a line, flat, and down along a line."""

    peak: float
    warm: int
    total: int

    def at(self, step: int) -> tuple[int, float, float]:
        """The step, its rate and its weight decay."""
        if step < self.warm:
            return step, self.peak * (_FIRST + (1 - _FIRST) * step / self.warm), _DECAY
        done = (step - self.warm) / (self.total - 1 - self.warm)
        fall = max(0.0, (done - _FLAT) / (1 - _FLAT))
        return step, self.peak * (1 - (1 - _LAST) * fall), _DECAY
