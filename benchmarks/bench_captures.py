"""What opening, summing and scrubbing captures costs, against plain NumPy.

Run as `python benchmarks/bench_captures.py`; needs 250 MB of disk. The 20 GB file is sparse.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from restora.data.geometry import FrameWindow
from restora.data.photon_cube import PhotonCube
from restora.io.captures import CaptureOptions, open_cube
from restora.io.captures.blocks import WindowSums

ROUNDS = 7
HEIGHT = WIDTH = 512
FRAMES = 6000
WINDOW = 1000
STATED = CaptureOptions.from_pairs({"packing": "width", "bit_order": "msb"})

OPEN = """
import json, sys, time
start = time.perf_counter()
from pathlib import Path
from restora.io.captures import CaptureOptions, open_cube, probe
imported = time.perf_counter()
found = probe(Path(sys.argv[1]), CaptureOptions.from_pairs({"packing": "width"}))
opened = time.perf_counter()
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
took = {"import": imported - start, "open": opened - imported}
print(json.dumps({"frames": found.frames, "mib": peak, **took}))
"""
SUM_OURS = """
from restora.io.captures import CaptureOptions, open_cube
from restora.data.geometry import FrameWindow
cube = open_cube(path, CaptureOptions.from_pairs({"packing": "width"}))
total = cube.total(FrameWindow(500, 1000))
"""
SUM_NUMPY = """
import numpy as np
total = np.unpackbits(np.load(path, mmap_mode="r")[500:1500], axis=2).sum(axis=0)
"""
MEASURED = """
import json, sys, time
from pathlib import Path
path = Path(sys.argv[1])
start = time.perf_counter()
{work}
taken = time.perf_counter() - start
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
cpu = time.process_time()
print(json.dumps({{"seconds": taken, "cpu": cpu, "mib": peak, "sum": int(total.sum())}}))
"""


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(work: Callable[[], object]) -> float:
    work()
    return statistics.median(seconds(work) for _ in range(ROUNDS))


def in_own_process(program: str, path: Path) -> dict[str, float]:
    """What a program prints; modules compiled by its first run are kept, as an installed program has them."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(path.parent / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def make_capture(folder: Path) -> Path:
    """Random bits are the worst case: no row, byte or bit is predictable."""
    path = folder / "cube.npy"
    shape = (FRAMES, HEIGHT, WIDTH // 8)
    stored = np.lib.format.open_memmap(path, "w+", np.uint8, shape)
    rng = np.random.default_rng(0)
    for start in range(0, FRAMES, 500):
        stored[start : start + 500] = rng.integers(0, 256, (500, *shape[1:]), dtype=np.uint8)
    stored.flush()
    return path


def make_sparse(folder: Path, gigabytes: int) -> Path:
    path = folder / "large.npy"
    frames = gigabytes * 10**9 // (HEIGHT * WIDTH // 8)
    with path.open("wb") as stream:
        header = {"descr": "|u1", "fortran_order": False, "shape": (frames, HEIGHT, WIDTH // 8)}
        np.lib.format.write_array_header_1_0(stream, header)
        stream.truncate(stream.tell() + frames * HEIGHT * WIDTH // 8)
    return path


def opening(folder: Path) -> None:
    path = make_sparse(folder, 20)
    in_own_process(OPEN, path)
    found = in_own_process(OPEN, path)
    print(
        f"open a sparse 20 GB capture ({found['frames']} frames): {found['open'] * 1e3:.0f} ms, "
        f"after {found['import'] * 1e3:.0f} ms of imports; peak {found['mib']:.0f} MiB"
    )


def summing(path: Path, cube: PhotonCube) -> None:
    window = FrameWindow(500, WINDOW)
    stored = np.load(path, mmap_mode="r")

    def plain() -> np.ndarray:
        return np.unpackbits(stored[window.start : window.stop], axis=2).sum(axis=0)

    def narrow() -> np.ndarray:
        return np.unpackbits(stored[window.start : window.stop], axis=2).sum(axis=0, dtype=np.uint16)

    np.testing.assert_array_equal(cube.total(window)[..., 0], plain())
    ours, theirs, best = median(lambda: cube.total(window)), median(plain), median(narrow)
    print(
        f"sum {WINDOW} frames of 512 x 512, one process: ours {ours * 1e3:.1f} ms, unpackbits + sum "
        f"{theirs * 1e3:.1f} ms (ratio {ours / theirs:.2f}), into uint16 {best * 1e3:.1f} ms "
        f"(ratio {ours / best:.2f})"
    )
    runs = [
        (
            in_own_process(MEASURED.format(work=SUM_OURS), path),
            in_own_process(MEASURED.format(work=SUM_NUMPY), path),
        )
        for _ in range(2 * ROUNDS + 1)
    ][1:]
    mine, numpys = (statistics.median(run[side]["seconds"] for run in runs) for side in (0, 1))
    print(
        f"the same as whole processes, imports and opening included: ours {mine * 1e3:.0f} ms and "
        f"{runs[-1][0]['mib']:.0f} MiB, NumPy {numpys * 1e3:.0f} ms and {runs[-1][1]['mib']:.0f} MiB "
        f"(ratio {mine / numpys:.2f})"
    )
    mine, numpys = (statistics.median(run[side]["cpu"] for run in runs) for side in (0, 1))
    print(
        f"processor time of those processes, Python's start included: ours {mine * 1e3:.0f} ms, "
        f"NumPy {numpys * 1e3:.0f} ms (ratio {mine / numpys:.2f})"
    )


def scrubbing(cube: PhotonCube) -> None:
    for length in (10, 100, 1000, 5000):
        sums = WindowSums(cube)
        sums.total(FrameWindow(0, length))
        steps = [
            seconds(lambda start=start, sums=sums, length=length: sums.total(FrameWindow(start, length)))
            for start in range(1, 200)
        ]
        jumps = [
            seconds(lambda start=start, sums=sums, length=length: sums.total(FrameWindow(start, length)))
            for start in (900, 100, 700, 300, 990, 5, 600)
        ]
        print(
            f"window of {length:4d} frames: one frame on {statistics.median(steps) * 1e3:.2f} ms, "
            f"a jump {statistics.median(jumps) * 1e3:.1f} ms"
        )


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        opening(folder)
        path = make_capture(folder)
        cube = open_cube(path, STATED)
        summing(path, cube)
        scrubbing(cube)


if __name__ == "__main__":
    main()
