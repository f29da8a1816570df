"""A typed prompt as ids of CLIP's vocabulary."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from torch import Tensor

from restora.errors import ParameterError, WeightsFormatError
from restora.nets.clip_text import BEGIN, END, LENGTH, empty_prompt

PADDING = 0
"""The id that fills the rest: "!" in the vocabularies of Stable Diffusion 2."""


def prompt_ids(prompt: str, vocabulary: Path, merges: Path, scratch: Path) -> Tensor:
    """Ids 1 x 77 of a prompt; an empty one needs no files.

    `scratch` is where both files are brought together. Raises ParameterError for a prompt that is too long,
    WeightsFormatError where the files are no vocabulary.
    """
    if not prompt.strip():
        return empty_prompt(PADDING)
    ids = _words(prompt, _tokenizer_folder(vocabulary, merges, scratch), vocabulary)
    if len(ids) > LENGTH - 2:
        raise ParameterError("prompt", f"has {len(ids)} tokens, at most {LENGTH - 2} can be read")
    return torch.tensor([[BEGIN, *ids, END] + [PADDING] * (LENGTH - 2 - len(ids))])


def _words(prompt: str, folder: Path, source: Path) -> list[int]:
    from transformers import CLIPTokenizer

    try:
        tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
        ids: list[int] = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    except Exception as error:  # a library of parsers over a file from anywhere can raise anything
        raise WeightsFormatError(source, f"no vocabulary of CLIP can be read from it ({error})") from error
    if tokenizer.bos_token_id != BEGIN or tokenizer.eos_token_id != END:
        raise WeightsFormatError(
            source, f"not CLIP's vocabulary: its last id is {tokenizer.eos_token_id}, not {END}"
        )
    return ids


def _tokenizer_folder(vocabulary: Path, merges: Path, scratch: Path) -> Path:
    folder = scratch / "tokenizer"
    folder.mkdir(exist_ok=True)
    shutil.copyfile(vocabulary, folder / "vocab.json")
    shutil.copyfile(merges, folder / "merges.txt")
    return folder
