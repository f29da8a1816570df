"""What drawing Gaussian scenes on the processor costs: time, memory, compiling, the way back.

Run as `python benchmarks/bench_splats.py`; needs 2 GB of memory and a quarter of an hour where gsplat's torch
functions are installed to compare with. The bars are those of the project for 512 x 512 pixels.
"""

from __future__ import annotations

import json
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

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora.splats.prepared import PreparedScene
from restora.splats.rendering import RenderOptions, render

ROUNDS = 5
SIZE = 512
BARS = {100_000: (0.20, 0.12), 1_000_000: (1.2, 0.8)}
"""Wall and processor seconds of one picture."""
BYTES_PER_GAUSSIAN, BYTES_PER_PIXEL = 200, 24


def recipe(count: int) -> GaussianScene:
    """Half a sphere's shell, a quarter floor, a quarter cloud; the area does not depend on the count."""
    rng = np.random.default_rng(0)
    shell, floor = count // 2, count // 4
    on_sphere = rng.standard_normal((shell, 3))
    on_sphere /= np.linalg.norm(on_sphere, axis=1, keepdims=True)
    on_floor = np.stack(
        [rng.uniform(-3, 3, floor), 1 + 0.01 * rng.standard_normal(floor), rng.uniform(-3, 3, floor)], 1
    )
    cloud = 1.5 * rng.standard_normal((count - shell - floor, 3))
    around = on_sphere + 0.01 * rng.standard_normal(on_sphere.shape)
    size = np.log(0.012 * (1e5 / count) ** 0.5)
    return GaussianScene(
        means=np.concatenate([around, on_floor, cloud]).astype(np.float32),
        quats=rng.standard_normal((count, 4), np.float32),
        log_scales=(size + 0.5 * rng.standard_normal((count, 3))).astype(np.float32),
        logit_opacities=2 * rng.standard_normal(count, np.float32),
        sh=np.float32(0.1) * rng.standard_normal((count, 16, 3), np.float32),
    )


def camera(width: int = SIZE, height: int = SIZE) -> Camera:
    pose = np.eye(4)
    pose[2, 3] = 4.0
    focal = width * 500 / 512
    return Camera(
        name="front",
        width=width,
        height=height,
        fx=focal,
        fy=focal,
        cx=width / 2,
        cy=height / 2,
        world_to_camera=pose,
    )


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Median wall and processor seconds of warm calls."""
    work()
    walls, processors = [], []
    for _ in range(ROUNDS):
        wall, processor = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return statistics.median(walls), statistics.median(processors)


def verdict(value: float, bar: float) -> str:
    return f"{value:.3f} (bar {bar:g}: {'met' if value <= bar else 'MISSED'})"


def drawing(count: int) -> None:
    from restora.splats.raster_cpu.frame import bands, lay_out, never

    scene, view = recipe(count), camera()
    prepared = PreparedScene(scene)
    wall, processor = measured(lambda: render(prepared, view))
    whole = measured(lambda: render(scene, view))
    layout = lay_out(prepared, view, RenderOptions(), never)
    before = measured(lambda: lay_out(prepared, view, RenderOptions(), never))
    listing = measured(lambda: list(bands(layout)))
    first, again = render(prepared, view), render(prepared, view)
    blend = processor - before[1] - listing[1]
    same = all(np.array_equal(getattr(first, n), getattr(again, n)) for n in ("rgb", "alpha", "depth"))
    print(
        f"{count:>7} Gaussians of degree 3, {SIZE} x {SIZE}: wall {verdict(wall, BARS[count][0])} s, "
        f"processor {verdict(processor, BARS[count][1])} s; unprepared {whole[0]:.3f} s, {whole[1]:.3f} s\n"
        f"        {len(layout.slots)} visible, {layout.counts.sum()} tile entries; processor seconds: "
        f"project and sort {before[1]:.3f}, list {listing[1]:.3f}, blend {blend:.3f}\n"
        f"        the same bytes again: {'yes' if same else 'NO'}"
    )


PREVIEWS = ((0.25, 1.0, 0), (0.5, 0.5, 0), (0.25, 0.25, 0), (1.0, 1.0, 3))
"""Scale, fraction and degree of what is shown while a camera moves, and the full picture."""


def previews() -> None:
    prepared = PreparedScene(recipe(1_000_000))
    for scale, fraction, degree in PREVIEWS:
        view, options = (
            camera(round(SIZE * scale), round(SIZE * scale)),
            RenderOptions(fraction=fraction, degree=degree),
        )
        wall, processor = measured(lambda view=view, options=options: render(prepared, view, options))
        print(
            f"1000000 Gaussians, {view.width} x {view.height}, fraction {fraction:g}, degree {degree}: "
            f"wall {wall:.3f} s, processor {processor:.3f} s"
        )


IN_OWN_PROCESS = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
start = time.perf_counter()
import bench_splats as bench
from restora.splats.prepared import PreparedScene
from restora.splats.rendering import RenderOptions, render
def field(name):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name)) * 1024
scene, view = bench.recipe(int(sys.argv[2])), bench.camera()
made = time.perf_counter()
prepared = PreparedScene(scene)
picture = render(prepared, view)
first = time.perf_counter() - made
del picture
from restora.splats.raster_cpu.frame import lay_out, never
visible = len(lay_out(prepared, view, RenderOptions(), never).slots)
open("/proc/self/clear_refs", "w").write("5")
before = field("VmRSS")
picture = render(prepared, view)
print(json.dumps({"first": first, "extra": field("VmHWM") - before, "visible": visible}))
"""


def in_own_process(count: int, cache: str | None = None) -> dict[str, float]:
    # Freed memory must go back at once, or the picture before would hide what this one needs.
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536"}
    if cache:
        environment["NUMBA_CACHE_DIR"] = cache
    command = [sys.executable, "-c", IN_OWN_PROCESS, str(Path(__file__).parent), str(count)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def gaps() -> None:
    """How long another Python thread, such as a window's, is kept from running meanwhile."""
    prepared, view = PreparedScene(recipe(1_000_000)), camera()
    render(prepared, view)
    found: dict[str, list[float]] = {}
    for name, work in (("drawing", lambda: render(prepared, view)), ("sleeping", lambda: time.sleep(0.5))):
        thread = threading.Thread(target=lambda work=work: [work() for _ in range(ROUNDS)])
        found[name] = []
        thread.start()
        last = time.perf_counter()
        while thread.is_alive():
            time.sleep(0.001)
            now = time.perf_counter()
            found[name].append(now - last)
            last = now
    worst = {name: f"{max(values) * 1e3:.0f} ms" for name, values in found.items()}
    print(
        f"1000000 Gaussians: another thread that wants to run every millisecond waits at most "
        f"{worst['drawing']}; while nothing is drawn {worst['sleeping']}"
    )


def memory() -> None:
    for count in BARS:
        found = in_own_process(count)
        allowed = found["visible"] * BYTES_PER_GAUSSIAN + SIZE * SIZE * BYTES_PER_PIXEL
        state = "met" if found["extra"] <= allowed else "MISSED"
        print(
            f"{count:>7} Gaussians: {found['extra'] / 2**20:.1f} MiB beyond the prepared scene, "
            f"{(found['extra'] - SIZE * SIZE * BYTES_PER_PIXEL) / found['visible']:.0f} bytes per visible "
            f"Gaussian after the pixels' share (bar {allowed / 2**20:.1f} MiB: {state})"
        )


def compiling() -> None:
    with tempfile.TemporaryDirectory() as cache:
        first, later = in_own_process(1000, cache), in_own_process(1000, cache)
    print(
        f"the first picture of a process: {first['first']:.2f} s with nothing compiled, "
        f"{later['first']:.2f} s from the cache"
    )


def going_back() -> None:
    import torch

    from restora.splats.raster_torch import Params, render_params

    torch.set_num_threads(1)
    for count, side in ((10_000, 256), (100_000, 256), (100_000, 512)):
        params, view = Params.of(recipe(count), requires_grad=True), camera(side, side)
        forward = measured(lambda params=params, view=view: render_params(params, view))

        def both(params: Params = params, view: Camera = view) -> None:
            seen = render_params(params, view)
            torch.autograd.grad(seen.rgb.sum(), params.tensors)

        total = measured(both)
        print(
            f"{count:>7} Gaussians, {side} x {side}: forward {forward[1]:.3f}, "
            f"backward {total[1] - forward[1]:.3f} processor seconds"
        )


def against_gsplat() -> None:
    """gsplat's torch functions do all before blending on the processor; blending itself they do not."""
    try:
        from gsplat.cuda import _torch_impl as impl
    except ImportError:
        print("gsplat is not installed: nothing to compare with")
        return
    import torch

    from restora.splats.raster_cpu.frame import bands, lay_out, never

    for count, width, height in ((600, 96, 64), (500, 80, 60), (2000, 45, 77), (10_000, 256, 256)):
        scene, view = recipe(count), camera(width, height)
        means, quats, scales, sh = (
            torch.from_numpy(a) for a in (scene.means, scene.quats, np.exp(scene.log_scales), scene.sh)
        )
        pose = torch.tensor(view.world_to_camera[None], dtype=torch.float32)
        k = torch.tensor(view.intrinsics[None], dtype=torch.float32)
        columns, rows = -(-width // 16), -(-height // 16)

        def theirs(
            means: torch.Tensor = means,
            quats: torch.Tensor = quats,
            scales: torch.Tensor = scales,
            sh: torch.Tensor = sh,
            pose: torch.Tensor = pose,
            k: torch.Tensor = k,
            shape: tuple[int, int, int, int] = (width, height, columns, rows),
        ) -> None:
            covariances, _ = impl._quat_scale_to_covar_preci(quats, scales, True, False)
            radii, centres, depths, _, _ = impl._fully_fused_projection(
                means, covariances, pose, k, shape[0], shape[1]
            )
            impl._spherical_harmonics(3, means - torch.inverse(pose)[0, :3, 3], sh)
            _, found, _ = impl._isect_tiles(centres, radii, depths, 16, shape[2], shape[3])
            impl._isect_offset_encode(found, 1, shape[2], shape[3])

        def ours(scene: GaussianScene = scene, view: Camera = view) -> None:
            list(bands(lay_out(PreparedScene(scene), view, RenderOptions(), never)))

        their_time, our_time = measured(theirs)[1], measured(ours)[1]
        whole = measured(lambda scene=scene, view=view: render(scene, view))[1]
        print(
            f"{count:>7} Gaussians, {width} x {height}, all before blending: ours {our_time * 1e3:.2f} ms, "
            f"gsplat's torch functions {their_time * 1e3:.1f} ms (ratio {our_time / their_time:.4f}); "
            f"our whole picture {whole * 1e3:.2f} ms (ratio {whole / their_time:.4f})"
        )


def main() -> None:
    for count in BARS:
        drawing(count)
    previews()
    gaps()
    memory()
    compiling()
    going_back()
    against_gsplat()


if __name__ == "__main__":
    main()
