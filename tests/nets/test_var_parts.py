"""What VAR and its descendants share, and colours taken over by statistics."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from restora.nets.colour_fix import statistics_colour_fix
from restora.nets.latent_blocks import Blocks, in_blocks
from restora.nets.nucleus import drawn, filtered
from restora.nets.scale_quantiser import ScaleQuantiser, phi_indices


def test_statistics_are_taken_over_whatever_the_size() -> None:
    rng = np.random.default_rng(0)
    content, colours = rng.random((8, 9, 3)).astype(np.float32), rng.random((5, 4, 3)).astype(np.float32)
    fixed = statistics_colour_fix(content, colours)
    assert_allclose(fixed.mean(axis=(0, 1)), colours.mean(axis=(0, 1)), atol=1e-5)
    assert_allclose(fixed.std(axis=(0, 1), ddof=1), colours.std(axis=(0, 1), ddof=1), rtol=1e-3)
    single = statistics_colour_fix(content[:1, :1], colours[:1, :1])
    assert_allclose(single, colours[:1, :1], atol=1e-6)


@pytest.mark.parametrize("refines_last", [False, True])
def test_codes_add_up_to_the_latent_as_well_as_the_codebook_allows(refines_last: bool) -> None:
    torch.manual_seed(1)
    quantiser = ScaleQuantiser(codes=64, channels=4, sides=(1, 2, 4, 8), refines_last=refines_last).eval()
    latent = torch.randn(2, 4, 8, 8)
    with torch.inference_mode():
        codes = quantiser.encode(latent)
        again = sum(quantiser.step(scale, index) for scale, index in enumerate(codes.indices))
        apart = [quantiser.encode(one).indices[-1] for one in latent.split(1)]
    torch.testing.assert_close(again, codes.sums[-1])
    assert torch.equal(codes.indices[-1], torch.cat(apart))
    assert [tuple(index.shape) for index in codes.indices] == [(2, 1), (2, 4), (2, 16), (2, 64)]


def test_the_published_lists_of_shared_convolutions() -> None:
    assert phi_indices(10) == (0, 0, 1, 1, 1, 2, 2, 3, 3, 3)
    assert phi_indices(5) == (0, 1, 2, 2, 3)
    assert phi_indices(1) == (0,)


def test_drawing_follows_the_probabilities_and_never_leaves_what_is_left() -> None:
    logits = torch.log(torch.tensor([0.5, 0.3, 0.15, 0.05])).expand(20_000, 4)
    chance = torch.randn(20_000, generator=torch.Generator().manual_seed(0))
    shares = torch.bincount(drawn(logits, chance), minlength=4) / 20_000
    assert_allclose(shares, [0.5, 0.3, 0.15, 0.05], atol=0.015)
    few = drawn(filtered(logits, top_k=2, top_p=0.0), chance)
    assert set(few.tolist()) == {0, 1}
    assert set(drawn(filtered(logits, top_k=0, top_p=0.4), chance).tolist()) == {0}


def test_extreme_chance_still_gives_an_index() -> None:
    logits = torch.zeros(2, 3)
    assert drawn(logits, torch.tensor([-40.0, 40.0])).tolist() == [0, 2]


@pytest.mark.parametrize(("height", "width"), [(10, 40), (33, 7), (9, 9)])
def test_blocks_that_agree_inside_join_to_the_whole(height: int, width: int) -> None:
    latent = torch.rand(1, 2, height, width)
    blocks = Blocks(side=12, margin=2, feather=3)

    def compute(rows: slice, columns: slice) -> torch.Tensor:
        pixels = latent[:, :, rows, columns].repeat_interleave(2, 2).repeat_interleave(2, 3).clone()
        if rows.start > 0:
            pixels[:, :, 0] = 99
        if columns.stop < width:
            pixels[:, :, :, -1] = 99
        return pixels

    whole = latent.repeat_interleave(2, 2).repeat_interleave(2, 3)
    torch.testing.assert_close(in_blocks(height, width, compute, factor=2, blocks=blocks), whole)
