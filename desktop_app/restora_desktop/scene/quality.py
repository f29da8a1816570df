"""How well moving pictures are drawn, so that each takes about as long as the hand allows."""

from __future__ import annotations

from typing import Final

from restora_desktop.scene.drawing import Quality

BUDGET_MS: Final = 60.0
"""What a picture may take while the view moves."""
REST_MS: Final = 120
"""After the view has rested for so long it is drawn in full."""

_LADDER: Final = tuple(
    Quality(scale=scale, share=share, degree=0)
    for scale, share in (
        (1.0, 1.0),
        (0.7, 1.0),
        (0.5, 1.0),
        (0.5, 0.6),
        (0.5, 0.35),
        (0.35, 0.35),
        (0.35, 0.2),
        (0.25, 0.2),
        (0.25, 0.1),
        (0.25, 0.05),
        (0.2, 0.025),
        (0.125, 0.01),
    )
)
"""From the best to the cheapest; every step costs roughly two thirds of the one before."""
_FIRST: Final = 4
_SLOW, _FAST = 1.15, 0.55
_PER_STEP: Final = 1.5


class QualityController:
    """Chooses the quality of the next moving picture from what the last ones took."""

    def __init__(self, budget_ms: float = BUDGET_MS) -> None:
        self._budget_ms = budget_ms
        self._step = _FIRST
        self._fast_in_a_row = 0

    @property
    def moving(self) -> Quality:
        """For pictures while the view moves."""
        return _LADDER[self._step]

    def note(self, quality: Quality, milliseconds: float) -> None:
        """Learn from a picture that was drawn; full ones and those of another step teach nothing."""
        if quality != self.moving:
            return
        load = milliseconds / self._budget_ms
        if load > _SLOW:
            self._fast_in_a_row = 0
            self._step = min(len(_LADDER) - 1, self._step + _steps(load))
            return
        self._fast_in_a_row = self._fast_in_a_row + 1 if load < _FAST else 0
        if self._fast_in_a_row >= 2:  # one quick picture may be luck; two are not
            self._fast_in_a_row = 0
            self._step = max(0, self._step - 1)

    def forget(self) -> None:
        """Another scene is shown: begin in the middle again."""
        self._step, self._fast_in_a_row = _FIRST, 0


def _steps(load: float) -> int:
    steps, left = 1, load / _PER_STEP
    while left > 1.0:
        steps, left = steps + 1, left / _PER_STEP
    return steps
