"""How exactly a graphics card multiplies float32: with all 23 bits, or for a while with ten (TF32)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


def keep_float32_whole() -> None:
    """By itself torch rounds what it convolves to ten bits on a card; what is called fp32 shall be it."""
    _allow(False)
    if hasattr(torch.backends.cudnn, "conv"):
        torch.backends.cuda.matmul.fp32_precision = "ieee"
    else:
        torch.backends.cuda.matmul.allow_tf32 = False


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
    if hasattr(cudnn, "conv"):  # from torch 2.9 on, which does not bear the older names beside these
        return bool(cudnn.conv.fp32_precision == "tf32")
    return bool(cudnn.allow_tf32)


def _allow(allowed: bool) -> None:  # it is what the function sets
    cudnn = torch.backends.cudnn
    if hasattr(cudnn, "conv"):
        cudnn.conv.fp32_precision = "tf32" if allowed else "ieee"
    else:
        cudnn.allow_tf32 = allowed
