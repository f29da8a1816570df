"""DMDiff at its published size: one restoration, ten moves of the knob, and ways to call the UNet.

    python benchmarks/bench_dmdiff.py [FOLDER]

Weights are filled by rule and written into FOLDER (5.4 GB; a temporary one if none is given) in the published
containers; the real loader reads them. Pictures mean nothing, times and memory do.
"""

from __future__ import annotations

import platform
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from restora.data.image import Image
from restora.data.item import Item, Probe
from restora.data.kinds import Kind
from restora.jobs.devices import CpuDevice, measured
from restora.testing.bench import Bench
from restora_dmdiff.configuration import PREFIXES, published
from restora_dmdiff.declarations import RESTORE
from restora_dmdiff.method import Restore
from restora_dmdiff.net.generator import Generator
from restora_dmdiff.net.low_rank import Modulation, modulated
from restora_dmdiff.vectors.checkpoints import write_part
from restora_dmdiff.weights import PARTS

T = TypeVar("T")

_MOVES = tuple(round(0.15 * index, 2) for index in range(10))
_SIDE = 400
_PARAMS = {"gain": 0.02}
"""Filled weights explode under the maps of real photographs, because trained modulations start near zero."""
_VALUES = {"rank_unet": 32, "rank_vae": 16}


def main() -> None:
    say(f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch) / "weights"
        folder.mkdir(exist_ok=True)
        weights = {file_id: written(part, folder) for file_id, part in PARTS.items()}
        with measured(CpuDevice()) as memory:
            bench, seconds = timed(lambda: Bench(RESTORE, weights, Path(scratch)))
        say(f"load: {seconds:.1f} s, peak {memory.peak_mib:.0f} MiB (files that are mapped count)")
        knob(bench)
        assert isinstance(bench.method, Restore)
        calls(bench.method.networks.generator)


def written(part: str, folder: Path) -> Path:
    """A part's file, as it lies there or filled now."""
    found = [path for path in folder.iterdir() if path.stem == part]
    if found:
        return found[0]
    prefix = PREFIXES.get(part, "")
    manifest: dict[str, Mapping[str, object]] = {
        prefix + name: {"shape": list(spec.shape), "dtype": spec.dtype}
        for name, spec in published().manifests[part].items()
    }
    if part == "checkpoint":
        manifest |= {name: {"shape": [], "dtype": "int64", "value": value} for name, value in _VALUES.items()}
    path, seconds = timed(lambda: write_part(part, manifest, folder))
    say(f"{part}: {path.stat().st_size / 2**20:.0f} MiB written in {seconds:.1f} s")
    return path


def knob(bench: Bench) -> None:
    """The first picture, then ten more settings."""
    item = photograph()
    with measured(CpuDevice()) as memory:
        _, first = timed(lambda: bench.run(item, params=_PARAMS))
    say(f"restoration of {_SIDE} x {_SIDE}: {first:.1f} s, peak {memory.peak_mib:.0f} MiB beyond the weights")
    moves = []
    with measured(CpuDevice()) as memory:
        for alpha in _MOVES:
            _, seconds = timed(lambda alpha=alpha: bench.run(item, params={**_PARAMS, "alpha": alpha}))
            moves.append(seconds)
    median = float(np.median(moves))
    say(
        f"moving the knob: {median:.1f} s each ({min(moves):.1f} to {max(moves):.1f}), "
        f"peak {memory.peak_mib:.0f} MiB"
    )
    say(f"a move takes {median / first:.2f} of a restoration")


def calls(model: Generator) -> None:
    """Both prompts in one call of the UNet, in two, and without merging the branches."""
    latent = torch.randn(1, 4, 64, 64, generator=torch.Generator().manual_seed(1))
    maps = torch.full((1, 7, 7), 0.3)
    texts = [torch.randn(77, 1024, generator=torch.Generator().manual_seed(seed)) for seed in (2, 3)]
    matrices = model.modulator.unet.matrices(model.modulator.project(maps))

    def unmerged() -> None:
        steps = torch.full((2,), model.last_step)
        with modulated(Modulation(matrices=matrices)):
            model.unet(latent.repeat(2, 1, 1, 1), steps, torch.stack(texts), return_dict=False)

    ways: dict[str, Callable[[], object]] = {
        "one call, merged": lambda: model.noises(latent, maps, texts),
        "two calls, merged": lambda: [model.noises(latent, maps, [text]) for text in texts],
        "one call, branches apart": unmerged,
    }
    with torch.inference_mode():
        for _ in range(2):  # in turn, because the machine may be busy with other things
            for name, way in ways.items():
                say(f"both predictions, {name}: {timed(way)[1]:.1f} s")


def photograph() -> Item:
    pixels = np.random.default_rng(0).random((_SIDE, _SIDE, 3), np.float32)
    probe = Probe(kind=Kind.METALENS, format="memory", width=_SIDE, height=_SIDE, channels=3)
    return Item(name="noise", probe=probe, load=lambda: Image(pixels=pixels))


def timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    found = work()
    return found, time.perf_counter() - began


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
