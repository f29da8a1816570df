"""Nano-bursts on their way through a sliding window: each is encoded and decoded once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from torch import Tensor

from restora_gqir.net.latents import Advance, LatentWork


@dataclass(frozen=True, slots=True, kw_only=True)
class SlidingWindow:
    """Latents and previews by the number of their nano-burst, kept as long as windows come back to them."""

    work: LatentWork
    observe: Callable[[int], Tensor]
    """Shares of detections of a nano-burst, 1 x 3 x H x W."""
    _latents: dict[int, Tensor] = field(default_factory=dict)
    _previews: dict[int, Tensor] = field(default_factory=dict)

    def latent(self, index: int, advance: Advance) -> Tensor:
        """1 x z x h x w."""
        if index not in self._latents:
            self._latents[index] = self.work.encoded(self.observe(index), advance)
        return self._latents[index]

    def preview(self, index: int, advance: Advance) -> Tensor:
        """The decoded latent, unclamped, 1 x 3 x H x W in main memory."""
        if index not in self._previews:
            self._previews[index] = self.work.decoded(self.latent(index, advance), advance).cpu()
        return self._previews[index]

    def drop_before(self, first: int) -> None:
        """Forget nano-bursts that no later window needs."""
        for kept in (self._latents, self._previews):
            for index in [index for index in kept if index < first]:
                del kept[index]
