"""What the networks look like: manifests of all files and the numbers that no file holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from restora.weights.manifest import Expected

PARTS = ("qvae", "unet", "lora", "text", "fusion", "raft")
"""The files of weights, by what they hold; each has a manifest of that name in `manifests`."""

PREFIXES: Mapping[str, str] = MappingProxyType({"raft": "module.", "text": "text_model."})
"""What all names of a published file begin with."""

IGNORED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"text": ("embeddings.position_ids",), "raft": ("*.num_batches_tracked",)}
)
"""Tensors that may be there or not: counters that nothing depends on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """One size of the networks."""

    manifests: Mapping[str, Expected]
    """By part, under the names of the published files without their prefix."""
    unet: Mapping[str, object]
    """As in the base model's config.json."""
    text: Mapping[str, object]
    lora_scale: float = 1.0
    """Alpha over rank."""
    step: int = 200
    """Where on the noise schedule the generator is called."""
    coefficient_step: int = 200
    """Where on it the coefficients are taken that lead from its answer to the clean latent."""
    latent_scale: float = 0.18215


SD21_UNET: Mapping[str, object] = MappingProxyType(
    {
        "sample_size": 64,
        "in_channels": 4,
        "out_channels": 4,
        "center_input_sample": False,
        "flip_sin_to_cos": True,
        "freq_shift": 0,
        "down_block_types": (
            "CrossAttnDownBlock2D",
            "CrossAttnDownBlock2D",
            "CrossAttnDownBlock2D",
            "DownBlock2D",
        ),
        "up_block_types": (
            "UpBlock2D",
            "CrossAttnUpBlock2D",
            "CrossAttnUpBlock2D",
            "CrossAttnUpBlock2D",
        ),
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
        "dual_cross_attention": False,
        "use_linear_projection": True,
        "only_cross_attention": False,
        "upcast_attention": False,
        "num_class_embeds": None,
    }
)

SD21_TEXT: Mapping[str, object] = MappingProxyType(
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
    """The size of every published checkpoint."""
    from restora.weights.manifest import load_manifest

    manifests = {
        part: {
            name.removeprefix(PREFIXES.get(part, "")): spec
            for name, spec in load_manifest(f"restora_gqir:manifests/{part}.json").items()
        }
        for part in PARTS
    }
    return Configuration(manifests=manifests, unet=SD21_UNET, text=SD21_TEXT)
