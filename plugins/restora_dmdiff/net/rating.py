"""Scores of all parts of a picture, by a network that rates pictures."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from restora.nets.watching import Tell, watched
from restora_dmdiff.net.degradation_map import PATCH, STEP, patch_places
from restora_dmdiff.net.musiq import Musiq

_AT_ONCE = 7
"""Parts per call: each has 209 tokens of 32 x 32 pixels, which take 60 MiB inside the network."""


def patch_scores(network: Musiq, picture: Tensor, tell: Tell = lambda _done, _total: None) -> Tensor:
    """Scores, rows x columns of parts, of a picture 1 x 3 x H x W in 0..1 of at least 100 x 100 pixels.

    `tell` is called before every layer with the number of parts rated and their count.
    """
    height, width = picture.shape[2:]
    places = patch_places(height, width)
    scores = []
    for start in range(0, len(places), _AT_ONCE):
        parts = [
            picture[0, :, top : top + PATCH, left : left + PATCH]
            for top, left in places[start : start + _AT_ONCE]
        ]
        with watched(network, partial(_within, tell, start, len(parts), len(places))):
            scores.append(network(torch.stack(parts))[:, 0])
    return torch.cat(scores).reshape(-1, (width - PATCH) // STEP + 1)


def _within(tell: Tell, start: int, parts: int, places: int, done: float, total: float) -> None:
    """Report from inside the call that rates so many parts from `start` on."""
    tell(start + parts * done / max(total, 1), places)
