"""What gsplat on a CUDA card gives: the processor's pictures, how fast, and scenes that learn there.

Run as `python benchmarks/bench_cuda_scenes.py [VECTORS] [--steps N] [--only PART ...]`, with the folder of
the splats vectors for the part of that name. Parts: `probe vectors gradients times healing training`. Every
row is printed when it is known, and one that fails says why and lets the others run. Meant to take under
three minutes on a card of a data centre; with `--device cpu` the processor takes its place, to try it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from bench_refinement import covering, shaken
from bench_splats import camera, recipe

from restora.data.scene import GaussianScene
from restora.io.cameras import read_cameras
from restora.io.scenes import read_scene
from restora.scenes.photographs import load_photographs
from restora.splats.framing import Framing, Optics, orbit
from restora.splats.raster_torch import Params, render_params
from restora.splats.refinement.engine import StepReport, refine
from restora.splats.refinement.options import RefineOptions, Strategy, growing_for
from restora.splats.refinement.views import TrainingView
from restora.splats.rendering import RenderOptions, render
from restora.testing.splats.renders import camera_of, options_of, scene_of

ROUNDS = 20
PARTS = ("probe", "vectors", "gradients", "times", "training", "healing")
LIMITS = {"rgb": 1e-4, "alpha": 1e-4, "depth": 5e-4}
"""Five times the tolerance of the vectors, on pixels where no threshold is near."""
_CAP = 0.999
"""Compiled into gsplat: other caps are drawn by the processor."""


def say(text: str) -> None:
    print(text, flush=True)


def row(name: str, work: Callable[[], str]) -> None:
    """One line; a failure is one too."""
    begun = time.perf_counter()
    try:
        say(f"{name}: {work()} [{time.perf_counter() - begun:.1f} s]")
    except Exception as error:  # noqa: BLE001 - the time on a lent card is short: the other rows still count
        say(f"{name}: FAILED, {type(error).__name__}: {error}")
        say("    " + traceback.format_exc().replace("\n", "\n    "))


def probe(device: str) -> str:
    from restora.splats.devices import choose_device

    return f"{choose_device(device).reason}; torch {torch.__version__}, CUDA {torch.version.cuda}"


# -- the same pictures -------------------------------------------------------------------------------


def vectors(folder: Path, device: str) -> None:
    for name, stated in json.loads((folder / "cases.json").read_text()).items():
        if (folder / f"{name}.npz").is_file() and "camera_model" in stated:
            row(f"vectors {name}", lambda name=name, stated=stated: vector(folder, name, stated, device))


def vector(folder: Path, name: str, stated: dict[str, object], device: str) -> str:
    arrays = dict(np.load(folder / f"{name}.npz"))
    if "stable" not in arrays:
        return "holds no pictures"
    options = options_of(stated)
    if options.alpha_max != _CAP and device != "cpu":
        return f"left out: gsplat caps alpha at {_CAP}, the case at {options.alpha_max:g}"
    stable = np.unpackbits(arrays["stable"], axis=-1)[..., : stated["width"]] > 0
    worst = {part: [0.0, 0.0] for part in LIMITS}
    for i, (pose, intrinsics) in enumerate(zip(arrays["viewmats"], arrays["Ks"], strict=True)):
        scene, view = scene_of(arrays), camera_of(name, stated, pose, intrinsics)
        drawn, ours = render(scene, view, options, device=device), render(scene, view, options)
        for part, found in worst.items():
            picture = getattr(drawn, part)
            found[0] = max(found[0], float(np.abs(picture - arrays[part][i])[stable[i]].max()))
            found[1] = max(found[1], float(np.abs(picture - getattr(ours, part))[stable[i]].max()))
    verdict = "equal" if all(max(worst[part]) < limit for part, limit in LIMITS.items()) else "DIFFERENT"
    told = ", ".join(f"{part} {found[0]:.1e} / {found[1]:.1e}" for part, found in worst.items())
    return f"{verdict}; worst of stable pixels against the vector / the processor: {told}"


def gradients(device: str) -> str:
    scene, view = recipe(2000), camera(96, 64)
    found = []
    for place in ("cpu", device):
        params = Params.of(scene, device=place, requires_grad=True)
        seen = render_params(params, view)
        (seen.rgb.square().sum() + seen.alpha.sum() + seen.depth.sum()).backward()
        found.append([tensor.grad.cpu().double() for tensor in params.tensors])
    names = ("means", "quats", "log_scales", "logit_opacities", "sh")
    far = [float((a - b).norm() / a.norm()) for a, b in zip(*found, strict=True)]
    return "relative L2 to the processor: " + ", ".join(
        f"{n} {f:.1e}" for n, f in zip(names, far, strict=True)
    )


# -- how fast ----------------------------------------------------------------------------------------


def settled(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize(device)


def median_of(work: Callable[[], object], device: str, rounds: int = ROUNDS) -> float:
    taken = []
    for _ in range(rounds + 2):
        begun = time.perf_counter()
        work()
        settled(device)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken[2:])


def times(count: int, device: str) -> str:
    scene, view = recipe(count), camera()
    params = Params.of(scene, device=device)

    def resident() -> None:
        with torch.no_grad():
            render_params(params, view)

    learning = Params.of(scene, device=device, requires_grad=True)

    def both_ways() -> None:
        torch.autograd.grad(render_params(learning, view).rgb.sum(), learning.tensors)

    stays = median_of(resident, device)
    back = median_of(both_ways, device)
    whole = median_of(lambda: render(scene, view, device=device), device, 5)
    ours = median_of(lambda: render(scene, view), "cpu", 3)
    return (
        f"drawn {stays * 1e3:.2f} ms with the scene on the card, {whole * 1e3:.1f} ms with the way there and "
        f"back, gradients too {back * 1e3:.2f} ms; the processor of this machine {ours * 1e3:.0f} ms"
    )


# -- learning ----------------------------------------------------------------------------------------


def sample_views(sample: str) -> list[TrainingView]:
    folder = samples() / sample
    return list(load_photographs(read_cameras(folder / "transforms.json")).views)


def samples() -> Path:
    import restora_resources

    return Path(restora_resources.__path__[0]) / "samples"


def training(sample: str, start: str, strategy: Strategy, steps: int, device: str) -> str:
    scene, views = read_scene(samples() / sample / f"{start}.ply"), sample_views(sample)
    options = RefineOptions(
        steps=steps,
        evaluate_every=max(1, steps // 5),
        save_every=steps,
        densification=growing_for(steps, scene.count, strategy),
        device=device,
    )
    return learnt(scene, views, options)


def learnt(scene: GaussianScene, views: list[TrainingView], options: RefineOptions) -> str:
    told: list[StepReport] = []
    found = refine(scene, views, options, report=told.append)
    seconds = statistics.median(step.seconds for step in told)
    kept = f"{found.before.views} {'held-out' if found.before.is_held_out else 'learnt'} photographs"
    return (
        f"{options.steps} steps, {scene.count} -> {found.latest.count} Gaussians: {found.before.psnr:.2f} -> "
        f"{found.after.psnr:.2f} dB (SSIM {found.before.ssim:.3f} -> {found.after.ssim:.3f}) of {kept}, best "
        f"after {found.best_step}, {seconds * 1e3:.1f} ms a step"
    )


def healing(steps: int, hold_out: int, device: str) -> str:
    truth = covering(recipe(5000))
    around = Framing(low=np.percentile(truth.means, 2, axis=0), high=np.percentile(truth.means, 98, axis=0))
    cameras = orbit(around, 16, Optics(width=128, height=128), distance=1.3 * around.radius)
    views = [
        TrainingView(
            camera=each, picture=np.clip(render(truth, each, RenderOptions(), device=device).rgb, 0, 1)
        )
        for each in cameras
    ]
    options = RefineOptions(
        steps=steps,
        hold_out_every=hold_out,
        evaluate_every=max(1, steps // 4),
        save_every=steps,
        device=device,
    )
    return learnt(shaken(truth), views, options)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("vectors", nargs="?", type=Path)
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--device", default="cuda")
    wanted = parser.parse_args()
    parts, device = wanted.only, wanted.device
    if "probe" in parts:
        row("probe", lambda: probe(device))
    if "vectors" in parts and wanted.vectors is not None:
        vectors(wanted.vectors, device)
    if "gradients" in parts:
        row("gradients", lambda: gradients(device))
    for count in (100_000, 1_000_000) if "times" in parts else ():
        row(f"{count} Gaussians, 512 x 512", lambda count=count: times(count, device))
    if "healing" in parts:
        row("healing, all 16 views learnt", lambda: healing(400, 0, device))
        row("healing, 4 of 16 views held out", lambda: healing(400, 4, device))
    for sample in ("scene_still_life", "scene_courtyard") if "training" in parts else ():
        for start in ("undertrained", "sparse"):
            for strategy in Strategy:
                row(
                    f"training {sample} {start}, {strategy}",
                    lambda sample=sample, start=start, strategy=strategy: training(
                        sample, start, strategy, wanted.steps, device
                    ),
                )


if __name__ == "__main__":
    main()
