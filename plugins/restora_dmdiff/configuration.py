"""What the networks look like: manifests of all files and the numbers that no file holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

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


TURBO_UNET: Mapping[str, object] = MappingProxyType(
    {
        "sample_size": 64,
        "in_channels": 4,
        "out_channels": 4,
        "center_input_sample": False,
        "flip_sin_to_cos": True,
        "freq_shift": 0,
        "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        "block_out_channels": (320, 640, 1280, 1280),
        "layers_per_block": 2,
        "downsample_padding": 1,
        "mid_block_scale_factor": 1,
        "act_fn": "silu",
        "norm_num_groups": 32,
        "norm_eps": 1e-5,
        "cross_attention_dim": 1024,
        # Diffusers keeps this misleading name: it is the number of heads per level.
        "attention_head_dim": (5, 10, 20, 20),
        "use_linear_projection": True,
        "upcast_attention": None,
    }
)

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

TURBO_TEXT: Mapping[str, object] = MappingProxyType(
    {
        "vocab_size": 49408,
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_hidden_layers": 23,
        "num_attention_heads": 16,
        "max_position_embeddings": 77,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-5,
    }
)


def published() -> Configuration:
    """The size of the published checkpoint on SD-Turbo."""
    from restora.weights.manifest import load_manifest

    manifests = {
        part: {
            name.removeprefix(PREFIXES.get(part, "")): spec
            for name, spec in load_manifest(f"restora_dmdiff:manifests/{part}.json").items()
        }
        for part in PARTS
    }
    return Configuration(manifests=manifests, unet=TURBO_UNET, vae=TURBO_VAE, text=TURBO_TEXT)
