"""A typed prompt as ids of CLIP's vocabulary."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from restora.errors import ParameterError, WeightsFormatError
from restora.nets.clip_text import BEGIN, END, LENGTH

PADDING = 0
"""The id that fills the rest: "!" in the vocabularies of Stable Diffusion 2."""


def framed(words: Sequence[int], param_id: str) -> Tensor:
    """Ids 1 x 77 of a text's words, opened, closed and filled.

    Raises ParameterError, naming the parameter, for a text that is too long.
    """
    if len(words) > LENGTH - 2:
        raise ParameterError(param_id, f"has {len(words)} tokens, at most {LENGTH - 2} can be read")
    return torch.tensor([[BEGIN, *words, END] + [PADDING] * (LENGTH - 2 - len(words))])


def words_of(prompt: str, vocabulary: Path, merges: Path, scratch: Path) -> list[int]:
    """Ids of a prompt's words, without the ones that open and close a text.

    `scratch` is where both files are brought together. Raises WeightsFormatError for other files.
    """
    from transformers import CLIPTokenizer

    folder = scratch / "tokenizer"
    folder.mkdir(exist_ok=True)
    shutil.copyfile(vocabulary, folder / "vocab.json")
    shutil.copyfile(merges, folder / "merges.txt")
    try:
        tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
        ids: list[int] = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    except Exception as error:  # a library of parsers over a file from anywhere can raise anything
        raise WeightsFormatError(
            vocabulary, f"no vocabulary of CLIP can be read from it ({error})"
        ) from error
    if tokenizer.bos_token_id != BEGIN or tokenizer.eos_token_id != END:
        found = tokenizer.eos_token_id
        raise WeightsFormatError(vocabulary, f"not CLIP's vocabulary: its last id is {found}, not {END}")
    return ids
