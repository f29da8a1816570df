"""A typed prompt as ids of CLIP's vocabulary."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from restora.nets.clip_prompt import PADDING, framed, words_of
from restora.nets.clip_text import empty_prompt

__all__ = ["PADDING", "prompt_ids"]


def prompt_ids(prompt: str, vocabulary: Path, merges: Path, scratch: Path) -> Tensor:
    """Ids 1 x 77 of a prompt; an empty one needs no files.

    `scratch` is where both files are brought together. Raises ParameterError for a prompt that is too long,
    WeightsFormatError where the files are no vocabulary.
    """
    if not prompt.strip():
        return empty_prompt(PADDING)
    return framed(words_of(prompt, vocabulary, merges, scratch), "prompt")
