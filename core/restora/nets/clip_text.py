"""CLIP's text model, built on transformers from checked tensors."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

from restora.errors import WeightsFormatError

_PREFIX = "text_model."
_POSITIONS = "embeddings.position_ids"
BEGIN, END = 49406, 49407
"""Ids that open and close every text in CLIP's vocabulary."""
LENGTH = 77
"""Ids per text."""


def build_text_model(
    tensors: Mapping[str, Tensor], config: Mapping[str, object], *, source: object
) -> nn.Module:
    """The model with its weights, in evaluation mode; names may start with `text_model.`.

    Raises WeightsFormatError, naming `source`, where the tensors do not fit the configuration.
    """
    with torch.device("meta"):
        model: nn.Module = CLIPTextModel(CLIPTextConfig(**config))
    plain = {name.removeprefix(_PREFIX): tensor for name, tensor in tensors.items()}
    has_prefix = next(iter(model.state_dict())).startswith(_PREFIX)
    named = {(_PREFIX if has_prefix else "") + name: t for name, t in plain.items() if name != _POSITIONS}
    try:
        model.load_state_dict(named, assign=True)
    except RuntimeError as error:
        raise WeightsFormatError(source, f"its tensors do not fit the configuration ({error})") from error
    embeddings = model.get_submodule(_PREFIX + "embeddings" if has_prefix else "embeddings")
    # Not part of the files: the positions are counted, and were only sketched on the meta device.
    table = embeddings.get_submodule("position_embedding").get_parameter("weight")
    counted = torch.arange(len(table), device=table.device)[None]
    embeddings.register_buffer("position_ids", counted, persistent=False)
    return model.eval().requires_grad_(requires_grad=False)


def embed(model: nn.Module, ids: Tensor) -> Tensor:
    """The last hidden state after the final norm, B x 77 x width, of ids B x 77; padding is not masked."""
    states: Tensor = model(input_ids=ids.to(next(model.parameters()).device)).last_hidden_state
    return states


def empty_prompt(padding: int) -> Tensor:
    """The ids of a text without words, 1 x 77."""
    return torch.tensor([[BEGIN, END] + [padding] * (LENGTH - 2)])
