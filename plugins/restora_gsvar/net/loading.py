"""From published files to networks; manifests are checked before anything is allocated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path

import torch
import torch.nn.functional as F  # torch's own customary name
from torch import Tensor, nn

from restora.errors import WeightsFormatError
from restora.weights.containers import read_contents, read_tensors
from restora.weights.manifest import check_manifest
from restora.weights.specs import Contents
from restora_gsvar.configuration import BRIDGE, IGNORED, VAE, VAR, Configuration
from restora_gsvar.net.autoencoder import Autoencoder, halve, lay_channels_last
from restora_gsvar.net.generating import CodeModel
from restora_gsvar.net.refiner import Refiner
from restora_gsvar.net.transformer import LARGEST_SCALE, Transformer

_UNDER = "trainer/"


class Training(StrEnum):
    """Which part of a checkpoint was trained last, told by the optimiser that lies beside it."""

    TRANSFORMER = "var_opt"
    """Stage 1: the bridge in the file, if any, was never trained."""
    BRIDGE = "vae_opt"
    """Stage 2."""
    UNKNOWN = ""


def training_of(contents: Contents) -> Training:
    """How far a checkpoint got; a bridge may only be taken from stage 2."""
    names = (*contents.tensors, *contents.values)
    for training in (Training.BRIDGE, Training.TRANSFORMER):
        place = f"{_UNDER}{training}"
        if any(name == place or name.startswith(f"{place}/") for name in names):
            return training
    return Training.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """Brings parts from their files onto one device."""

    configuration: Configuration
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    each: Callable[[], None] = lambda: None
    """Called before every tensor."""

    def check(self, path: Path, *parts: str, with_bridge: bool = False) -> None:
        """Raise WeightsFormatError where a file does not hold what is needed of it; no tensor is read."""
        contents = read_contents(path)
        if not any(name.startswith(_UNDER) for name in contents.tensors):
            problem = "holds no tensors under 'trainer', as the files of GS-VAR and VARSR do"
            raise WeightsFormatError(path, problem)
        if with_bridge:
            _check_stage(path, training_of(contents))
        for part in parts:
            self._check_part(contents, path, part, with_bridge=with_bridge)

    def autoencoder(self, path: Path, dtype: torch.dtype, *, with_bridge: bool) -> Autoencoder:
        """Of any of the files; `dtype` is the decoder's, all else is float32."""
        self.check(path, VAE, with_bridge=with_bridge)
        known = self.configuration.manifests[VAE]
        tensors = {
            name: tensor
            for name, tensor in read_tensors(path, under=f"{_UNDER}{VAE}/").items()
            if name in known and name not in IGNORED[VAE] and (with_bridge or BRIDGE not in name)
        }
        with torch.device("meta"):
            network = Autoencoder(self.configuration, has_bridge=with_bridge)
        placed = {name: self._placed(tensors, name) for name in list(tensors)}
        _assign(network, placed, path)
        if self.device.type == "cpu":
            lay_channels_last(network)
        network.halve_decoder(dtype)
        return network

    def code_model(self, path: Path, dtype: torch.dtype) -> CodeModel:
        """Transformer and refiner; `dtype` is that of all matrices but the head's, all else is float32."""
        self.check(path, VAR)
        tensors = read_tensors(path, under=f"{_UNDER}{VAR}/")
        with torch.device("meta"):
            network = _empty_model(self.configuration)
        _assign(network, self._renamed(tensors, dtype), path)
        network.transformer.place_tables(self.device)
        if self.device.type == "cpu":
            lay_channels_last(network.transformer.condition)
        if dtype is not torch.float32:
            halve(network.transformer.condition, dtype)
            network.refiner.to(dtype)
        return network

    def _check_part(self, contents: Contents, path: Path, part: str, *, with_bridge: bool) -> None:
        expected, ignored = self.configuration.manifests[part], IGNORED[part]
        if part == VAE and not with_bridge:
            expected = {name: spec for name, spec in expected.items() if BRIDGE not in name}
            ignored = (*ignored, f"*{BRIDGE}*")
        expected = {
            name: spec
            for name, spec in expected.items()
            if not any(fnmatchcase(name, pattern) for pattern in ignored)
        }
        check_manifest(contents.tensors, expected, path=path, ignore=ignored, prefix=f"{_UNDER}{part}/")

    def _placed(self, tensors: dict[str, Tensor], name: str, dtype: torch.dtype = torch.float32) -> Tensor:
        """One tensor on the device; a copy, because mapped ones would keep their file from being replaced."""
        self.each()
        return tensors.pop(name).to(self.device, dtype, copy=True)

    def _renamed(self, tensors: dict[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
        """Under the names of our modules, with everything computed that never changes again."""
        classes = F.silu(tensors["class_emb.weight"].to(self.device, torch.float32))
        found: dict[str, Tensor] = {}
        for number in range(self.configuration.depth):
            found |= self._block(tensors, number, classes, dtype)
        found["transformer.head.modulation"] = self._modulation(tensors, "head_nm", classes, 2)
        for old, new in _PREFIXES.items():
            for name in [name for name in tensors if name.startswith(old)]:
                found[new + name.removeprefix(old)] = self._placed(tensors, name)
        return found

    def _block(
        self, tensors: dict[str, Tensor], number: int, classes: Tensor, dtype: torch.dtype
    ) -> dict[str, Tensor]:
        old, new = f"blocks.{number}", f"transformer.blocks.{number}"
        biases = [self._placed(tensors, f"{old}.attn.{sort}_bias") for sort in "qv"]
        sharpness = self._placed(tensors, f"{old}.attn.scale_mul_1H11")[0]
        placed = {
            f"{new}.modulation": self._modulation(tensors, old, classes, 6),
            f"{new}.attn.qkv.weight": self._placed(tensors, f"{old}.attn.mat_qkv.weight", dtype),
            f"{new}.attn.qkv.bias": torch.cat([biases[0], torch.zeros_like(biases[0]), biases[1]]).to(dtype),
            f"{new}.attn.scale": sharpness.clamp(max=LARGEST_SCALE).exp(),
        }
        for name, place in (("attn.proj", "attn.proj"), ("ffn.fc1", "fc1"), ("ffn.fc2", "fc2")):
            for sort in ("weight", "bias"):
                placed[f"{new}.{place}.{sort}"] = self._placed(tensors, f"{old}.{name}.{sort}", dtype)
        return placed

    def _modulation(self, tensors: dict[str, Tensor], name: str, classes: Tensor, parts: int) -> Tensor:
        """What a layer that sees the class alone says of both classes: 2 x parts x C."""
        self.each()
        weight, bias = (
            tensors.pop(f"{name}.ada_lin.1.{sort}").to(self.device, torch.float32)
            for sort in ("weight", "bias")
        )
        return F.linear(classes, weight, bias).unflatten(1, (parts, -1))


_PREFIXES: Mapping[str, str] = {
    "con_embedding.": "transformer.condition.",
    "class_emb.": "transformer.class_emb.",
    "pos_start": "transformer.pos_start",
    "lvl_embed.": "transformer.lvl_embed.",
    "word_embed.": "transformer.word_embed.",
    "head.": "transformer.head.scores.",
    "decoder_norm.": "decoder_norm.",
    "diffloss.net.": "refiner.net.",
}


def _check_stage(path: Path, training: Training) -> None:
    if training is Training.TRANSFORMER:
        problem = "is a checkpoint of stage 1, whose bridge was never trained; expected one of stage 2"
        raise WeightsFormatError(path, problem, advice="Import vae-ckpt-last.pth, or switch the bridge off.")
    if training is Training.UNKNOWN:
        problem = "nothing in it says that its bridge was trained (trainer.vae_opt is missing)"
        raise WeightsFormatError(path, problem, advice="Import vae-ckpt-last.pth, or switch the bridge off.")


def _empty_model(configuration: Configuration) -> CodeModel:
    transformer = Transformer(
        sides=configuration.sides,
        width=configuration.width,
        heads=configuration.heads,
        depth=configuration.depth,
        codes=configuration.codes,
        channels=configuration.channels,
        condition_widths=configuration.condition_widths,
        fused=configuration.fused,
    )
    refiner = Refiner(
        channels=configuration.channels,
        condition=configuration.width,
        width=configuration.refiner_width,
        blocks=configuration.refiner_blocks,
    )
    return CodeModel(transformer, refiner, configuration.width)


def _assign(network: nn.Module, placed: Mapping[str, Tensor], path: Path) -> None:
    try:
        network.load_state_dict(placed, assign=True)
    except RuntimeError as error:
        raise WeightsFormatError(path, f"its tensors do not fit together ({error})") from error
    network.eval().requires_grad_(requires_grad=False)
