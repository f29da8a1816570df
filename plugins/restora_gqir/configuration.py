"""What the networks look like: manifests of all files and the numbers that no file holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from restora.nets import stable_diffusion

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


def published() -> Configuration:
    """The size of every published checkpoint."""
    from restora.weights.parts import load_manifests

    manifests = load_manifests("restora_gqir", PARTS, PREFIXES)
    return Configuration(manifests=manifests, unet=stable_diffusion.UNET, text=stable_diffusion.TEXT)
