"""What both benchmarks of GS-VAR share: weights of the published size, both orders, one pair of pictures."""

from __future__ import annotations

import copy
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from peers.gsvar_published_order import Literal
from torch import Tensor

from restora.testing.fill import fill_tensor
from restora.weights.containers import read_tensors
from restora.weights.specs import TensorSpec
from restora_gsvar.configuration import VAR, Configuration
from restora_gsvar.fitting import Fitted, Fitting
from restora_gsvar.method import SamePixels
from restora_gsvar.net.pictures import Mender, Settings
from restora_gsvar.net.positions import level_mask
from restora_gsvar.vectors.checkpoints import write_checkpoint

T = TypeVar("T")


class Unwatched:
    """Nobody looks on."""

    def check(self) -> None:
        return

    def advance(self, done: float, total: float) -> None:
        del done, total

    def preview(self, pixels: np.ndarray) -> None:
        del pixels

    def note(self, line: str) -> None:
        say(line)


@dataclass
class Pair:
    """A render and a photograph of noise, as large as the network looks at once, and the refiner's noise."""

    configuration: Configuration
    render: np.ndarray = field(init=False)
    photo: np.ndarray = field(init=False)
    field: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        rng, side = np.random.default_rng(0), self.configuration.side
        self.render, self.photo = rng.random((2, 16 * side, 16 * side, 3), np.float32)
        shape = (11, self.configuration.channels, side, side)
        self.field = rng.standard_normal(shape).astype(np.float32)

    def mended(self, mender: Mender, *, bridge: bool) -> np.ndarray:
        """In our order; the photograph is known if it was met before."""
        beside = SamePixels(fitted=self._fitted(self.photo), key="photograph")
        settings = Settings(bridge=bridge)
        return mender.mend(self._fitted(self.render), beside, settings, lambda *_: self.field, Unwatched())

    def published(self, literal: Literal, device: torch.device, *, bridge: bool) -> np.ndarray:
        """In the published one."""
        both = np.stack([self.render, self.photo]).transpose(0, 3, 1, 2).copy()
        signed = torch.from_numpy(both).to(device).mul(2).sub(1)
        noise = torch.from_numpy(self.field).flatten(2).transpose(1, 2).to(device)
        with torch.inference_mode():
            found = literal.run(signed, torch.cat([noise, noise], dim=1), bridge=bridge)
        return found[0].permute(1, 2, 0).float().cpu().numpy()

    def _fitted(self, pixels: np.ndarray) -> Fitted:
        return Fitting(side=self.configuration.side).fitted(pixels)


def written(path: Path, configuration: Configuration) -> Path:
    """The file, as it lies there or filled now."""
    if not path.exists():
        began = time.monotonic()
        parts = {part: filled_part(manifest) for part, manifest in configuration.manifests.items()}
        write_checkpoint(path, parts, "vae_opt")
        say(f"filled: {path.stat().st_size / 2**20:.0f} MiB written in {time.monotonic() - began:.0f} s")
    return path


def filled_part(manifest: dict[str, TensorSpec]) -> dict[str, Tensor]:
    """All tensors; numpy's generators work in several threads at once."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        tensors = pool.map(lambda item: filled(item[0], item[1].shape, item[1].dtype), manifest.items())
        return dict(zip(manifest, tensors, strict=True))


def filled(name: str, shape: tuple[int, ...], dtype: str) -> Tensor:
    """By rule; what the conformance files state, they state so that pictures matter, and so it is here."""
    if name.endswith("scale_mul_1H11"):
        return torch.full(shape, 3.401)
    if dtype != "float32" or name.endswith("zero_k_bias"):
        return torch.zeros(shape, dtype=getattr(torch, dtype))
    return torch.from_numpy(fill_tensor(name, shape))


def published_order(path: Path, mender: Mender, configuration: Configuration) -> Literal:
    """Over the numbers of a mender; convolutions laid out as torch does by itself, and what only it holds."""
    layers = {
        name: tensor.to(mender.device, copy=True)
        for name, tensor in read_tensors(path, under=f"trainer/{VAR}/").items()
        if "ada_lin" in name
    }
    mask = level_mask(configuration.sides, 2).float().to(mender.device)
    vae = copy.deepcopy(mender.vae)
    for layer in vae.modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.weight.data = layer.weight.data.contiguous()
    return Literal(vae, mender.model, layers, mask)


def size_of(network: torch.nn.Module) -> float:
    """MiB."""
    return sum(t.numel() * t.element_size() for t in network.state_dict().values()) / 2**20


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What it gives, and the process's own seconds."""
    began = time.process_time()
    found = work()
    return found, time.process_time() - began


def say(line: str) -> None:
    print(line, flush=True)
