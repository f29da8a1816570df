from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from restora.errors import BadInputError, WeightsFormatError
from restora.nets.raft import Correlation, build_raft, pixel_grid
from restora.nets.warp import hidden_mask, resized_flow, warped

Filled = Callable[[str], dict[str, torch.Tensor]]


def test_correlations_computed_anew_equal_those_that_were_kept() -> None:
    torch.manual_seed(0)
    first, second = torch.randn(2, 2, 16, 9, 11).unbind()
    there = pixel_grid(first) + 3 * torch.randn(2, 2, 9, 11)
    kept = Correlation(first, second).look_up(there)
    computed = Correlation(first, second, keep_bytes=20_000).look_up(there)
    assert kept.shape == (2, 324, 9, 11)
    torch.testing.assert_close(computed, kept, atol=1e-5, rtol=1e-5)


def test_sizes_that_flow_cannot_take_are_refused(filled: Filled) -> None:
    tensors = {name.removeprefix("module."): t for name, t in filled("raft/manifest.json").items()}
    raft = build_raft(tensors, source="raft")
    for shape in ((1, 3, 56, 64), (1, 3, 64, 70)):
        with pytest.raises(BadInputError, match="flow needs two pictures of one size"):
            raft(torch.zeros(shape), torch.zeros(shape))
    low, fine = raft(torch.zeros(1, 3, 64, 64), torch.zeros(1, 3, 64, 64), iterations=1)
    assert low.shape == (1, 2, 8, 8)
    assert fine.shape == (1, 2, 64, 64)
    with pytest.raises(WeightsFormatError, match="its tensors are not those of RAFT"):
        build_raft({"fnet.conv1.weight": torch.zeros(1)}, source="other")


def test_a_picture_moved_by_whole_pixels_is_found_where_the_flow_points() -> None:
    picture = torch.rand(1, 2, 8, 10)
    flow = torch.zeros(1, 2, 8, 10)
    flow[:, 0], flow[:, 1] = 2, -1
    moved = warped(picture, flow)
    torch.testing.assert_close(moved[:, :, 1:, :8], picture[:, :, :-1, 2:], atol=1e-5, rtol=0)


def test_without_motion_nothing_moves_and_nothing_is_hidden() -> None:
    picture, still = torch.rand(1, 3, 7, 9), torch.zeros(1, 2, 7, 9)
    torch.testing.assert_close(warped(picture, still), picture, atol=1e-5, rtol=0)
    assert hidden_mask(still, still).sum() == 0


def test_a_flow_is_scaled_with_its_grid() -> None:
    flow = torch.ones(1, 2, 16, 32)
    smaller = resized_flow(flow, 2, 8)
    assert torch.equal(smaller[:, 0], torch.full((1, 2, 8), 0.25))
    assert torch.equal(smaller[:, 1], torch.full((1, 2, 8), 0.125))
