"""GS-VAR on the CPU: our order of work against the published one, with the same filled weights of full size.

Run `python benchmarks/bench_gsvar.py [FOLDER]`. Weights are filled by rule into FOLDER (5.1 GB; a temporary
one if none is given) in the published container; the real loader reads them. One render and one photograph of
512 x 512 pixels, float32. Pictures mean nothing, times and memory do. The published order is written here
from its description, for this comparison only: both must give the same picture.
"""

from __future__ import annotations

import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # torch's own customary name
from torch import Tensor

from restora.jobs.devices import CpuDevice, measured
from restora.nets.nucleus import filtered
from restora.testing.fill import fill_tensor
from restora.weights.containers import read_tensors
from restora_gsvar.configuration import VAR, Configuration, published
from restora_gsvar.fitting import Fitting
from restora_gsvar.method import SamePixels
from restora_gsvar.net.autoencoder import Autoencoder
from restora_gsvar.net.generating import CodeModel
from restora_gsvar.net.loading import Loader
from restora_gsvar.net.pictures import Mender, Settings
from restora_gsvar.net.positions import level_mask
from restora_gsvar.net.transformer import EPSILON, Block
from restora_gsvar.vectors.checkpoints import write_checkpoint

T = TypeVar("T")

_SIDE = 512
_ROUNDS = 2


class Unwatched:
    """Nobody looks on."""

    def check(self) -> None:
        return

    def advance(self, done: float, total: float) -> None:
        del done, total

    def preview(self, pixels: np.ndarray) -> None:
        del pixels


@dataclass
class Literal:
    """The published order of work for one pair: both rows go through everything."""

    vae: Autoencoder
    model: CodeModel
    layers: dict[str, Tensor]
    """The layers that see the class alone, evaluated for every row at every scale."""
    mask: Tensor = field(default_factory=lambda: torch.empty(0))
    """Built, as published, and never used."""
    caches: list[tuple[Tensor, Tensor] | None] = field(default_factory=list)

    def run(self, pictures: Tensor, noise: Tensor, *, bridge: bool) -> Tensor:
        """2 x 3 x S x S, the render and its reference, to the render's picture in 0..1."""
        vae, quantiser = self.vae, self.vae.quantize
        own = quantiser.encode(vae.encode(pictures).latent).indices
        features = vae.encode(pictures, with_features=True).features if bridge else []
        labels = torch.tensor([0, 1])
        self.caches = [None] * len(self.model.transformer.layers)
        x, total = self.model.transformer.prefix(pictures, labels), torch.zeros(())
        for scale in range(len(quantiser.sides)):
            x = self._through(x, scale, labels)
            index = self._chosen(x if scale else x[:, -1:], labels)
            index[len(index) // 2 :] = own[scale][len(index) // 2 :]
            total = total + quantiser.step(scale, index)
            if scale + 1 < len(quantiser.sides):
                inputs = quantiser.inputs(scale + 1, total)
                x = self.model.transformer.segment(scale + 1, inputs)
        self.caches = []
        latent = total + self._refined(x, index, noise)
        decoded = vae.decode(latent, pictures if bridge else None, tuple(features))
        return decoded.clamp(-1, 1).add(1).div(2)[:1]

    def _through(self, x: Tensor, scale: int, labels: Tensor) -> Tensor:
        net = self.model.transformer
        rotation = net.rotation(*net.bounds(scale))
        for number, block in enumerate(net.layers):
            table = self._steering(f"blocks.{number}", labels, 6)
            normed = F.layer_norm(x, x.shape[-1:], eps=EPSILON) * (1 + table[2]) + table[4]
            attended = self._attended(block, number, normed, rotation)
            x = x + table[0] * block.attn.joined(attended)
            normed = F.layer_norm(x, x.shape[-1:], eps=EPSILON) * (1 + table[3]) + table[5]
            x = x + table[1] * block.fc2(F.gelu(block.fc1(normed), approximate="tanh"))
        return x

    def _attended(self, block: Block, number: int, normed: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
        q, k, v = (
            part.unflatten(0, (1, 2)).transpose(1, 2).flatten(2, 3)
            for part in block.attn.all_three(normed, rotation)
        )
        before = self.caches[number]
        if before is not None:
            k, v = torch.cat([before[0], k], dim=2), torch.cat([before[1], v], dim=2)
        self.caches[number] = (k, v)
        seen = F.scaled_dot_product_attention(q, k, v, scale=1.0)
        return seen.unflatten(2, (2, -1)).transpose(1, 2).flatten(0, 1)

    def _steering(self, name: str, labels: Tensor, parts: int) -> tuple[Tensor, ...]:
        classes = F.silu(self.model.transformer.class_emb(labels))
        weight, bias = (self.layers[f"{name}.ada_lin.1.{sort}"] for sort in ("weight", "bias"))
        return F.linear(classes, weight, bias).unflatten(1, (parts, 1, -1)).unbind(1)

    def _chosen(self, x: Tensor, labels: Tensor) -> Tensor:
        scale, shift = self._steering("head_nm", labels, 2)
        normed = F.layer_norm(x, x.shape[-1:], eps=EPSILON) * (1 + scale) + shift
        shares = filtered(self.model.transformer.head.scores(normed), top_k=1, top_p=0.96).softmax(dim=-1)
        return torch.multinomial(shares.flatten(0, 1), 1).reshape(shares.shape[:2])

    def _refined(self, x: Tensor, index: Tensor, noise: Tensor) -> Tensor:
        codes = self.model.transformer.word_embed(self.vae.quantize.embedding(index))
        z = self.model.decoder_norm(x + codes).flatten(0, 1)
        side = self.vae.quantize.sides[-1]
        residual = self.model.refiner.sample(z, noise, temperature=1.0)
        return residual.unflatten(0, (2, -1)).transpose(1, 2).unflatten(2, (side, side))


def main() -> None:
    say(f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch)
        path = written(folder / "vae-ckpt-last.pth")
        mender, literal = brought(path)
        for bridge in (True, False):
            compared(mender, literal, bridge=bridge)


def written(path: Path) -> Path:
    """The file, as it lies there or filled now."""
    if not path.exists():
        configuration = published()
        parts = {
            part: {name: filled(name, spec.shape, spec.dtype) for name, spec in manifest.items()}
            for part, manifest in configuration.manifests.items()
        }
        _, seconds = timed(lambda: write_checkpoint(path, parts, "vae_opt"))
        say(f"filled: {path.stat().st_size / 2**20:.0f} MiB written in {seconds:.1f} s")
    return path


def filled(name: str, shape: tuple[int, ...], dtype: str) -> Tensor:
    """By rule; what the conformance files state, they state so that pictures matter, and so it is here."""
    if name.endswith("scale_mul_1H11"):
        return torch.full(shape, 3.401)
    if dtype != "float32" or name.endswith("zero_k_bias"):
        return torch.zeros(shape, dtype=getattr(torch, dtype))
    return torch.from_numpy(fill_tensor(name, shape))


def brought(path: Path) -> tuple[Mender, Literal]:
    """Both ways over the same tensors."""
    configuration: Configuration = published()
    loader = Loader(configuration=configuration)
    cpu = torch.device("cpu")
    with measured(CpuDevice()) as memory:
        vae, seconds = timed(lambda: loader.autoencoder(path, torch.float32, with_bridge=True))
        model, more = timed(lambda: loader.code_model(path, torch.float32))
    say(f"load: {seconds + more:.1f} s, peak {memory.peak_mib:.0f} MiB (pages of the mapped file count)")
    say(f"weights held: {size_of(vae) + size_of(model):.0f} MiB")
    layers = {
        name: tensor.clone()
        for name, tensor in read_tensors(path, under=f"trainer/{VAR}/").items()
        if "ada_lin" in name
    }
    mask = level_mask(configuration.sides, 2).float()
    extra = sum(tensor.numel() * tensor.element_size() for tensor in (*layers.values(), mask)) / 2**20
    say(f"the published order holds {extra:.0f} MiB more: layers that see the class alone, and a mask")
    return Mender(vae=vae, model=model, device=cpu), Literal(vae, model, layers, mask)


def size_of(network: torch.nn.Module) -> float:
    """MiB."""
    return sum(t.numel() * t.element_size() for t in network.state_dict().values()) / 2**20


def compared(mender: Mender, literal: Literal, *, bridge: bool) -> None:
    """Both ways in turn, because the machine may be busy with other things."""
    rng = np.random.default_rng(0)
    render, photo = rng.random((2, _SIDE, _SIDE, 3), np.float32)
    field = rng.standard_normal((11, 32, 32, 32)).astype(np.float32)
    fitting = Fitting(side=32)
    beside = SamePixels(fitted=fitting.fitted(photo), key="photograph")
    settings = Settings(bridge=bridge)

    def lean() -> np.ndarray:
        return mender.mend(fitting.fitted(render), beside, settings, lambda _s, _n: field, Unwatched())

    def fresh() -> np.ndarray:
        mender.forget()
        return lean()

    def published_way() -> np.ndarray:
        both = torch.from_numpy(np.stack([render, photo]).transpose(0, 3, 1, 2).copy()).mul(2).sub(1)
        noise = torch.from_numpy(field).flatten(2).transpose(1, 2)
        with torch.inference_mode():
            found = literal.run(both, torch.cat([noise, noise], dim=1), bridge=bridge)
        return found[0].permute(1, 2, 0).numpy()

    ways: dict[str, Callable[[], np.ndarray]] = {
        "published order": published_way,
        "ours": fresh,
        "ours, photograph known": lean,
    }
    word = "with bridge" if bridge else "without bridge"
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    peaks: dict[str, float] = {}
    pictures: dict[str, np.ndarray] = {}
    for _ in range(_ROUNDS):
        for name, way in ways.items():
            with measured(CpuDevice()) as memory:
                pictures[name], took = timed(way)
            seconds[name].append(took)
            peaks[name] = max(peaks.get(name, 0.0), memory.peak_mib)
            say(f"{word}, {name}: {took:.1f} s, peak {memory.peak_mib:.0f} MiB beyond the weights")
    whole = min(seconds["published order"])
    for name in ("ours", "ours, photograph known"):
        off = np.abs(pictures[name] - pictures["published order"])
        say(
            f"{word}, {name}: {min(seconds[name]) / whole:.3f} of the time, "
            f"{peaks[name] / peaks['published order']:.3f} of the memory beyond the weights; "
            f"pictures differ by {off.max():.1e} at most, {off.mean():.1e} on average"
        )


def timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    found = work()
    return found, time.perf_counter() - began


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
