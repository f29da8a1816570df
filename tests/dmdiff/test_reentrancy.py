"""Nothing about a picture stays on the network: batches and threads do not see each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from restora_dmdiff.net import decoding
from restora_dmdiff.net.generator import Generator
from restora_dmdiff.net.loading import Loader


@pytest.fixture(scope="module")
def model(tiny: Any, files: dict[str, Path]) -> Generator:
    return Loader(configuration=tiny, files=files).generator(torch.float32)


@pytest.fixture(scope="module")
def pictures() -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
    """Two pictures, their maps, their draws, and two texts."""
    rng = np.random.default_rng(4)
    found = [
        rng.uniform(-1, 1, (2, 3, 64, 64)),
        rng.uniform(0, 0.6, (2, 7, 7)),
        rng.standard_normal((2, 4, 8, 8)),
    ]
    texts = [torch.from_numpy(rng.standard_normal((77, 24)).astype(np.float32)) for _ in range(2)]
    images, maps, draws = (torch.from_numpy(array.astype(np.float32)) for array in found)
    return images, maps, draws, texts


def restored(model: Generator, images: Tensor, maps: Tensor, draws: Tensor, texts: list[Tensor]) -> Tensor:
    with torch.inference_mode():
        latent = model.encode(images, maps, draws)
        return torch.stack([model.step.clean(latent, noise) for noise in model.noises(latent, maps, texts)])


def test_a_batch_of_two_pictures_equals_two_single_runs(
    model: Generator, pictures: tuple[Tensor, Tensor, Tensor, list[Tensor]]
) -> None:
    images, maps, draws, texts = pictures
    together = restored(model, images, maps, draws, texts)
    for index in range(2):
        part = slice(index, index + 1)
        alone = restored(model, images[part], maps[part], draws[part], texts)
        largest = float(alone.abs().max())
        assert float((together[:, part] - alone).abs().max()) < 1e-4 * largest
    swapped = restored(model, images, maps.flip(0), draws, texts)
    assert float((together - swapped).abs().max()) > 1e-2


def test_two_threads_do_not_disturb_each_other(
    model: Generator, pictures: tuple[Tensor, Tensor, Tensor, list[Tensor]]
) -> None:
    images, maps, draws, texts = pictures
    parts = [slice(index, index + 1) for index in range(2)]
    barrier = Barrier(2)

    def work(index: int) -> list[Tensor]:
        part, found = parts[index], []
        for _ in range(4):
            barrier.wait()
            found.append(restored(model, images[part], maps[part], draws[part], texts))
        return found

    def by_itself(index: int) -> Tensor:
        part = parts[index]
        return restored(model, images[part], maps[part], draws[part], texts)

    # Asking tells a new thread how many cores share a sum; its last digits depend on that.
    with ThreadPoolExecutor(1, initializer=torch.get_num_threads) as pool:
        alone = list(pool.map(by_itself, range(2)))
    with ThreadPoolExecutor(2, initializer=torch.get_num_threads) as pool:
        for index, rounds in enumerate(pool.map(work, range(2))):
            assert all(torch.equal(found, alone[index]) for found in rounds)


def test_half_precision_stays_within_the_vectors_tolerance(
    tiny: Any, files: dict[str, Path], model: Generator, pictures: tuple[Tensor, Tensor, Tensor, list[Tensor]]
) -> None:
    images, maps, draws, texts = pictures
    half = Loader(configuration=tiny, files=files).generator(torch.float16)
    assert next(half.unet.parameters()).dtype is torch.float16
    assert next(half.vae.parameters()).dtype is torch.float32
    with torch.inference_mode():
        latent = model.encode(images[:1], maps[:1], draws[:1])
        for full, rounded in zip(
            model.noises(latent, maps[:1], texts), half.noises(latent, maps[:1], texts), strict=True
        ):
            assert rounded.dtype is torch.float32
            assert float((full - rounded).abs().max()) < 1e-2 * float(full.abs().max())


def test_a_large_picture_decoded_in_strips_equals_the_whole(
    model: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    latents = torch.randn(1, 4, 12, 20, generator=torch.Generator().manual_seed(7))
    looked_up: list[float] = []
    with torch.inference_mode():
        whole = model.decoded(latents)
        monkeypatch.setattr(decoding, "DIRECT", 4)
        strips = model.decoded(latents, lambda done, _total: looked_up.append(done))
    assert len(looked_up) > 10
    assert float((whole - strips).abs().max()) < 1e-4 * float(whole.abs().max())
