"""Shorter products are allowed within a block only, whatever was in force before and however it ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from restora.nets.tf32 import _allow, _allowed, tf32_convolutions


@pytest.fixture(params=[True, False])
def before(request: pytest.FixtureRequest) -> Iterator[bool]:
    kept = _allowed()
    _allow(request.param)
    yield request.param
    _allow(kept)


@pytest.mark.parametrize("when", [True, False])
def test_they_are_allowed_within_the_block(before: bool, when: bool) -> None:
    with tf32_convolutions(when=when):
        assert _allowed() is (when or before)
    assert _allowed() is before


def test_a_block_that_fails_leaves_what_was(before: bool) -> None:
    with pytest.raises(ZeroDivisionError), tf32_convolutions(when=True):
        _ = 1 / 0
    assert _allowed() is before


@pytest.mark.skipif(not hasattr(torch.backends.cudnn, "conv"), reason="torch before 2.9 has another name")
def test_it_is_the_switch_that_torch_reads(before: bool) -> None:
    assert torch.backends.cudnn.conv.fp32_precision == ("tf32" if before else "ieee")
