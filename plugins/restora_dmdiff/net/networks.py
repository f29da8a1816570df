"""What one loaded method holds on its device."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from restora.nets.clip_prompt import framed, words_of
from restora.nets.clip_text import embed
from restora.nets.watching import Tell
from restora.weights.parts import GivenFiles
from restora_dmdiff.configuration import Configuration
from restora_dmdiff.net.loading import Loader
from restora_dmdiff.net.musiq import Musiq
from restora_dmdiff.prompts import IDS
from restora_dmdiff.weights import PARTS

_BROUGHT = ("text", "unet", "vae")
"""Parts whose tensors take the time of loading."""
_VOCABULARY, _MERGES = "base-vocabulary", "base-merges"


class Networks:
    """The generator, the texts it was asked for so far, and the estimator once it is needed."""

    def __init__(
        self,
        files: GivenFiles,
        *,
        configuration: Configuration,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self.device = device
        self._files = files
        self._dtype = dtype
        parts = {part: files.path(file_id) for file_id, part in PARTS.items() if file_id in files}
        self._loader = Loader(configuration=configuration, files=parts, device=device)
        self._loader.check(*parts)
        self._texts: dict[str, Tensor] = {}
        self._musiq: Musiq | None = None

    def prepare(self, prompts: Mapping[str, str], scratch: Path, tell: Tell) -> None:
        """Bring the texts, then the generator; the text model makes room for the large network.

        `tell` is called before every tensor that is brought over.
        """
        total = sum(len(self._loader.configuration.manifests[part]) for part in _BROUGHT)
        done = itertools.count()
        self._loader = replace(self._loader, each=lambda: tell(min(next(done), total), total))
        self.texts(prompts, scratch)
        self.generator = self._loader.generator(self._dtype)
        self._loader = replace(self._loader, each=_unwatched)

    def texts(self, prompts: Mapping[str, str], scratch: Path) -> list[Tensor]:
        """Embedded prompts, 77 x width each, of the texts by the parameter they come from.

        Raises ParameterError for a text that is too long, WeightsMissingError where it needs the vocabulary.
        """
        ids = {text: self._ids(text, param_id, scratch) for param_id, text in prompts.items()}
        missing = [text for text in ids if text not in self._texts]
        if missing:
            model = self._loader.text(torch.float32)
            with torch.inference_mode():
                self._texts |= {text: embed(model, ids[text])[0].clone() for text in missing}
        return [self._texts[text] for text in prompts.values()]

    def musiq(self) -> Musiq:
        """The estimator; raises WeightsMissingError where its file is not here."""
        if self._musiq is None:
            self._files.need("musiq")
            self._musiq = self._loader.musiq()
        return self._musiq

    def _ids(self, text: str, param_id: str, scratch: Path) -> Tensor:
        if text in IDS or not text.strip():
            return framed(IDS.get(text, ()), param_id)
        self._files.need(_VOCABULARY, _MERGES)
        words = words_of(text, self._files.path(_VOCABULARY), self._files.path(_MERGES), scratch)
        return framed(words, param_id)


def _unwatched() -> None:
    """Nobody waits for a single text or for the estimator."""
