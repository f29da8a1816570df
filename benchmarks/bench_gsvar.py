"""GS-VAR on the CPU: our order of work against the published one, with the same filled weights of full size.

Run `python benchmarks/bench_gsvar.py FOLDER [parts]`. Weights are filled by rule into FOLDER (5.1 GB) in the
published container; the real loader reads them. One render and one photograph of 512 x 512 pixels, float32.
Pictures mean nothing, times and memory do. The published order is written here from its description, for this
comparison only: both must give the same picture. Seconds are the process's own (CPU), so that other work on
the machine counts less. With `parts` every part is measured once and the whole is added up from them, which
is a quarter of the work.
"""

from __future__ import annotations

import platform
import sys
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
from restora_gsvar.net.generating import CodeModel, Sampling, _Run
from restora_gsvar.net.loading import Loader
from restora_gsvar.net.pictures import Mender, Settings
from restora_gsvar.net.positions import level_mask
from restora_gsvar.net.rows import Reference
from restora_gsvar.net.transformer import EPSILON, Block
from restora_gsvar.vectors.checkpoints import write_checkpoint

T = TypeVar("T")

_SIDE = 512
_REPEATS = 3
"""Of single blocks, in turn; the quickest of each counts, because 24 of them are added up."""


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
        own = quantiser.encode(vae.encode(pictures)).indices
        features = vae.features(pictures) if bridge else []
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
    path = written(Path(sys.argv[1]) / "vae-ckpt-last.pth")
    mender, literal = brought(path)
    if "parts" in sys.argv[2:]:
        added_up(Parts(mender, literal))
        return
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


@dataclass
class Parts:
    """Every part of both orders, measured once."""

    mender: Mender
    literal: Literal
    seconds: dict[str, float] = field(default_factory=dict)
    peaks: dict[str, float] = field(default_factory=dict)

    def measure(self, name: str, work: Callable[[], T]) -> T:
        with torch.inference_mode(), measured(CpuDevice()) as memory:
            found, seconds = timed(work)
        self.seconds[name] = min(seconds, self.seconds.get(name, seconds))
        self.peaks[name] = memory.peak_mib
        say(f"{name}: {seconds:.2f} CPU s, peak {self.peaks[name]:.0f} MiB")
        return found

    def all(self) -> None:
        """In the order of a run."""
        vae, model = self.mender.vae, self.mender.model
        rng = np.random.default_rng(0)
        both = torch.from_numpy(rng.random((2, 3, _SIDE, _SIDE), np.float32)).mul(2).sub(1)
        one = both[:1]
        latent = self.measure("encode 1", lambda: vae.encode(one))
        self.measure("encode 2", lambda: vae.encode(both))
        twice = torch.cat([latent, latent])
        self.measure("quantise 2", lambda: vae.quantize.encode(twice))
        known = self.measure("reference", lambda: model.reference(one, latent, vae.quantize))
        self.measure("prefix 2", lambda: model.transformer.prefix(both, torch.tensor([0, 1])))
        self._blocks(known)
        z = torch.from_numpy(rng.standard_normal((2048, 1536)).astype(np.float32))
        noise = torch.from_numpy(rng.standard_normal((11, 2048, 32)).astype(np.float32))
        self.measure("refine 2", lambda: model.refiner.sample(z, noise, temperature=1.0))
        self.measure("refine 1", lambda: model.refiner.sample(z[:1024], noise[:, :1024], temperature=1.0))
        self.measure("decode 2", lambda: vae.decode(twice))
        self.measure("decode 1", lambda: vae.decode(latent))
        self.measure("bridge 2", lambda: vae.decode(twice, both, self._features(both)))
        self.measure("bridge 1", lambda: vae.decode(latent, one, vae.features(one)))

    def _features(self, pictures: Tensor) -> list[Tensor]:
        return self.mender.vae.features(pictures)

    def _blocks(self, known: Reference) -> None:
        """Single blocks over all scales, each with its own keys and values; then the heads."""
        net, sides = self.mender.model.transformer, self.mender.vae.quantize.sides
        labels = torch.tensor([0, 1])
        bounds = [net.bounds(scale) for scale in range(len(sides))]
        rng = np.random.default_rng(1)
        xs = [torch.from_numpy(rng.standard_normal((2, b - a, 1536)).astype(np.float32)) for a, b in bounds]

        def ours() -> None:
            run = _Run(self.mender.model, [known], self.mender.vae.quantize, Sampling(), lambda: None)
            for scale, x in enumerate(xs):
                run._through(x, scale)

        def theirs() -> None:
            self.literal.caches = [None]
            for scale, x in enumerate(xs):
                self.literal._through(x, scale, labels)

        layers, whole = list(net.layers), net.blocks
        ways = {
            "published block": (layers[:1], theirs),
            "our last block": (layers[-1:], ours),
            # The first of two is a middle one.
            "our middle and last block": ([layers[0], layers[-1]], ours),
        }
        try:
            for _ in range(_REPEATS):
                for name, (some, way) in ways.items():
                    net.blocks = torch.nn.ModuleList(some)
                    self.measure(name, way)
        finally:
            net.blocks = whole
        self.measure("published head", lambda: [self.literal._chosen(x, labels) for x in xs[1:]])
        self.measure("our head", lambda: [net.head(x[:1], labels[:1]).argmax(-1) for x in xs[1:]])


def added_up(parts: Parts) -> None:
    """Both orders from their parts."""
    parts.all()
    took, peak = parts.seconds, parts.peaks
    depth = len(parts.mender.model.transformer.layers)
    same = took["prefix 2"] + took["quantise 2"]
    middle = took["our middle and last block"] - took["our last block"]
    blocks = {
        "published": depth * took["published block"] + took["published head"] + took["refine 2"],
        "ours": (depth - 1) * middle + took["our last block"] + took["our head"] + took["refine 1"],
    }
    cache = 2 * 3264 * 1536 * 2 * 4 / 2**20
    memory = {
        "published": max((depth - 1) * cache + peak["published block"], peak["bridge 2"]),
        "ours": max((depth - 1) * cache * 2240 / 3264 + peak["our last block"], peak["bridge 1"]),
    }
    for word, decoding in (("with bridge", "bridge"), ("without bridge", "decode")):
        # A bridged decoding encodes for its features, in both orders.
        theirs = same + took["encode 2"] + blocks["published"] + took[f"{decoding} 2"]
        mine = same + took["encode 1"] + blocks["ours"] + took[f"{decoding} 1"]
        say(f"{word}, added up: published {theirs:.0f} CPU s, ours {mine:.0f}: {mine / theirs:.3f}")
        known = mine - took["encode 1"]
        say(f"{word}, added up, photograph known: {known:.0f} CPU s: {known / theirs:.3f}")
    say(
        f"memory beyond the weights, added up, with bridge: published {memory['published']:.0f} MiB, "
        f"ours {memory['ours']:.0f}: {memory['ours'] / memory['published']:.3f}"
    )


def size_of(network: torch.nn.Module) -> float:
    """MiB."""
    return sum(t.numel() * t.element_size() for t in network.state_dict().values()) / 2**20


def compared(mender: Mender, literal: Literal, *, bridge: bool) -> None:
    """One after the other, right away: the machine may be busy with other things later."""
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
    seconds, peaks, pictures = {}, {}, {}
    for name, way in ways.items():
        with measured(CpuDevice()) as memory:
            pictures[name], seconds[name] = timed(way)
        peaks[name] = memory.peak_mib
        say(f"{word}, {name}: {seconds[name]:.1f} s, peak {peaks[name]:.0f} MiB beyond the weights")
    whole = "published order"
    for name in ("ours", "ours, photograph known"):
        off = np.abs(pictures[name] - pictures[whole])
        say(
            f"{word}, {name}: {seconds[name] / seconds[whole]:.3f} of the time, "
            f"{peaks[name] / peaks[whole]:.3f} of the memory beyond the weights; "
            f"pictures differ by {off.max():.1e} at most, {off.mean():.1e} on average"
        )


def timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.process_time()
    found = work()
    return found, time.process_time() - began


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
