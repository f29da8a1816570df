"""From a picture laid out in fields to everything that a knob needs, and from there to a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from restora.api import ImageArray
from restora.nets.watching import watched
from restora_dmdiff.degradation import PictureMap
from restora_dmdiff.fields import LATENTS, PIXELS, UNITS, Layout, bell
from restora_dmdiff.net.degradation_map import quantised
from restora_dmdiff.net.generator import Generator
from restora_dmdiff.net.low_rank import Modulated
from restora_dmdiff.net.musiq import Musiq
from restora_dmdiff.net.one_step import enlarged, shrunk
from restora_dmdiff.net.rating import patch_scores

Advance = Callable[[float, float], None]

_ENCODING = 0.3
"""Of the operations of a field: encoding it; the rest is the noise under all texts."""


def planes(picture: ImageArray, device: torch.device) -> Tensor:
    """H x W x C as 1 x C x H x W on the device."""
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1))).to(device)[None]


def rows(picture: Tensor) -> ImageArray:
    """1 x C x H x W as H x W x C in main memory."""
    found: ImageArray = np.ascontiguousarray(picture[0].permute(1, 2, 0).float().cpu().numpy())
    return found


def measured_levels(
    network: Musiq, picture: ImageArray, device: torch.device, advance: Advance
) -> np.ndarray:
    """Levels 0..16 of all parts of a picture in 0..1, whose sides are multiples of 50 pixels."""
    with torch.inference_mode():
        levels = quantised(patch_scores(network, planes(picture, device), advance))
    found: np.ndarray = levels.cpu().numpy()
    return found


def predicted(
    model: Generator,
    layout: Layout,
    values: PictureMap,
    texts: Sequence[Tensor],
    draw: ImageArray | None,
    *,
    samples: int | None,
    advance: Advance,
) -> list[Tensor]:
    """The latent of the whole picture and the noise under each text, 1 x 4 x h x w each, float32.

    Fields overlap under smooth weights. `samples` per field and side reach the network; None means all.
    `draw` is unit noise of the latent's size, None takes the mean. `advance` is called before every layer.
    """
    device = texts[0].device
    sums = [torch.zeros((1, 4, *layout.latents), device=device) for _ in range(len(texts) + 1)]
    weight_sum = torch.zeros(layout.latents, device=device)
    weight = torch.from_numpy(bell(UNITS * LATENTS)).to(device)
    with torch.inference_mode():
        for done, field in enumerate(layout.fields):
            content = planes(layout.cut(field), device)
            content = content if samples is None else shrunk(content, samples)
            down, across = field.latents
            noise = None if draw is None else torch.from_numpy(draw)[None, :, down, across].to(device)
            maps = torch.from_numpy(np.array(values.of(field)))[None].to(device)
            within = partial(_within, advance, done, len(layout.fields))
            with watched(model.vae.encoder, partial(within, 0.0, _ENCODING), (Modulated,)):
                latent = model.encode(enlarged(content, UNITS * PIXELS), maps, noise)
            with watched(model.unet, partial(within, _ENCODING, 1.0), (Modulated,)):
                parts = [latent, *model.noises(latent, maps, texts)]
            if len(layout.fields) == 1:
                return parts
            for total, part in zip(sums, parts, strict=True):
                total[:, :, down, across] += weight * part
            weight_sum[down, across] += weight
    return [total / weight_sum for total in sums]


def _within(
    advance: Advance, field: int, fields: int, start: float, stop: float, done: float, total: float
) -> None:
    """Report a part of a part of one field."""
    advance(field + start + (stop - start) * done / max(total, 1), fields)
