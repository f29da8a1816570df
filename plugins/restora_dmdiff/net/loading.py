"""From published files to networks; every file is checked against its manifest before it is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn

from restora.errors import WeightsFormatError
from restora.nets.clip_text import build_text_model
from restora.nets.latent_unet import build_unet
from restora.nets.latent_vae import LatentVae, VaeShape
from restora.nets.lora import lora_pairs
from restora.nets.schedule import scaled_linear_alphas
from restora.weights.containers import read_tensors
from restora.weights.parts import PartFiles
from restora_dmdiff.configuration import IGNORED, PREFIXES, Configuration
from restora_dmdiff.net.generator import Generator
from restora_dmdiff.net.low_rank import attach
from restora_dmdiff.net.modulation import Modulator, encoder_rows, modulator_from, unet_rows
from restora_dmdiff.net.musiq import Musiq, build_musiq
from restora_dmdiff.net.one_step import Step

_UNET, _VAE = "state_dict_unet/", "state_dict_vae/"
_RETRAINED = "conv_in."
"""What the checkpoint replaces in the base model instead of correcting it."""
_OLD_ATTENTION = (
    (re.compile(r"(\.attentions\.\d+)\.query\."), r"\1.to_q."),
    (re.compile(r"(\.attentions\.\d+)\.key\."), r"\1.to_k."),
    (re.compile(r"(\.attentions\.\d+)\.value\."), r"\1.to_v."),
    (re.compile(r"(\.attentions\.\d+)\.proj_attn\."), r"\1.to_out.0."),
)
"""Autoencoders saved by early diffusers name their attention so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """Brings parts from their files onto one device."""

    configuration: Configuration
    files: Mapping[str, Path]
    """By part: unet, vae, text, checkpoint, musiq; only those that are asked for are needed."""
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    each: Callable[[], None] = lambda: None
    """Called before every tensor that is brought over."""

    @property
    def parts(self) -> PartFiles:
        """The files with what they must hold."""
        return PartFiles(
            files=self.files,
            manifests=self.configuration.manifests,
            prefixes=PREFIXES,
            ignored=IGNORED,
            renamed={"vae": _new_name},
        )

    def check(self, *parts: str) -> None:
        """Raise WeightsFormatError where a file does not hold what its part needs; no tensor is read."""
        self.parts.check(*parts)

    def unet(self, dtype: torch.dtype) -> nn.Module:
        """The base UNet with the checkpoint's first convolution and its branches."""
        contents = self.parts.contents("checkpoint")
        base, own = self._placed("unet", dtype), self._checkpoint(_UNET)
        for name in [name for name in own if name.startswith(_RETRAINED)]:
            base[name] = own.pop(name).to(self.device, dtype, copy=True)
        network = build_unet(base, self.configuration.unet, source=self.files["unet"])
        rows = partial(unet_rows, levels=_levels(self.configuration.unet))
        self._attach(network, own, rows, contents.values.get("rank_unet"))
        return network

    def vae(self, dtype: torch.dtype) -> LatentVae:
        """The base autoencoder, its encoder with the checkpoint's branches."""
        contents = self.parts.contents("checkpoint")
        vae = self._plain_vae(dtype)
        rows = partial(encoder_rows, levels=_levels(self.configuration.vae))
        self._attach(vae, self._checkpoint(_VAE), rows, contents.values.get("rank_vae"))
        return vae

    def modulator(self) -> Modulator:
        """What turns a map into matrices, always float32."""
        self.check("checkpoint")
        own = self._checkpoint("")
        names = [name for name in own if not name.startswith((_UNET, _VAE))]
        return modulator_from({name: own[name].to(self.device, torch.float32, copy=True) for name in names})

    def generator(self, dtype: torch.dtype) -> Generator:
        """The whole model; the autoencoder stays in float32, because float16 overflows in it."""
        schedule = self.configuration.schedule
        alphas = scaled_linear_alphas(steps=schedule.steps, first=schedule.first, last=schedule.last)
        return Generator(
            unet=self.unet(dtype),
            vae=self.vae(torch.float32),
            modulator=self.modulator(),
            step=Step(alpha_bar=float(alphas[schedule.last_step])),
            last_step=schedule.last_step,
            latent_scale=self.configuration.latent_scale,
        )

    def text(self, dtype: torch.dtype) -> nn.Module:
        """The text model that prompts go through."""
        placed = self._placed("text", dtype)
        return build_text_model(placed, self.configuration.text, source=self.files["text"])

    def musiq(self) -> Musiq:
        """The estimator, always float32: its scores are rounded, and half precision may flip a level."""
        heads = self.configuration.musiq_heads
        return build_musiq(self._placed("musiq", torch.float32), heads=heads, source=self.files["musiq"])

    def _plain_vae(self, dtype: torch.dtype) -> LatentVae:
        config, source = self.configuration.vae, self.files["vae"]
        placed = self._placed("vae", dtype)
        with torch.device("meta"):
            parts: nn.Module = AutoencoderKL.from_config(dict(config))
        try:
            parts.load_state_dict(placed, assign=True)
        except RuntimeError as error:
            raise WeightsFormatError(source, f"its tensors do not fit the configuration ({error})") from error
        shape = VaeShape(
            widths=_whole_numbers(config["block_out_channels"]),
            blocks=_whole_numbers([config["layers_per_block"]])[0],
            latent=placed["post_quant_conv.weight"].shape[0],
            has_quant_convs=True,
        )
        return LatentVae(parts, shape).eval().requires_grad_(requires_grad=False)

    def _checkpoint(self, under: str) -> dict[str, Tensor]:
        return read_tensors(self.files["checkpoint"], under=under)

    def _placed(self, part: str, dtype: torch.dtype) -> dict[str, Tensor]:
        return self.parts.placed(part, self.device, dtype, self.each)

    def _attach(
        self,
        network: nn.Module,
        own: Mapping[str, Tensor],
        rows: Callable[[Iterable[str]], dict[str, int]],
        rank: object,
    ) -> None:
        path = self.files["checkpoint"]
        pairs = lora_pairs(own, source=path)
        ranks = {pair.down.shape[0] for pair in pairs.values()}
        if isinstance(rank, bool) or not isinstance(rank, int) or ranks != {rank}:
            found = " and ".join(str(each) for each in sorted(ranks))
            raise WeightsFormatError(path, f"states the rank {rank!r:.40}, but its branches have {found}")
        attach(network, pairs, rows(pairs), scale=self.configuration.lora_alpha / rank, source=path)


def _levels(config: Mapping[str, object]) -> int:
    return len(_whole_numbers(config["block_out_channels"]))


def _whole_numbers(value: object) -> tuple[int, ...]:
    """A field of a configuration that lists numbers."""
    assert isinstance(value, list | tuple)  # configurations are the plugin's own, or the vectors'
    return tuple(int(number) for number in value)


def _new_name(name: str) -> str:
    for old, new in _OLD_ATTENTION:
        name = old.sub(new, name)
    return name
