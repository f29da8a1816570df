"""The networks also in bfloat16, within what its eight bits of precision allow.

A bfloat16 is off by at most 2^-9 of its size. The errors of n roundings in a row add up like a random walk,
to about 2^-9 · √n of the spread of what is computed. The tiny autoencoder rounds after up to 60 layers in a
row, the tiny generator after about 150 (each of its attention blocks counts for about 12), so the expected
error is 2^-9 · √60 = 0.015 and 2^-9 · √150 = 0.024 of the spread. Allowed is twice that for the root mean
square, and no single value may lie farther than ten times that.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from restora_gqir.net.loading import Loader
from restora_gqir.net.one_step import Generator, decode, encode, published_alpha
from restora_gqir.vectors.checkpoints import written_loader

VAE_RMS = 2 * 2**-9 * 60**0.5
UNET_RMS = 2 * 2**-9 * 150**0.5


@pytest.fixture(scope="module")
def loader(vectors_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Loader:
    return written_loader(vectors_folder, tmp_path_factory.mktemp("bf16"), "qvae", "unet", "lora")


def assert_close(found: torch.Tensor, expected: np.ndarray, rms: float) -> None:
    difference = found.float().numpy() - expected
    assert np.sqrt((difference**2).mean()) <= rms * expected.std()
    assert np.abs(difference).max() <= 10 * rms * expected.std()


def test_the_autoencoder_in_bf16(loader: Loader, vectors_folder: Path) -> None:
    vae = loader.vae("bilinear", torch.bfloat16)
    with np.load(vectors_folder / "qvae" / "wide_batch2.npz") as case, torch.inference_mode():
        assert_close(encode(vae, (torch.from_numpy(case["x"]) + 1) / 2), case["z"], VAE_RMS)
        assert_close(decode(vae, torch.from_numpy(case["z"])), case["y_bilinear"], VAE_RMS)


def test_the_generator_in_bf16(loader: Loader, vectors_folder: Path) -> None:
    unet = loader.unet(torch.bfloat16)
    with np.load(vectors_folder / "unet" / "one_step.npz") as case, torch.inference_mode():
        stage2 = Generator(unet=unet, text=torch.from_numpy(case["text_embed"]), alpha=published_alpha(200))
        assert_close(stage2.velocity(torch.from_numpy(case["z_in"])), case["model_output"], UNET_RMS)
        assert_close(stage2(torch.from_numpy(case["z_lq"])), case["z_out"], UNET_RMS)
