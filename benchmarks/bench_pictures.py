"""How long opening a large picture takes, against the library's own read in the same process.

Run as `python benchmarks/bench_pictures.py [megapixels]`; prints one line per case.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tifffile

from restora.data.image import Image
from restora.io.opening import open_item
from restora.io.writing import Depth, WriteOptions, write_image

ROUNDS = 7


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor time of one round; what `work` returns is dropped after the clocks stop."""
    start, cpu = time.perf_counter(), time.process_time()
    result = work()
    taken = time.perf_counter() - start, time.process_time() - cpu
    del result
    return taken


def samples(megapixels: float, channels: int) -> np.ndarray:
    """A smooth picture with noise, so that it packs like a photograph."""
    height = int((megapixels * 1e6 / 1.5) ** 0.5)
    width = int(height * 1.5)
    ramp = np.linspace(8000, 52000, width, dtype=np.float32)
    noise = np.random.default_rng(0).normal(0, 300, (height, width)).astype(np.float32)
    plane = np.clip(ramp + noise, 0, 65535).astype(np.uint16)
    return plane if channels == 1 else np.stack([plane, plane[::-1], plane[:, ::-1]], axis=2)


def fill(shape: tuple[int, ...]) -> np.ndarray:
    """The least that any opening must do: touch every float of a new array once."""
    array = np.empty(shape, np.float32)
    array.fill(0)
    return array


def compare(title: str, path: Path) -> None:
    """One line: our opening with conversion, the library's read, and their ratio."""
    shape = open_item(path).image().pixels.shape
    # In turns, so that whatever else the machine does meets both alike; the first round warms up.
    rounds = [
        (
            seconds(lambda: open_item(path).image()),
            seconds(lambda: tifffile.imread(path)),
            seconds(lambda: fill(shape)),
        )
        for _ in range(ROUNDS + 1)
    ][1:]
    (ours, our_cpu), (theirs, their_cpu), (filling, _) = np.median(np.array(rounds), axis=0)
    print(
        f"{title:50} ours {ours:6.3f} s   tifffile {theirs:6.3f} s   "
        f"ratio {ours / theirs:5.2f} (processor time {our_cpu / their_cpu:5.2f}; "
        f"filling a new float array alone {filling / theirs:5.2f})"
    )


def main() -> None:
    megapixels = float(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory() as folder:
        for channels, name in ((3, "RGB"), (1, "grey")):
            data = samples(megapixels, channels)
            for title, settings in (
                ("uncompressed", {}),
                ("deflate with predictor", {"compression": "adobe_deflate", "predictor": True}),
                ("LZW, tiles of 512", {"compression": "lzw", "tile": (512, 512)}),
                ("big-endian, planes", {"byteorder": ">", "planarconfig": "separate"}),
            ):
                if channels == 1 and "planarconfig" in settings:
                    continue
                path = Path(folder) / "picture.tif"
                stored = data.transpose(2, 0, 1) if "planarconfig" in settings else data
                photometric = "rgb" if channels == 3 else "minisblack"
                tifffile.imwrite(path, stored, photometric=photometric, metadata=None, **settings)
                compare(f"TIFF {megapixels:g} Mpx 16 bit {name}, {title}", path)
        image = Image(pixels=samples(megapixels, 3).astype(np.float32) / 65535)
        for suffix, depth in (
            (".png", Depth.U16),
            (".tif", Depth.U16),
            (".tif", Depth.F32),
            (".exr", Depth.F16),
        ):
            path = Path(folder) / f"written{suffix}"
            start = time.perf_counter()
            write_image(path, image, WriteOptions(depth=depth))
            taken, size = time.perf_counter() - start, path.stat().st_size / 2**20
            print(f"writing {suffix} {depth.value:3} {megapixels:g} Mpx RGB: {taken:6.2f} s, {size:.0f} MiB")


if __name__ == "__main__":
    main()
