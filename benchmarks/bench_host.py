"""What the host adds to a method: per job, per tile, and at the start.

    python benchmarks/bench_host.py

Prints one line per figure. Ratios are taken within one process, in turn, and their medians are given.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil

from restora.data.arrays import ImageArray
from restora.data.image import Image
from restora.data.item import Item, Probe
from restora.data.kinds import Kind
from restora.folders import Folders
from restora.jobs.tiles import plan_grid, run_tiled
from restora.plugins.host import PluginHost
from restora.settings import Settings
from restora.workbench import Workbench

_JOBS = 1000
_SIDE_50_MPIX = (8192, 6144)
_ROUNDS = 5


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        jobs_per_second(Path(folder))
    tiling_overhead()
    start_up()


def jobs_per_second(folder: Path) -> None:
    """Identity on 64 x 64 pixels: everything is overhead."""
    pixels = np.random.default_rng(0).random((64, 64, 3), dtype=np.float32)
    image = Image(pixels=pixels)
    probe = Probe(kind=Kind.IMAGE, format="array", width=64, height=64, channels=3)
    host = PluginHost(entry_points=False).discover()
    with Workbench(Folders.below(folder), host, Settings()) as workbench:

        def work(count: int) -> float:
            began = time.perf_counter()
            items = [Item(name=f"{number}", probe=probe, load=lambda: image) for number in range(count)]
            jobs = [workbench.submit(workbench.request("classic.identity", item)) for item in items]
            for job in jobs:
                job.wait()
            return time.perf_counter() - began

        work(_JOBS)
        gc.collect()
        before = psutil.Process().memory_info().rss
        seconds = work(_JOBS)
        gc.collect()
        grown = (psutil.Process().memory_info().rss - before) / 2**20
    print(f"identity jobs of 64 x 64: {_JOBS / seconds:.0f} per second, {1000 * seconds / _JOBS:.2f} ms each")
    print(f"resident memory after {_JOBS} further jobs, results released: {grown:+.1f} MiB")


def tiling_overhead() -> None:
    """A pointwise method on 50 megapixels, in tiles of 1024 and in one piece."""
    width, height = _SIDE_50_MPIX
    source = np.random.default_rng(0).random((height, width, 3), dtype=np.float32)

    def method(pixels: ImageArray) -> ImageArray:
        return np.sqrt(pixels * np.float32(0.9) + np.float32(0.05))

    def tiled() -> ImageArray:
        grid = plan_grid(width, height, side=1024, overlap=32, margin=0)
        return run_tiled(grid, lambda rect: method(source[rect.rows, rect.columns]))

    times: dict[str, list[float]] = {"whole": [], "tiled": []}
    peaks: dict[str, list[float]] = {"whole": [], "tiled": []}
    for _ in range(_ROUNDS):
        for name, call in (("whole", lambda: method(source)), ("tiled", tiled)):
            seconds, peak = _measured(call)
            times[name].append(seconds)
            peaks[name].append(peak)
    ratio = statistics.median(t / w for t, w in zip(times["tiled"], times["whole"], strict=True))
    memory = statistics.median(t / w for t, w in zip(peaks["tiled"], peaks["whole"], strict=True))
    print(f"pointwise on 50 Mpx, tiles of 1024 against one piece: {ratio:.2f} x the time")
    print(
        f"  {statistics.median(times['whole']):.2f} s whole, {statistics.median(times['tiled']):.2f} s tiled"
    )
    print(f"  {memory:.2f} x the peak memory beyond the source")


def _measured(call: Callable[[], ImageArray]) -> tuple[float, float]:
    """Seconds, and peak resident memory above the start in MiB."""
    process = psutil.Process()
    before = process.memory_info().rss
    highest = [before]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.005):
            highest[0] = max(highest[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    result = call()
    seconds = time.perf_counter() - began
    highest[0] = max(highest[0], process.memory_info().rss)
    ended.set()
    watcher.join()
    del result
    return seconds, (highest[0] - before) / 2**20


def start_up() -> None:
    """Whole processes, against an interpreter that does nothing."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "RESTORA_HOME": home}
        commands = {
            "python -c pass": ["-c", "pass"],
            "import restora.api": ["-c", "import restora.api"],
            "restora --help": ["-m", "restora.cli", "--help"],
            "restora methods": ["-m", "restora.cli", "methods"],
            "import torch": ["-c", "import torch"],
        }
        for name, arguments in commands.items():
            times = []
            for _ in range(_ROUNDS):
                began = time.perf_counter()
                subprocess.run(
                    [sys.executable, *arguments], env=environment, stdout=subprocess.DEVNULL, check=True
                )
                times.append(time.perf_counter() - began)
            print(f"{name}: {1000 * statistics.median(times):.0f} ms")


if __name__ == "__main__":
    main()
