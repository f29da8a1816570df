"""What the networks look like: manifests of all files and the numbers that no file holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from restora.weights.manifest import Expected

VAE, VAR = "vae_local", "var_wo_ddp"
"""The two parts of every file, as they are named under `trainer`."""

BRIDGE = "cond_"
"""What all names of the bridge contain, and no other."""

IGNORED: Mapping[str, tuple[str, ...]] = {
    VAE: ("quantize.ema_vocab_hit_SV",),
    VAR: ("attn_bias_for_masking", "lvl_1L", "blocks.*.attn.zero_k_bias"),
}
"""Entries that may be there or not, of any shape: counters, masks, zeros, and what follows from the sizes."""

SIDES = (1, 2, 3, 4, 6, 9, 13, 18, 24, 32)
"""Of the published grids."""
FACTOR = 16
"""Pixels per latent and side."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """One size of the networks, and which of their blocks join two pictures."""

    manifests: Mapping[str, Expected]
    """Of `vae_local` with bridge and of `var_wo_ddp`, without the trainer's prefix."""
    sides: tuple[int, ...] = SIDES
    fusing: frozenset[int] | None = None
    """Blocks in which a render and its reference see each other; None: all."""

    def shape(self, part: str, name: str) -> tuple[int, ...]:
        """Of one tensor."""
        return self.manifests[part][name].shape

    @cached_property
    def vae_widths(self) -> tuple[int, ...]:
        """By level, from full size to 1/16."""
        levels = self._count(VAE, r"encoder\.down\.(\d+)\.")
        return tuple(self.shape(VAE, f"encoder.down.{i}.block.0.conv1.weight")[0] for i in range(levels))

    @property
    def vae_blocks(self) -> int:
        """Residual blocks of an encoder's level; a decoder's has one more."""
        return self._count(VAE, r"encoder\.down\.0\.block\.(\d+)\.")

    @property
    def codes(self) -> int:
        """Words of the codebook."""
        return self.shape(VAE, "quantize.embedding.weight")[0]

    @property
    def channels(self) -> int:
        """Of a latent."""
        return self.shape(VAE, "quantize.embedding.weight")[1]

    @property
    def width(self) -> int:
        """Of the transformer."""
        return self.shape(VAR, "class_emb.weight")[1]

    @property
    def heads(self) -> int:
        """Of its attention."""
        return self.shape(VAR, "blocks.0.attn.scale_mul_1H11")[1]

    @property
    def depth(self) -> int:
        """Its blocks."""
        return self._count(VAR, r"blocks\.(\d+)\.")

    @cached_property
    def condition_widths(self) -> tuple[int, ...]:
        """Of the convolutions that read the picture, before the transformer's own width."""
        pairs = self._count(VAR, r"con_embedding\.blocks\.(\d+)\.") // 2
        first = self.shape(VAR, "con_embedding.conv_in.weight")[0]
        rest = (self.shape(VAR, f"con_embedding.blocks.{2 * i + 1}.weight")[0] for i in range(pairs))
        return (first, *rest)

    @property
    def refiner_width(self) -> int:
        """Of the refiner's layers."""
        return self.shape(VAR, "diffloss.net.input_proj.weight")[0]

    @property
    def refiner_blocks(self) -> int:
        """Residual blocks of the refiner."""
        return self._count(VAR, r"diffloss\.net\.res_blocks\.(\d+)\.")

    @property
    def side(self) -> int:
        """Latents per side of what is looked at in one go."""
        return self.sides[-1]

    @property
    def fused(self) -> frozenset[int]:
        """The blocks in which two pictures see each other."""
        return frozenset(range(self.depth)) if self.fusing is None else self.fusing

    def _count(self, part: str, pattern: str) -> int:
        found = (re.match(pattern, name) for name in self.manifests[part])
        return 1 + max(int(match.group(1)) for match in found if match)


def published() -> Configuration:
    """The size of the published files."""
    from restora.weights.manifest import load_manifest

    files = {VAE: "vae.json", VAR: "var.json"}
    manifests = {part: load_manifest(f"restora_gsvar:manifests/{name}") for part, name in files.items()}
    return Configuration(manifests=manifests)
