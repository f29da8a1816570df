"""The networks of one loaded method: brought from their files when they are first needed, and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from restora.api import Context
from restora.nets.clip_text import embed
from restora.nets.latent_vae import LatentVae
from restora.weights.parts import GivenFiles
from restora_gqir.configuration import Configuration
from restora_gqir.families import Family
from restora_gqir.net.burst import FlowMode, Fuser
from restora_gqir.net.fusion import FusionViT
from restora_gqir.net.loading import Loader
from restora_gqir.net.one_step import Generator, decode, encode, published_alpha
from restora_gqir.net.prompt import prompt_ids

T = TypeVar("T")
Check = Callable[[], None]

_UNET, _TEXT, _RAFT, _TOKENS, _MERGES = "base-unet", "base-text", "raft", "base-vocabulary", "base-merges"
_GREY_RATE = 0.193
"""Share of detections behind mid grey (sRGB 0.5) at a peak of one photon per frame."""


class Networks:
    """Parts for whichever family a request names; a part of another family makes room for it.

    Attributes:
        vae_dtype: what the autoencoder computes in.
        dtype: what generator and text model compute in.
    """

    def __init__(
        self,
        files: GivenFiles,
        *,
        configuration: Configuration,
        device: torch.device,
        vae_dtype: torch.dtype,
        dtype: torch.dtype,
    ) -> None:
        self.vae_dtype = vae_dtype
        self.dtype = dtype
        self.device = device
        self._files = files
        self._configuration = configuration
        self._kept: dict[str, tuple[object, object]] = {}

    def check(self, parts: Mapping[str, str]) -> None:
        """Raise WeightsFormatError where a file that is here does not hold its part; `parts` by file id."""
        for file_id, part in parts.items():
            if file_id in self._files:
                self._loader({part: file_id}).check(part)

    def need(self, family: Family, *, unet: bool, fusion: bool) -> None:
        """Raise WeightsMissingError naming every file that is not here."""
        wanted = [family.qvae]
        wanted += [family.lora, _UNET, _TEXT] if unet else []
        wanted += [family.fusion or "", _RAFT] if fusion else []
        self._files.need(*(file_id for file_id in wanted if file_id))

    def tensors(self, parts: Sequence[str]) -> int:
        """How many tensors these parts have together."""
        return sum(len(self._configuration.manifests[part]) for part in parts)

    def vae(self, family: Family, each: Check) -> LatentVae:
        """Stage 1; `each` is called before every tensor that is brought over, here and below."""
        loader = self._loader({"qvae": family.qvae}, each)
        return self._keep("vae", family.qvae, lambda: loader.vae(family.upsampling, self.vae_dtype))

    def generator(
        self, family: Family, context: Context, each: Check, *, strength: float, prompt: str
    ) -> Generator:
        """Stage 2 with its LoRA folded in `strength` times."""
        # First, because the text model is dropped again before the large network comes.
        text = self._keep("text", prompt, lambda: self._embedded(prompt, context.scratch, each))
        loader = self._loader({"unet": _UNET, "lora": family.lora}, each)
        unet: nn.Module = self._keep(
            "unet",
            (family.lora, strength),
            lambda: loader.unet(self.dtype, strength=strength, convert=context.converted),
        )
        return Generator(
            unet=unet,
            text=text,
            alpha=published_alpha(self._configuration.coefficient_step),
            step=self._configuration.step,
            latent_scale=self._configuration.latent_scale,
        )

    def fusion(self, family: Family, each: Check) -> FusionViT:
        """Stage 3."""
        file_id = family.fusion or ""
        loader = self._loader({"fusion": file_id}, each)
        return self._keep("fusion", file_id, loader.fusion)

    def fuser(self, family: Family, mode: FlowMode, each: Check) -> Fuser:
        """Stage 3 with its optical flow."""
        raft = self._keep("raft", _RAFT, self._loader({"raft": _RAFT}, each).raft)
        return Fuser(raft=raft, fusion=self.fusion(family, each), mode=mode)

    def release(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def _embedded(self, prompt: str, scratch: Path, each: Check) -> Tensor:
        if prompt.strip():
            self._files.need(_TOKENS, _MERGES)
        paths = self._files.paths
        ids = prompt_ids(prompt, paths.get(_TOKENS, Path()), paths.get(_MERGES, Path()), scratch)
        model = self._loader({"text": _TEXT}, each).text(self.dtype)
        return embed(model, ids.to(self.device)).clone()

    def _loader(self, parts: Mapping[str, str], each: Check = lambda: None) -> Loader:
        files = {part: self._files.path(file_id) for part, file_id in parts.items()}
        return Loader(configuration=self._configuration, files=files, device=self.device, each=each)

    def _keep(self, slot: str, key: object, make: Callable[[], T]) -> T:
        held = self._kept.get(slot)
        if held is None or held[0] != key:
            self._kept.pop(slot, None)
            del held  # before the next one comes: memory may hold only one of them
            self._kept[slot] = (key, make())
        return self._kept[slot][1]  # type: ignore[return-value]  # it was made under this key


def decoded_grey(vae: LatentVae, family: Family, device: torch.device) -> float:
    """What the decoder makes of an even mid-grey observation: near 0.5, or near 0 where it gives -1..1."""
    share = torch.full((1, 3, 64, 64), _GREY_RATE, device=device)
    if family.is_mosaiced:
        share = share * torch.tensor([0.25, 0.5, 0.25], device=device)[:, None, None]
    return float(decode(vae, encode(vae, share)).mean())
