from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from restora.nets.latent_tiles import blended, windows


@settings(deadline=None, max_examples=30, derandomize=True)
@given(height=st.integers(1, 70), width=st.integers(1, 70), side=st.integers(2, 24))
def test_windows_cover_every_latent_and_stay_inside(height: int, width: int, side: int) -> None:
    seen = torch.zeros(height, width)
    for part in windows(height, width, side=side, stride=max(1, side // 2)):
        assert 0 <= part.top < part.bottom <= height
        assert 0 <= part.left < part.right <= width
        seen[part.top : part.bottom, part.left : part.right] += 1
    assert seen.min() >= 1


@settings(deadline=None, max_examples=15, derandomize=True)
@given(height=st.integers(1, 40), width=st.integers(1, 40))
def test_a_pointwise_function_is_the_same_in_windows(height: int, width: int) -> None:
    x = torch.rand(1, 2, height, width)
    torch.testing.assert_close(blended(x, lambda t: 3 * t + 1, side=16, stride=8), 3 * x + 1)


def test_a_picture_that_fits_one_window_is_computed_as_it_is() -> None:
    x = torch.rand(1, 2, 16, 9)
    assert torch.equal(blended(x, lambda t: t.roll(1, 3), side=16, stride=8), x.roll(1, 3))


def test_every_window_is_counted() -> None:
    seen: list[tuple[int, int]] = []
    blended(torch.rand(1, 1, 24, 24), lambda t: t, side=16, stride=8, each=lambda *step: seen.append(step))
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4)]
