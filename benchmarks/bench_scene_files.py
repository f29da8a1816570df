"""What opening and reading scene files costs, against a raw read of the same bytes by NumPy.

Run as `python benchmarks/bench_scene_files.py`; needs 600 MB of disk and of memory. Files lie in the page
cache for both sides.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from restora.data.scene import GaussianScene
from restora.io.scenes import read_scene, write_scene

ROUNDS = 7
GAUSSIANS = 1_000_000
SMALL = 100_000
NAMES = ("a.ply", "a.compressed.ply", "a.splat", "a.spz", "a.sog")

OPEN = """
import json, sys, time
start = time.perf_counter()
from pathlib import Path
from restora.io.opening import open_item
imported = time.perf_counter()
item = open_item(Path(sys.argv[1]))
opened = time.perf_counter()
took = {"import": imported - start, "open": opened - imported, "count": item.probe.gaussians}
if sys.argv[2] == "read":
    item.scene()
    took["read"] = time.perf_counter() - opened
status = open("/proc/self/status").read().splitlines()
took["mib"] = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
print(json.dumps(took))
"""


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def cpu_seconds(work: Callable[[], object]) -> float:
    """Of this process, its kernel's part included: other programs on the machine matter less."""
    start = time.process_time()
    work()
    return time.process_time() - start


def medians(*works: Callable[[], object]) -> list[float]:
    """Taken in turns, so that a busy moment of the machine hits all of them."""
    rounds = [[seconds(work) for work in works] for _ in range(ROUNDS + 1)][1:]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def made_scene(count: int) -> GaussianScene:
    rng = np.random.default_rng(0)
    return GaussianScene(
        means=rng.standard_normal((count, 3), np.float32),
        quats=rng.standard_normal((count, 4), np.float32),
        log_scales=rng.standard_normal((count, 3), np.float32) - 4,
        logit_opacities=rng.standard_normal(count, np.float32),
        sh=0.2 * rng.standard_normal((count, 16, 3), np.float32),
    )


def in_own_process(path: Path, what: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", OPEN, str(path), what], check=True, capture_output=True, text=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def reading(folder: Path) -> None:
    path = folder / "large.ply"
    write_scene(path, made_scene(GAUSSIANS))
    size = path.stat().st_size / 1e6
    works = (lambda: read_scene(path), lambda: np.fromfile(path, np.uint8))
    ours, raw = medians(*works)
    mine, theirs = (statistics.median(cpu_seconds(work) for _ in range(ROUNDS)) for work in works)
    print(
        f"read {GAUSSIANS} Gaussians of degree 3 ({size:.0f} MB PLY) into separate arrays: "
        f"{ours * 1e3:.0f} ms, np.fromfile of the bytes {raw * 1e3:.0f} ms (ratio {ours / raw:.2f}); "
        f"in CPU time {mine * 1e3:.0f} and {theirs * 1e3:.0f} ms (ratio {mine / theirs:.2f})"
    )
    opened, whole = in_own_process(path, "open"), in_own_process(path, "read")
    print(
        f"the same in a process of its own: imports {opened['import'] * 1e3:.0f} ms, "
        f"open {opened['open'] * 1e3:.0f} ms at a peak of {opened['mib']:.0f} MiB; "
        f"open and read {(whole['open'] + whole['read']) * 1e3:.0f} ms at {whole['mib']:.0f} MiB"
    )
    permuted = folder / "bad_rows.ply"
    content = bytearray(path.read_bytes())
    start = content.index(b"end_header\n") + 11
    table = np.frombuffer(content, "<f4", offset=start).reshape(GAUSSIANS, -1)
    table[::1000, 0] = np.nan
    permuted.write_bytes(content)
    slow = statistics.median(seconds(lambda: read_scene(permuted)) for _ in range(3))
    print(f"the same with a NaN in every block: {slow * 1e3:.0f} ms (ratio {slow / raw:.2f} to np.fromfile)")


def formats(folder: Path) -> None:
    scene = made_scene(SMALL)
    for name in NAMES:
        path = folder / name
        written = cpu_seconds(lambda path=path: write_scene(path, scene))
        read = statistics.median(cpu_seconds(lambda path=path: read_scene(path)) for _ in range(3))
        print(
            f"{SMALL} Gaussians of degree 3 as {name}: {path.stat().st_size / 1e6:.1f} MB; in CPU time "
            f"written in {written * 1e3:.0f} ms, read in {read * 1e3:.0f} ms"
        )


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        reading(Path(name))
        formats(Path(name))


if __name__ == "__main__":
    main()
