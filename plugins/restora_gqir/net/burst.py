"""Stage 3: the latents of a window are moved onto the middle one along optical flow, and fused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor

from restora.nets.raft import ITERATIONS, Raft
from restora.nets.warp import resized_flow, warped
from restora_gqir.net.fusion import FusionViT


class FlowMode(StrEnum):
    """How flow between previews is found."""

    PUBLISHED = "published"
    """As the research code does: unscaled pictures, and the wrong direction after the middle."""
    CORRECTED = "corrected"
    """Pictures in 0..255, and always from the middle to the other."""


def _nothing() -> None:
    """The default for callers that do not watch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuser:
    """Corrects the latent in the middle of a window of latents and their previews."""

    raft: Raft
    fusion: FusionViT
    mode: FlowMode
    iterations: int = ITERATIONS

    def flow(
        self,
        previews: Sequence[Tensor],
        other: int,
        latent_size: tuple[int, int],
        each: Callable[[], None] = _nothing,
    ) -> Tensor:
        """The flow that moves latent `other` onto the middle, 1 x 2 x h x w in latents.

        `previews` are 1 x 3 x H x W each, as decoded, on any device. `each` is called before refinements.
        """
        middle = len(previews) // 2
        device = next(self.raft.parameters()).device
        first, second = previews[middle].to(device), previews[other].to(device)
        if self.mode is FlowMode.CORRECTED:
            first, second = (picture.clamp(0, 1) * 255 for picture in (first, second))
        elif other >= middle:
            first, second = second, first
        _coarse, fine = self.raft(first, second, iterations=self.iterations, each=each)
        return resized_flow(fine, *latent_size)

    def fused(self, aligned: Tensor) -> Tensor:
        """The corrected middle latent, 1 x z x h x w."""
        corrected: Tensor = self.fusion(aligned[None])
        return corrected


def moved(latents: Tensor, flows: Sequence[Tensor | None]) -> Tensor:
    """T x z x h x w, each latent moved along its flow; one without flow, the middle, is taken as it is."""
    pairs = zip(torch.split(latents, 1), flows, strict=True)
    return torch.cat([latent if flow is None else warped(latent, flow) for latent, flow in pairs])
