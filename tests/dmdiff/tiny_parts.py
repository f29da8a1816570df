"""Every part of DMDiff in the vectors' sizes, in its published container."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from transformers import CLIPTextConfig, CLIPTextModel

from restora.nets import stable_diffusion
from restora.testing.vectors import Case
from restora.weights.manifest import parse_manifest
from restora_dmdiff.configuration import Configuration
from restora_dmdiff.vectors.checkpoints import described, read_manifest, write_part

VECTORS = Path(__file__).parents[1] / "vectors" / "dmdiff"
CASE = Case(root=VECTORS, path=VECTORS / "unet.npz")
TEXT = {
    **stable_diffusion.TEXT,
    "hidden_size": 24,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
}
"""A text model as wide as the vectors' UNet takes it."""
CALM = {"levels": "0.4", "window": "centre"}
"""Filled weights explode under the maps of real photographs; the vectors keep to 0..0.6 as well."""


def manifests() -> Mapping[str, dict[str, object]]:
    """Of all parts, as JSON has them."""
    with torch.device("meta"):
        text = CLIPTextModel(CLIPTextConfig(**TEXT)).state_dict()
    names = {f"text_model.{name.removeprefix('text_model.')}": tensor for name, tensor in text.items()}
    parts = {part: read_manifest(CASE, part) for part in ("unet", "vae", "checkpoint", "musiq")}
    return {
        **parts,
        "text": {name: {"shape": list(t.shape), "dtype": "float32"} for name, t in names.items()},
    }


def configuration(of: Mapping[str, dict[str, object]]) -> Configuration:
    """The vectors' sizes of all networks, with a text model that fits the UNet."""
    parts = described(CASE, "unet", "vae", "checkpoint", "musiq")
    specs = parse_manifest(json.dumps(of["text"]), "text")
    text = {name.removeprefix("text_model."): spec for name, spec in specs.items()}
    return replace(parts, manifests={**parts.manifests, "text": text}, text=TEXT)


def write_files(of: Mapping[str, dict[str, object]], folder: Path) -> Mapping[str, Path]:
    """A tiny file for every part."""
    return {part: write_part(part, manifest, folder) for part, manifest in of.items()}
