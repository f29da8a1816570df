"""Where the networks of vectors compute: the processor, unless a caller names a card."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_PLACE: ContextVar[str] = ContextVar("restora_vectors_place", default="cpu")


@contextmanager
def computing_on(device: str) -> Iterator[None]:
    """Loaders and inputs that ask `place` within the block are told `device`."""
    kept = _PLACE.set(device)
    try:
        yield
    finally:
        _PLACE.reset(kept)


def place() -> torch.device:
    """The device that networks are to be loaded on now."""
    import torch

    return torch.device(_PLACE.get())


def placed(tensor: Tensor) -> Tensor:
    """The tensor on that device."""
    return tensor.to(place())
