"""gQIR and DMDiff in their published sizes on a CUDA card, through workbench and lane, in every precision.

Run as `python benchmarks/bench_cuda.py FOLDER [gqir] [dmdiff]`; needs 26 GB in FOLDER, where the files stay
for the next run. Weights are filled by rule: pictures mean nothing; times, memory and equal bits do. A line
is printed as soon as it is known; a row that fails says so and leaves the others alone.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import bench_dmdiff
import bench_gqir
import numpy as np
import torch

from restora.data.image import Image
from restora.data.item import Item, Probe
from restora.data.kinds import Kind
from restora.folders import Folders
from restora.plugins.host import PluginHost
from restora.weights.consent import Consents
from restora.workbench import Workbench, result_of
from restora_dmdiff import weights as dmdiff_weights
from restora_gqir import weights as gqir_weights

_RUNS = 2
"""The second finds the networks loaded, and must give the first one's bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One request."""

    method: str
    item: Item
    what: str
    params: Mapping[str, object] = field(default_factory=dict)


def main(folder: Path, asked: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    card = torch.cuda.get_device_name(0)
    say(what="card", name=card, torch=torch.__version__, cuda=torch.version.cuda)
    builtins = {name: f"restora_{name}.manifest" for name in ("gqir", "dmdiff")}
    host = PluginHost(builtins=builtins, entry_points=False).discover()
    with Workbench(Folders.below(folder / "home"), host) as bench:
        for plugin in asked or list(builtins):
            import_weights(bench, plugin, folder)
            for row in rows(plugin):
                try:
                    measure(bench, row)
                except Exception:  # noqa: BLE001  # the other rows are worth as much
                    say(what=f"{row.method}, {row.what}", failed=traceback.format_exc(limit=-3))


def import_weights(bench: Workbench, plugin: str, folder: Path) -> None:
    """Every file of a plugin's networks, filled by rule and brought in as a user would."""
    start = time.perf_counter()
    if plugin == "gqir":
        found = bench_gqir.written(folder / plugin)
        files = {file.id: found[part_of(file.manifest)] for file in gqir_weights.BURST if file.manifest}
    else:
        (folder / plugin).mkdir(exist_ok=True)
        parts = dmdiff_weights.PARTS
        files = {file: bench_dmdiff.written(part, folder / plugin) for file, part in parts.items()}
    consents = Consents(allow_unverified=True)
    for file_id, path in files.items():
        bench.weights.import_file(path, target=f"{plugin}/{file_id}", consents=consents)
    say(what=f"{plugin}: files written and imported", seconds=round(time.perf_counter() - start, 1))


def part_of(manifest: str) -> str:
    return manifest.rpartition("/")[2].removesuffix(".json")


def rows(plugin: str) -> Iterator[Row]:
    if plugin == "gqir":
        sparse = {"mosaic": "sparse"}
        for side in (512, 1024):
            item = bench_gqir.capture(7, side)
            yield Row(method="gqir.single", item=item, what=f"{side} x {side}", params=sparse)
        item = bench_gqir.capture(77, 512)
        yield Row(method="gqir.burst", item=item, what="77 frames of 512 x 512", params=sparse)
    else:
        small = {"gain": 0.02}
        for side in (400, 2000):
            yield Row(method="dmdiff.restore", item=photograph(side), what=f"{side} x {side}", params=small)


def photograph(side: int) -> Item:
    pixels = np.random.default_rng(0).random((side, side, 3), np.float32)
    probe = Probe(kind=Kind.METALENS, format="memory", width=side, height=side, channels=3)
    return Item(name="noise", probe=probe, load=lambda: Image(pixels=pixels))


def measure(bench: Workbench, row: Row) -> None:
    """The row in every precision, twice each; errors are against float32."""
    exact: np.ndarray | None = None
    for precision in sorted(bench.host.method(row.method).precisions, reverse=True):  # fp32 first
        request = bench.request(row.method, row.item, params=row.params, typed=True, precision=precision)
        forecast = bench.forecast(request, "cuda")
        digests = set()
        for run in range(_RUNS):
            start = time.perf_counter()
            job = bench.submit(request, device="cuda")
            job.wait()
            seconds = time.perf_counter() - start
            image = result_of(job).image
            assert image is not None
            digests.add(hashlib.sha256(image.pixels.tobytes()).hexdigest())
            exact = image.pixels if exact is None else exact
            say(
                what=f"{row.method}, {row.what}, {precision}, {'again' if run else 'first'}",
                seconds=round(seconds, 2),
                peak_mib=round(job.peak_mib or 0),
                forecast_mib=round(forecast.decision.estimate.peak_mib),
                tile=str(job.tile),
                rms_against_fp32=round(float(np.sqrt(np.mean((image.pixels - exact) ** 2))), 6),
                is_finite=bool(np.isfinite(image.pixels).all()),
            )
        say(what=f"{row.method}, {row.what}, {precision}: same bits twice", answer=len(digests) == 1)


def say(**figures: object) -> None:
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
