"""What is recorded on a graphics card, tried with a recorder that repeats the work instead of its kernels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor

from restora_gsvar.configuration import Configuration
from restora_gsvar.net.generating import Generated, Sampling
from restora_gsvar.net.loading import Loader
from restora_gsvar.net.passing import Passing, Work
from restora_gsvar.net.recordings import Recordings, Replay
from restora_gsvar.net.rows import Reference
from restora_gsvar.vectors.checkpoints import Models

Given = tuple[Tensor, ...]


@dataclass
class Repeating:
    """Like a graph: everything stays where it was recorded, and only values change."""

    fails: bool = False
    recorded: int = 0
    replayed: int = 0

    def __call__(self, work: Work, given: Given) -> Replay:
        if self.fails:
            raise RuntimeError("operation not permitted when stream is capturing\nmore of it")
        self.recorded += 1
        held = tuple(part.clone() for part in given)

        def replay(given: Given) -> Tensor:
            self.replayed += 1
            for mine, theirs in zip(held, given, strict=True):
                mine.copy_(theirs)
            return work(held, lambda: None)

        return replay


@pytest.fixture
def recorder() -> Repeating:
    return Repeating()


@pytest.fixture
def recordings(recorder: Repeating) -> Recordings:
    return Recordings(recorder=lambda _device: recorder)


Make = Callable[..., Generated]


@pytest.fixture
def make(models: Models, recordings: Recordings) -> Make:
    """Generates the `seed`-th picture, `count` at once, with a photograph or without."""

    def made(seed: int, *, count: int = 1, paired: bool = True, plain: bool = False) -> Generated:
        chance = torch.Generator().manual_seed(seed)
        pictures = torch.rand(count + 1, 3, 96, 96, generator=chance) * 2 - 1
        noise = torch.randn(11, count, 36, 8, generator=chance)
        with torch.inference_mode():
            photo = pictures[count:]
            reference: Reference | None = None
            if paired:
                reference = models.codes.reference(photo, models.vae.encode(photo), models.vae.quantize)
            return models.codes.generate(
                pictures[:count],
                [reference] * count,
                models.vae.quantize,
                Sampling(noise=noise),
                passes=Passing if plain else recordings.passing,
            )

    return made


def test_recorded_work_gives_what_single_steps_give(make: Make, recorder: Repeating) -> None:
    for seed in range(3):
        recorded, plain = make(seed), make(seed, plain=True)
        assert torch.equal(recorded.latent, plain.latent)
        assert all(torch.equal(a, b) for a, b in zip(recorded.indices, plain.indices, strict=True))
    assert recorder.recorded > 0
    assert recorder.replayed == 2 * recorder.recorded  # not in the first run, then in both


def test_the_first_run_of_a_composition_records_nothing(make: Make, recorder: Repeating) -> None:
    make(0)
    make(0, count=2)
    make(0, paired=False)
    assert recorder.recorded == 0


def test_every_scale_between_first_and_last_and_the_refiner_are_recorded_once(
    make: Make, recorder: Repeating, models: Models
) -> None:
    for seed in range(3):
        make(seed)
    assert recorder.recorded == len(models.configuration.sides) - 2 + 1


def test_two_compositions_stay_known_and_the_oldest_makes_room(make: Make, recorder: Repeating) -> None:
    for _ in range(2):
        make(0)
        make(0, count=2)
    known = recorder.recorded
    make(0)
    make(0, count=2)
    assert recorder.recorded == known
    make(0, paired=False)  # the third
    make(0)
    assert recorder.recorded == known
    make(0)
    assert recorder.recorded > known


def test_where_recording_fails_all_goes_on_step_by_step_and_the_reason_is_told_once(
    make: Make, recorder: Repeating, recordings: Recordings
) -> None:
    recorder.fails = True
    make(0)
    assert recordings.news() == ""
    assert torch.equal(make(1).latent, make(1, plain=True).latent)
    told = recordings.news()
    assert "operation not permitted when stream is capturing" in told
    assert "more of it" not in told
    assert recordings.news() == ""


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_recorded_kernels_of_a_card_give_what_single_steps_give(
    dtype: torch.dtype, tiny: Configuration, files: Mapping[str, Path]
) -> None:
    device = torch.device("cuda")
    loader, path = Loader(configuration=tiny, device=device), files["paired-bridge"]
    vae = loader.autoencoder(path, dtype, with_bridge=False)
    model = loader.code_model(path, dtype)
    recordings = Recordings()
    chance = torch.Generator().manual_seed(1)
    for _ in range(3):
        pictures = (torch.rand(2, 3, 96, 96, generator=chance) * 2 - 1).to(device)
        noise = torch.randn(11, 1, 36, 8, generator=chance).to(device)
        with torch.inference_mode():
            render, photo = pictures.split(1)
            known = [model.reference(photo, vae.encode(photo), vae.quantize)]
            recorded, plain = (
                model.generate(render, known, vae.quantize, Sampling(noise=noise), passes=passes)
                for passes in (recordings.passing, Passing)
            )
        assert torch.equal(recorded.latent, plain.latent)
    assert recordings.refusal == ""
