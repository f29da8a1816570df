"""Drawing tokens from the likeliest: greedy, the k best, or those that carry most of the probability."""

from __future__ import annotations

import torch
from torch import Tensor


def filtered(logits: Tensor, *, top_k: int, top_p: float) -> Tensor:
    """... x V with -inf for what is out; 0 switches either rule off.

    First what is below the k-th best goes. Of the rest, sorted upwards, the tail whose cumulative probability
    is at most 1 - p goes. The best always stays.
    """
    if 0 < top_k < logits.shape[-1]:
        least = logits.topk(top_k, dim=-1).values[..., -1:]
        logits = logits.masked_fill(logits < least, -torch.inf)
    if 0 < top_p < 1:
        ascending, order = logits.sort(dim=-1)
        is_out = ascending.softmax(dim=-1).cumsum(dim=-1) <= 1 - top_p
        is_out[..., -1] = False
        logits = logits.masked_fill(is_out.scatter(-1, order, is_out), -torch.inf)
    return logits


def drawn(logits: Tensor, chance: Tensor) -> Tensor:
    """One index per row of ... x V; `chance` is standard normal, one value per row."""
    shares = logits.double().softmax(dim=-1).cumsum(dim=-1)
    place = torch.special.ndtr(chance.double())[..., None] * shares[..., -1:]
    index = torch.searchsorted(shares, place, right=True)[..., 0]
    return index.clamp(max=logits.shape[-1] - 1)
