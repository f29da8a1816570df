"""What the networks look like: manifests of all files and the numbers that no file holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from restora.nets import stable_diffusion

if TYPE_CHECKING:
    from restora.weights.manifest import Expected

PARTS = ("unet", "vae", "text", "checkpoint", "musiq")
"""The files of weights, by what they hold; each has a manifest of that name in `manifests`."""

PREFIXES: Mapping[str, str] = MappingProxyType({"text": "text_model."})
"""What all names of a published file begin with."""

IGNORED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"text": ("embeddings.position_ids",), "checkpoint": ("rank_*",)}
)
"""Entries that may be there or not: counters, and plain numbers that are read as such."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The base model's noise."""

    steps: int = 1000
    first: float = 0.00085
    last: float = 0.012

    @property
    def last_step(self) -> int:
        """The only one that is used."""
        return self.steps - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """One size of the networks."""

    manifests: Mapping[str, Expected]
    """By part, under the names of the published files without their prefix."""
    unet: Mapping[str, object]
    """As in the base model's config.json; likewise the next two."""
    vae: Mapping[str, object]
    text: Mapping[str, object]
    schedule: Schedule = Schedule()
    musiq_heads: int = 6
    lora_alpha: float = 8.0
    """Branches are scaled by this over their rank; never stored in the file."""

    @property
    def latent_scale(self) -> float:
        """By which latents of the autoencoder are multiplied."""
        scale = self.vae["scaling_factor"]
        assert isinstance(scale, int | float)  # a field of every published configuration
        return float(scale)


TURBO_VAE: Mapping[str, object] = MappingProxyType(
    {
        "in_channels": 3,
        "out_channels": 3,
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
        "block_out_channels": (128, 256, 512, 512),
        "layers_per_block": 2,
        "act_fn": "silu",
        "latent_channels": 4,
        "norm_num_groups": 32,
        "sample_size": 768,
        "scaling_factor": 0.18215,
        "force_upcast": True,
    }
)


def published() -> Configuration:
    """The size of the published checkpoint on SD-Turbo."""
    from restora.weights.parts import load_manifests

    manifests = load_manifests("restora_dmdiff", PARTS, PREFIXES)
    unet, text = stable_diffusion.UNET, stable_diffusion.TEXT
    return Configuration(manifests=manifests, unet=unet, vae=TURBO_VAE, text=text)
