"""GS-VAR on the CPU: our order of work against the published one, with the same filled weights of full size.

Run `OMP_WAIT_POLICY=passive python benchmarks/bench_gsvar.py FOLDER [parts|bf16] [SECONDS]`. Weights are
filled by rule into FOLDER (5.1 GB) in the published container; the real loader reads them. One render and one
photograph of 512 x 512 pixels, float32. Pictures mean nothing, times and memory do: both orders must give the
same picture.

Seconds are the process's own (CPU), so that other work on the machine counts less; with a passive wait policy
threads that wait for each other do not count either. Each order runs whole, with and without the bridge, as
long as it is likely to end within SECONDS (1800 if nothing is said); what is left out is said. With `parts`
every part is measured once and the whole is added up from them. `bf16` runs ours alone, in half precision.
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
from gsvar_full_size import Pair, published_order, say, size_of, timed, written
from peers.gsvar_published_order import Literal
from torch import Tensor

from restora.jobs.devices import CpuDevice, measured
from restora_gsvar.configuration import published
from restora_gsvar.net.loading import Loader
from restora_gsvar.net.passing import Passing
from restora_gsvar.net.pictures import Mender
from restora_gsvar.net.rows import Rows

T = TypeVar("T")

_SIDE = 512
_REPEATS = 3
"""Of single blocks, in turn; the quickest of each counts, because 24 of them are added up."""


def main() -> None:
    say(f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    path = written(Path(sys.argv[1]) / "vae-ckpt-last.pth", published())
    if "bf16" in sys.argv[2:]:
        halved(path)
        return
    mender, literal = brought(path)
    if "parts" in sys.argv[2:]:
        added_up(Parts(mender, literal))
        return
    limit = next((float(word) for word in sys.argv[2:] if word.isdigit()), 1800.0)
    for bridge in (False, True):
        compared(mender, literal, limit, bridge=bridge)


def halved(path: Path) -> None:
    """Ours as `--precision bf16` runs it; processors with matrix units for it gain much, others lose."""
    loader, pair = Loader(configuration=published()), Pair(published())
    vae = loader.autoencoder(path, torch.bfloat16, with_bridge=True)
    model = loader.code_model(path, torch.bfloat16)
    mender = Mender(vae=vae, model=model, device=torch.device("cpu"))
    say(f"weights held: {size_of(vae) + size_of(model):.0f} MiB")
    for bridge in (False, True):
        mender.forget()
        run = ran(lambda bridge=bridge: pair.mended(mender, bridge=bridge))
        word = "with bridge" if bridge else "without bridge"
        say(f"{word}, ours in bf16: {run.seconds:.1f} CPU s, peak {run.peak:.0f} MiB beyond the weights")


def brought(path: Path) -> tuple[Mender, Literal]:
    """Both ways over the same tensors."""
    configuration = published()
    loader = Loader(configuration=configuration)
    with measured(CpuDevice()) as memory:
        vae, seconds = timed(lambda: loader.autoencoder(path, torch.float32, with_bridge=True))
        model, more = timed(lambda: loader.code_model(path, torch.float32))
    say(f"load: {seconds + more:.1f} s, peak {memory.peak_mib:.0f} MiB (pages of the mapped file count)")
    say(f"weights held: {size_of(vae) + size_of(model):.0f} MiB")
    mender = Mender(vae=vae, model=model, device=torch.device("cpu"))
    literal = published_order(path, mender, configuration)
    held = (*literal.layers.values(), literal.mask)
    extra = sum(tensor.numel() * tensor.element_size() for tensor in held) / 2**20
    say(f"the published order holds {extra:.0f} MiB more: layers that see the class alone, and a mask")
    return mender, literal


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
        self.measure("quantise 1", lambda: vae.quantize.encode(latent))
        self.measure("prefix 2", lambda: model.transformer.prefix(both, torch.tensor([0, 1])))
        self.measure("prefix 1", lambda: model.transformer.prefix(one, torch.tensor([0])))
        self._blocks()
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

    def _blocks(self) -> None:
        """Single blocks over all scales, each with its own keys and values; then the heads."""
        net, sides = self.mender.model.transformer, self.mender.vae.quantize.sides
        labels = torch.tensor([0, 1])
        bounds = [net.bounds(scale) for scale in range(len(sides))]
        rng = np.random.default_rng(1)
        xs = [torch.from_numpy(rng.standard_normal((2, b - a, 1536)).astype(np.float32)) for a, b in bounds]

        def ours() -> None:
            passing = Passing(net, Rows(pairs=1, generated=1), self.mender.device)
            for scale, x in enumerate(xs):
                passing.through(x, scale, lambda: None)

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
        theirs = took["encode 2"] + took["quantise 2"] + took["prefix 2"] + blocks["published"]
        theirs += took[f"{decoding} 2"]
        picture = took["prefix 1"] + blocks["ours"] + took[f"{decoding} 1"]
        mine = took["encode 1"] + took["quantise 1"] + took["prefix 1"] + picture
        say(f"{word}, added up: published {theirs:.0f} CPU s, ours {mine:.0f}: {mine / theirs:.3f}")
        say(f"{word}, added up, photograph known: {picture:.0f} CPU s: {picture / theirs:.3f}")
    say(
        f"memory beyond the weights, added up, with bridge: published {memory['published']:.0f} MiB, "
        f"ours {memory['ours']:.0f}: {memory['ours'] / memory['published']:.3f}"
    )


def compared(mender: Mender, literal: Literal, limit: float, *, bridge: bool) -> None:
    """One after the other, right away: the machine may be busy with other things later."""
    pair = Pair(published())

    def fresh() -> np.ndarray:
        mender.forget()
        return pair.mended(mender, bridge=bridge)

    ways: dict[str, Callable[[], np.ndarray]] = {
        "published order": lambda: pair.published(literal, mender.device, bridge=bridge),
        "ours": fresh,
        "ours, photograph known": lambda: pair.mended(mender, bridge=bridge),
    }
    word = "with bridge" if bridge else "without bridge"
    runs: dict[str, Run] = {}
    for name, way in ways.items():
        if time.process_time() + 2 * max((run.seconds for run in runs.values()), default=0) > limit:
            say(f"{word}, {name}: left out, {limit:.0f} CPU s would not be enough")
            continue
        runs[name] = run = ran(way)
        say(f"{word}, {name}: {run.seconds:.1f} CPU s, peak {run.peak:.0f} MiB beyond the weights")
        if name != "published order" and "published order" in runs:
            say(f"{word}, {name}: {run.against(runs['published order'])}")


@dataclass
class Run:
    """One whole picture."""

    picture: np.ndarray
    seconds: float
    peak: float

    def against(self, other: Run) -> str:
        """How it compares."""
        off = np.abs(self.picture - other.picture)
        return (
            f"{self.seconds / other.seconds:.3f} of the time, {self.peak / other.peak:.3f} of the memory "
            f"beyond the weights; pictures differ by {off.max():.1e} at most, {off.mean():.1e} on average"
        )


def ran(way: Callable[[], np.ndarray]) -> Run:
    """Once."""
    with measured(CpuDevice()) as memory:
        picture, seconds = timed(way)
    return Run(picture, seconds, memory.peak_mib)


if __name__ == "__main__":
    main()
