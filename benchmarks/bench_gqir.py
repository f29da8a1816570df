"""gQIR in its published size, with weights filled by rule: loading, folding, one picture, one burst.

Run as `python benchmarks/bench_gqir.py FOLDER [parts...]`; needs 7 GB in FOLDER, where the files stay for the
next run, and 16 GB of memory. Parts: matmul, load, stages, live, single, burst, sharing; and large-burst.
Nothing can be said about quality: the published weights were not there.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import torch
from torch import Tensor, nn

from restora.data.item import Item, Probe
from restora.data.kinds import ColourFilter, Kind
from restora.data.photon_cube import PhotonCube
from restora.folders import Folders
from restora.nets.lora import LoraPair, lora_pairs
from restora.plugins.host import PluginHost
from restora.weights.consent import Consents
from restora.weights.containers import read_tensors
from restora.workbench import Workbench
from restora_gqir import weights
from restora_gqir.configuration import PARTS, published
from restora_gqir.net.loading import Loader
from restora_gqir.net.one_step import Generator, decode, encode, published_alpha
from restora_gqir.vectors.checkpoints import write_part

SIDE = 512
TERA = {"encode": 1.12, "decode": 2.51, "unet": 0.80, "unet, live LoRA": 1.19, "raft": 0.63, "fusion": 0.15}
"""Operations at 512 x 512, multiply-adds counted twice, as the method's notes give them."""


def main(folder: Path, parts: list[str]) -> None:
    files = written(folder)
    for part in parts or ["matmul", "load", "stages", "live", "single", "burst", "sharing"]:
        {
            "matmul": lambda: matmul(),
            "load": lambda: load(files),
            "stages": lambda: stages(files),
            "live": lambda: live(files),
            "single": lambda: run(folder, files, "single", frames=7),
            "burst": lambda: run(folder, files, "burst", frames=77, side=SIDE // 2),
            "large-burst": lambda: run(folder, files, "burst", frames=77),
            "sharing": lambda: sharing(files),
        }[part]()


def tell(what: str, **figures: object) -> None:
    print(json.dumps({"what": what, **figures}), flush=True)


def written(folder: Path) -> dict[str, Path]:
    """Every part's file from its full manifest, in its published container."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, Path] = {}
    for part in PARTS:
        found = [path for path in folder.glob(f"{part}.*") if path.is_file()]
        if not found:
            manifest = Path(weights.__file__).with_name("manifests") / f"{part}.json"
            table = json.loads(manifest.read_text())
            # The rule makes real numbers; counters are given by value in the vectors' own manifests.
            counters = {
                name: {**entry, "value": 0} for name, entry in table.items() if "int" in entry["dtype"]
            }
            found = [write_part(part, table | counters, folder)]
        files[part] = found[0]
    return files


@contextmanager
def measured(what: str, **figures: object) -> Iterator[None]:
    """Seconds, and the highest resident memory above that at the start."""
    process, highest = psutil.Process(), 0
    before, over = process.memory_info().rss, threading.Event()

    def watch() -> None:
        nonlocal highest
        while not over.wait(0.02):
            highest = max(highest, process.memory_info().rss)

    thread = threading.Thread(target=watch)
    thread.start()
    start = time.perf_counter()
    try:
        yield
    finally:
        seconds = time.perf_counter() - start
        over.set()
        thread.join()
    teras = figures.pop("tera", None)
    rate = {} if teras is None else {"gflops": round(1000 * float(str(teras)) / seconds, 1)}
    tell(what, seconds=round(seconds, 2), peak_mib=round((highest - before) / 2**20), **rate, **figures)


def matmul() -> None:
    a = torch.randn(2048, 2048)
    a @ a
    with measured("matmul 2048", tera=5 * 2 * 2048**3 / 1e12, threads=torch.get_num_threads()):
        for _ in range(5):
            a @ a


def load(files: Mapping[str, Path]) -> None:
    loader = Loader(configuration=published(), files=files)
    with measured("check every manifest"):
        loader.check(*PARTS)
    with measured("load qvae"):
        loader.vae("bilinear", torch.float32)
    with measured("load text model"):
        loader.text(torch.float32)
    with measured("load unet without LoRA"):
        loader.unet(torch.float32, strength=0.0)
    with measured("load unet and fold its LoRA"):
        loader.unet(torch.float32)


def stages(files: Mapping[str, Path]) -> None:
    loader = Loader(configuration=published(), files=files)
    values = torch.rand(1, 3, SIDE, SIDE)
    with torch.inference_mode():
        vae = loader.vae("bilinear", torch.float32)
        with measured("encode", tera=TERA["encode"]):
            latent = encode(vae, values)
        with measured("decode", tera=TERA["decode"]):
            decode(vae, latent)
        raft = loader.raft()
        with measured("raft, 20 iterations", tera=TERA["raft"]):
            raft(values * 255, values.flip(3) * 255)
        fusion = loader.fusion()
        with measured("fusion", tera=TERA["fusion"]):
            fusion(torch.randn(1, 11, 4, SIDE // 8, SIDE // 8))


def live(files: Mapping[str, Path]) -> None:
    """Stage 2 with its LoRA folded in, and beside the weights as the authors run it."""
    loader = Loader(configuration=published(), files=files)
    latent, text = torch.randn(1, 4, SIDE // 8, SIDE // 8), torch.randn(1, 77, 1024)
    for name, strength in (("unet", 1.0), ("unet, live LoRA", 0.0)):
        unet = loader.unet(torch.float32, strength=strength)
        if strength == 0:
            put_beside(unet, lora_pairs(read_tensors(files["lora"]), source=files["lora"]))
        stage2 = Generator(unet=unet, text=text, alpha=published_alpha(200))
        with torch.inference_mode(), measured(name, tera=TERA[name]):
            answer = stage2(latent)
        tell(f"{name} result", mean=float(answer.mean()), spread=float(answer.std()))
        del unet, stage2


def put_beside(unet: nn.Module, pairs: Mapping[str, LoraPair]) -> None:
    for name, pair in pairs.items():
        layer = unet.get_submodule(name.removesuffix(".weight"))
        layer.register_forward_hook(beside(pair))


def beside(pair: LoraPair) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]:
    def add(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        if isinstance(layer, nn.Conv2d):
            inner = nn.functional.conv2d(inputs[0], pair.down, stride=layer.stride, padding=layer.padding)
            return output + nn.functional.conv2d(inner, pair.up)
        return output + inputs[0] @ pair.down.T @ pair.up.T

    return add


def run(folder: Path, files: Mapping[str, Path], method: str, *, frames: int, side: int = SIDE) -> None:
    """One result through workbench and lane, from files in the store."""
    host = PluginHost(builtins={"gqir": "restora_gqir.manifest"}, entry_points=False).discover()
    with Workbench(Folders.below(folder / "home"), host) as bench:
        for file in weights.SINGLE if method == "single" else weights.BURST:
            if file.manifest is not None and not file.optional:
                part = file.manifest.rpartition("/")[2].removesuffix(".json")
                consents = Consents(allow_unverified=True)
                bench.weights.import_file(files[part], target=f"gqir/{file.id}", consents=consents)
        request = bench.request(
            f"gqir.{method}", capture(frames, side), params={"mosaic": "sparse"}, typed=True
        )
        for attempt in ("first", "again, networks loaded"):
            start = time.perf_counter()
            job = bench.submit(request, device="cpu")
            job.wait()
            tell(
                f"gqir.{method}, {side} x {side}, {attempt}",
                state=str(job.state),
                message=job.message,
                seconds=round(time.perf_counter() - start, 1),
                peak_mib=round(job.peak_mib or 0),
            )
            if method == "burst":
                break


def capture(frames: int, side: int) -> Item:
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:side, :side] / side
    array = (rng.random((frames, side, side, 1)) < (0.1 + 0.3 * rows * columns)[..., None]).astype(np.uint8)

    class Frames:
        def read(self, start: int, stop: int) -> np.ndarray:
            return array[start:stop]

    cube = PhotonCube(
        reader=Frames(), frames=frames, height=side, width=side, colour_filter=ColourFilter.RGGB
    )
    probe = Probe(kind=Kind.SPAD, format="memory", width=side, height=side, channels=1, frames=frames)
    return Item(name="made", probe=probe, load=lambda: cube)


def sharing(files: Mapping[str, Path]) -> None:
    """What a film of 7 pictures over 17 nano-bursts costs against 7 windows, from measured parts."""
    loader = Loader(configuration=published(), files=files)
    values = torch.rand(1, 3, 256, 256)
    vae = loader.vae("bilinear", torch.float32)
    took: dict[str, float] = {}
    with torch.inference_mode():
        latent = encode(vae, values)
        for name, call in (("encode", lambda: encode(vae, values)), ("decode", lambda: decode(vae, latent))):
            start = time.perf_counter()
            call()
            took[name] = time.perf_counter() - start
    each = took["encode"] + took["decode"]
    tell("sharing, encoding and previews alone", ratio=round(17 * each / (7 * 11 * each), 3))
    rest = took["decode"] * (1 + TERA["unet"] / TERA["decode"])
    ratio = (17 * each + 7 * rest) / (7 * (11 * each + rest))
    tell("sharing, with stage 2 and the final decoding of every picture", ratio=round(ratio, 3))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
