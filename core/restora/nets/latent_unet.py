"""The noise-predicting network of Stable Diffusion, built on diffusers from checked tensors."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from diffusers import UNet2DConditionModel
from torch import Tensor, nn

from restora.errors import WeightsFormatError


def build_unet(tensors: Mapping[str, Tensor], config: Mapping[str, object], *, source: object) -> nn.Module:
    """The network with its weights, in evaluation mode, in the type the tensors have.

    `config` holds the fields of the model's published config.json. Raises WeightsFormatError, naming
    `source`, where the tensors do not fit the configuration.
    """
    with torch.device("meta"):
        unet: nn.Module = UNet2DConditionModel.from_config(dict(config))
    try:
        unet.load_state_dict(dict(tensors), assign=True)
    except RuntimeError as error:
        raise WeightsFormatError(source, f"its tensors do not fit the configuration ({error})") from error
    return unet.eval().requires_grad_(requires_grad=False)


def predict(unet: nn.Module, latents: Tensor, step: int, text: Tensor) -> Tensor:
    """The network's answer for latents B x z x h x w at a step, with text 1 x n x width or B x n x width."""
    batch = latents.shape[0]
    steps = torch.full((batch,), step, device=latents.device, dtype=torch.long)
    answer: Tensor = unet(latents, steps, text.expand(batch, -1, -1), return_dict=False)[0]
    return answer
