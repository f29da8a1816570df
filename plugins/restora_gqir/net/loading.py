"""From published files to networks; every file is checked against its manifest before it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from restora.nets.clip_text import build_text_model
from restora.nets.latent_unet import build_unet
from restora.nets.latent_vae import LatentVae, Upsampling, build_vae
from restora.nets.lora import fold_lora, lora_pairs
from restora.nets.raft import Raft, build_raft
from restora.weights.parts import PartFiles
from restora_gqir.configuration import IGNORED, PREFIXES, Configuration
from restora_gqir.net.fusion import FusionViT, build_fusion

Build = Callable[[], Mapping[str, Tensor]]
Convert = Callable[[str, str, Sequence[Path], Build], dict[str, Tensor]]
"""As `Context.converted`."""


def built_anew(_recipe: str, _version: str, _sources: Sequence[Path], build: Build) -> dict[str, Tensor]:
    """For whoever keeps nothing."""
    return dict(build())


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """Brings parts from their files onto one device."""

    configuration: Configuration
    files: Mapping[str, Path]
    """By part: qvae, unet, lora, text, fusion, raft; only those that are asked for are needed."""
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    each: Callable[[], None] = lambda: None
    """Called before every tensor that is brought over."""

    @property
    def parts(self) -> PartFiles:
        """The files with what they must hold."""
        manifests = self.configuration.manifests
        return PartFiles(files=self.files, manifests=manifests, prefixes=PREFIXES, ignored=IGNORED)

    def check(self, *parts: str) -> None:
        """Raise WeightsFormatError where a file does not hold what its part needs; no tensor is read."""
        self.parts.check(*parts)

    def vae(self, upsampling: Upsampling, dtype: torch.dtype) -> LatentVae:
        """Stage 1."""
        return build_vae(self._placed("qvae", dtype), upsampling=upsampling, source=self.files["qvae"])

    def unet(self, dtype: torch.dtype, *, strength: float = 1.0, convert: Convert = built_anew) -> nn.Module:
        """Stage 2 with `strength` times its LoRA folded in; 0 gives the base model.

        `convert` keeps the published form, full strength, and gives it back the next time.
        """
        self.check("unet", "lora")
        folded = partial(self._folded, dtype, strength)
        if strength == 1:
            tensors = convert("unet-folded", f"1 {dtype}", [self.files["unet"], self.files["lora"]], folded)
            return build_unet(self._copied(tensors), self.configuration.unet, source=self.files["unet"])
        return build_unet(folded(), self.configuration.unet, source=self.files["unet"])

    def _folded(self, dtype: torch.dtype, strength: float) -> dict[str, Tensor]:
        pairs = lora_pairs(self.parts.tensors("lora"), source=self.files["lora"]) if strength else {}
        return fold_lora(
            self.parts.tensors("unet"),
            pairs,
            strength=strength * self.configuration.lora_scale,
            dtype=dtype,
            device=self.device,
            source=self.files["lora"],
            each=self.each,
        )

    def text(self, dtype: torch.dtype) -> nn.Module:
        """The text model that the prompt goes through."""
        placed = self._placed("text", dtype)
        return build_text_model(placed, self.configuration.text, source=self.files["text"])

    def fusion(self) -> FusionViT:
        """Stage 3, always float32."""
        return build_fusion(self._placed("fusion", torch.float32), source=self.files["fusion"])

    def raft(self) -> Raft:
        """Optical flow, always float32."""
        return build_raft(self._placed("raft", torch.float32), source=self.files["raft"])

    def _placed(self, part: str, dtype: torch.dtype) -> dict[str, Tensor]:
        return self.parts.placed(part, self.device, dtype, self.each)

    def _copied(self, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        """On the device and no longer mapped to a file, which could not be replaced as long as they were."""
        copies: dict[str, Tensor] = {}
        for name in list(tensors):
            self.each()
            copies[name] = tensors.pop(name).to(self.device, copy=True)
        return copies
