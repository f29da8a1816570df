"""The published size: every tensor of the manifests has its place, and a whole run fits its promises."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from restora.data.image import Image
from restora.data.item import Item
from restora.nets import stable_diffusion
from restora.nets.lora import lora_pairs
from restora.testing.bench import Bench
from restora_dmdiff.configuration import PREFIXES, TURBO_VAE, published
from restora_dmdiff.declarations import RESTORE
from restora_dmdiff.net.low_rank import attach
from restora_dmdiff.net.modulation import encoder_rows, unet_rows
from restora_dmdiff.net.musiq import build_musiq
from restora_dmdiff.vectors.checkpoints import write_part
from restora_dmdiff.weights import PARTS

_NEEDED_BYTES = 9e9


def shapes(part: str) -> dict[str, tuple[int, ...]]:
    return {name: spec.shape for name, spec in published().manifests[part].items()}


def of(network: torch.nn.Module, prefix: str = "") -> dict[str, tuple[int, ...]]:
    return {name.removeprefix(prefix): tuple(t.shape) for name, t in network.state_dict().items()}


def test_the_base_models_files_fit_their_configurations() -> None:
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(dict(stable_diffusion.UNET))
        vae = AutoencoderKL.from_config(dict(TURBO_VAE))
        text = CLIPTextModel(CLIPTextConfig(**stable_diffusion.TEXT))
    assert of(unet) == shapes("unet")
    assert of(vae) == shapes("vae")
    assert of(text, "text_model.") == shapes("text")


def test_the_estimators_file_fits_its_network() -> None:
    tensors = {name: torch.empty(shape, device="meta") for name, shape in shapes("musiq").items()}
    network = build_musiq(tensors, heads=published().musiq_heads, source="published")
    assert of(network) == shapes("musiq")


@pytest.mark.parametrize(("net", "rank"), [("unet", 32), ("vae", 16)])
def test_every_branch_of_the_checkpoint_finds_its_layer_and_block(net: str, rank: int) -> None:
    under = f"state_dict_{net}/"
    tensors = {
        name.removeprefix(under): torch.empty(shape, device="meta")
        for name, shape in shapes("checkpoint").items()
        if name.startswith(under) and ".lora_" in name
    }
    pairs = lora_pairs(tensors, source="published")
    assert {pair.down.shape[0] for pair in pairs.values()} == {rank}
    with torch.device("meta"):
        network: Any = (
            UNet2DConditionModel.from_config(dict(stable_diffusion.UNET))
            if net == "unet"
            else AutoencoderKL.from_config(dict(TURBO_VAE))
        )
    rows = (unet_rows if net == "unet" else encoder_rows)(pairs, 4)
    attach(network, pairs, rows, scale=8 / rank, source="published")
    counted = Counter(rows.values())
    if net == "unet":
        assert (sum(counted[row] for row in range(4)), counted[4], counted[9]) == (93, 16, 1)
        assert sum(counted[row] for row in range(5, 9)) == 147
    else:
        assert (len(pairs), counted[5]) == (31, 2)


@pytest.mark.slow
@pytest.mark.skipif(psutil.virtual_memory().available < _NEEDED_BYTES, reason="needs 9 GB of free memory")
def test_a_restoration_of_full_size_and_a_move_of_its_knob(tmp_path: Path, photograph: Any) -> None:
    weights = {}
    for file_id, part in PARTS.items():
        prefix = PREFIXES.get(part, "")
        manifest: dict[str, object] = {
            prefix + name: {"shape": list(shape), "dtype": "float32"} for name, shape in shapes(part).items()
        }
        if part == "checkpoint":
            manifest |= {
                f"rank_{net}": {"shape": [], "dtype": "int64", "value": rank}
                for net, rank in (("unet", 32), ("vae", 16))
            }
        weights[file_id] = write_part(part, manifest, tmp_path)
    bench = Bench(RESTORE, weights, tmp_path)
    item = photograph(400, 400)
    params = {"gain": 0.02}  # trained modulations start near zero, filled ones explode under real maps
    first, full = timed(bench, item, params)
    moved, move = timed(bench, item, {**params, "alpha": 0.2})
    assert first.pixels.shape == (512, 512, 3)
    assert np.abs(first.pixels - moved.pixels).max() > 1e-3
    assert move <= 0.5 * full


def timed(bench: Bench, item: Item, params: dict[str, object]) -> tuple[Image, float]:
    began = time.perf_counter()
    image = bench.run(item, params=params).image
    return image, time.perf_counter() - began
