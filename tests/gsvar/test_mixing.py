"""Any mixture of renders with and without a photograph gives what each would give alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from restora_gsvar.net import generating
from restora_gsvar.net.generating import Generated, Sampling
from restora_gsvar.net.rows import Reference, Rows
from restora_gsvar.vectors.checkpoints import Models


@pytest.fixture(scope="module")
def pictures() -> Tensor:
    """Five renders and three photographs, 8 x 3 x 96 x 96."""
    rng = np.random.default_rng(5)
    soft = rng.uniform(-1, 1, (8, 3, 12, 12)).astype(np.float32)
    large = torch.nn.functional.interpolate(torch.from_numpy(soft), size=(96, 96), mode="bicubic")
    rough = torch.from_numpy(rng.standard_normal((8, 3, 96, 96)).astype(np.float32))
    return (large + 0.1 * rough).clamp(-1, 1)


@pytest.fixture(scope="module")
def references(models: Models, pictures: Tensor) -> list[Reference | None]:
    """For the second, third and fifth render."""
    with torch.inference_mode():
        first, second, third = (
            models.codes.reference(one, models.vae.encode(one), models.vae.quantize)
            for one in pictures[5:].split(1)
        )
    return [None, first, second, None, third]


@pytest.fixture(scope="module")
def noise() -> Tensor:
    return torch.randn(11, 5, 36, 8, generator=torch.Generator().manual_seed(3))


def generated(
    models: Models, items: Sequence[int], pictures: Tensor, references: list[Reference | None], noise: Tensor
) -> Generated:
    with torch.inference_mode():
        return models.codes.generate(
            pictures[list(items)],
            [references[item] for item in items],
            models.vae.quantize,
            Sampling(noise=noise[:, list(items)]),
        )


@pytest.mark.parametrize("items", [(0, 1), (1, 0), (1, 2), (0, 3), (0, 1, 2, 3, 4), (4, 3, 1)])
def test_every_item_of_a_batch_is_what_it_is_alone(
    items: tuple[int, ...],
    models: Models,
    pictures: Tensor,
    references: list[Reference | None],
    noise: Tensor,
) -> None:
    together = generated(models, items, pictures, references, noise)
    for place, item in enumerate(items):
        alone = generated(models, (item,), pictures, references, noise)
        for scale, index in enumerate(alone.indices):
            assert torch.equal(together.indices[scale][place], index[0]), (item, scale)
        torch.testing.assert_close(together.latent[place], alone.latent[0], rtol=0, atol=2e-4)


def test_a_render_is_generated_and_never_given_its_own_codes(
    models: Models, pictures: Tensor, references: list[Reference | None], noise: Tensor
) -> None:
    """The research code forces the last half of a batch: single pictures then come out as they went in."""
    found = generated(models, range(5), pictures, references, noise)
    with torch.inference_mode():
        own = models.vae.quantize.encode(models.vae.encode(pictures[:5]))
    for item in range(5):
        same = (found.indices[-1][item] == own.indices[-1][item]).float().mean()
        assert same < 0.5, f"item {item} has {float(same):.0%} of its own codes"


def test_the_view_mask_names_references_only() -> None:
    assert Rows(pairs=2, generated=3).is_reference.tolist() == [False, False, False, True, True]
    assert Rows(pairs=0, generated=1).is_reference.tolist() == [False]


def rows_mixed_up(monkeypatch: pytest.MonkeyPatch, models: Models, pictures: Tensor) -> None:
    """As the research code has it: the last half of the generated rows is overwritten with own codes."""
    chosen = generating._Run._chosen

    def forced(self: Any, hidden: Tensor, scale: int) -> Tensor:
        index = chosen(self, hidden, scale).clone()
        half = (len(index) + 1) // 2
        with torch.inference_mode():
            latent = models.vae.encode(pictures[: len(index)][self.order])
            own = models.vae.quantize.encode(latent).indices[scale]
        index[-half:] = own[-half:]
        return index

    monkeypatch.setattr(generating._Run, "_chosen", forced)


def test_the_research_codes_mix_up_would_be_seen(
    models: Models,
    pictures: Tensor,
    references: list[Reference | None],
    noise: Tensor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows_mixed_up(monkeypatch, models, pictures)
    with pytest.raises(AssertionError):
        test_a_render_is_generated_and_never_given_its_own_codes(models, pictures, references, noise)
    with pytest.raises(AssertionError):
        test_every_item_of_a_batch_is_what_it_is_alone((0, 1), models, pictures, references, noise)


def test_a_photograph_is_read_once_and_nothing_is_predicted_for_it(
    models: Models,
    pictures: Tensor,
    references: list[Reference | None],
    noise: Tensor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoded, headed, refined = [], [], []
    hooks = [
        models.vae.encoder.register_forward_hook(lambda _m, given, _o: encoded.append(len(given[0]))),
        models.codes.transformer.head.register_forward_hook(
            lambda _m, given, _o: headed.append(len(given[0]))
        ),
        models.codes.refiner.net.cond_embed.register_forward_hook(
            lambda _m, given, _o: refined.append(len(given[0]))
        ),
    ]
    try:
        generated(models, (1, 2), pictures, references, noise)
    finally:
        for hook in hooks:
            hook.remove()
    assert encoded == []
    assert set(headed) == {2}
    assert refined == [2 * 36]


def test_the_noise_alone_decides_what_is_random(
    models: Models, pictures: Tensor, references: list[Reference | None], noise: Tensor
) -> None:
    first = generated(models, (1,), pictures, references, noise)
    again = generated(models, (1,), pictures, references, noise)
    other = generated(models, (1,), pictures, references, noise.flip(0))
    assert torch.equal(first.latent, again.latent)
    assert not torch.equal(first.latent, other.latent)
    assert all(torch.equal(a, b) for a, b in zip(first.indices, other.indices, strict=True))
