"""What a graphics card would compute in half precision, tried on the CPU, which never takes it by itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from restora_gsvar.configuration import Configuration
from restora_gsvar.net.generating import Sampling
from restora_gsvar.net.loading import Loader
from restora_gsvar.vectors.checkpoints import Models


def test_half_precision_runs_through_and_stays_near(
    tiny: Configuration, files: Mapping[str, Path], models: Models
) -> None:
    loader, path = Loader(configuration=tiny), files["paired-bridge"]
    vae = loader.autoencoder(path, torch.bfloat16, with_bridge=True)
    model = loader.code_model(path, torch.bfloat16)
    soft = torch.rand(2, 3, 12, 12, generator=torch.Generator().manual_seed(4)) * 2 - 1
    pictures = torch.nn.functional.interpolate(soft, size=(96, 96), mode="bicubic").clamp(-1, 1)
    render, photo = pictures.split(1)
    noise = torch.randn(11, 1, 36, 8, generator=torch.Generator().manual_seed(5))
    with torch.inference_mode():
        latents = []
        for network, codes in ((models.vae, models.codes), (vae, model)):
            reference = codes.reference(photo, network.encode(photo), network.quantize)
            made = codes.generate(render, [reference], network.quantize, Sampling(noise=noise))
            latents.append(made)
        exact, rounded = latents
        # A rounding may flip a code, and all finer ones with it: only the first scale can be compared.
        assert torch.equal(exact.indices[0], rounded.indices[0])
        assert rounded.latent.dtype is torch.float32
        full = models.vae.decode(exact.latent, render, models.vae.features(render))
        half = vae.decode(exact.latent, render, vae.features(render))
    assert half.dtype is torch.float32
    assert float((full - half).abs().mean()) < 0.02 * float(full.abs().max())
