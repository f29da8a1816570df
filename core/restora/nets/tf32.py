"""Ten bits instead of 23 in the products of float32 convolutions on graphics cards, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def tf32_convolutions(*, when: bool) -> Iterator[None]:
    """Within the block, float32 convolutions of a card may use TF32, if `when`; the processor never does.

    For parts that stay float32 beside networks of a shorter type: they keep more bits than those even so, are
    several times as fast, and cuDNN finds ways that need no gigabytes beside the pictures.
    """
    before = _allowed()
    _allow(when or before)
    try:
        yield
    finally:
        _allow(before)


def _allowed() -> bool:
    cudnn = torch.backends.cudnn
    if hasattr(cudnn, "conv"):  # from torch 2.9 on, which warns of the older name
        return bool(cudnn.conv.fp32_precision == "tf32")
    return bool(cudnn.allow_tf32)


def _allow(allowed: bool) -> None:  # it is what the function sets
    cudnn = torch.backends.cudnn
    if hasattr(cudnn, "conv"):
        cudnn.conv.fp32_precision = "tf32" if allowed else "ieee"
    else:
        cudnn.allow_tf32 = allowed
