"""What a step of refining a scene costs on the processor, what SSIM costs, and whether a shaken scene heals.

Run as `python benchmarks/bench_refinement.py [steps|ssim|heal]`; all three without an argument. Times are
processor time of the whole process (all threads) and wall time, medians.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from bench_splats import camera, recipe

from restora.data.scene import GaussianScene
from restora.splats.framing import Framing, Optics, orbit
from restora.splats.refinement.drawing import Losses, draw
from restora.splats.refinement.engine import StepReport, refine
from restora.splats.refinement.options import STANDARD, RefineOptions
from restora.splats.refinement.photometric_torch import SIGMA, WINDOW
from restora.splats.refinement.rows import Rows
from restora.splats.refinement.ssim import SsimTarget, ssim_with_gradient
from restora.splats.refinement.views import TrainingView
from restora.splats.rendering import RenderOptions, render

ROUNDS = 7
SPEC_SECONDS = {
    ("10k", 256, False): 0.10,
    ("100k", 256, False): 0.33,
    ("100k", 512, False): 0.38,
    ("100k", 512, True): 0.87,
}
"""The spec's figures, one core of the same kind of machine; SSIM there by grouped convolution."""


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Processor and wall seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def steps() -> None:
    """Forward, loss with backward, and Adam, of one view again and again."""
    for name, count, side, with_ssim in (
        ("10k", 10_000, 256, False),
        ("10k", 10_000, 256, True),
        ("100k", 100_000, 256, False),
        ("100k", 100_000, 512, False),
        ("100k", 100_000, 512, True),
    ):
        scene, view_camera = recipe(count), camera(side, side)
        target = np.clip(render(scene, view_camera).rgb * np.float32(0.9), 0, 1)
        view = TrainingView(camera=view_camera, picture=target)
        rows = Rows.of(scene, STANDARD, 1.0, "cpu")
        losses, options = Losses(0.2 if with_ssim else 0.0), RenderOptions()
        parts: list[tuple[tuple[float, float], ...]] = []
        for _ in range(ROUNDS + 2):
            made = []
            forward = timed(lambda: made.append(draw(rows, view_camera, options)))  # noqa: B023 - called at once
            backward = timed(lambda: losses.send_back(made[0], view))  # noqa: B023 - called at once
            parts.append((forward, backward, timed(rows.step)))
        cpu = [statistics.median(each[part][0] for each in parts[2:]) for part in range(3)]
        wall = statistics.median(sum(part[1] for part in each) for each in parts[2:])
        spec = SPEC_SECONDS.get((name, side, with_ssim))
        loss = "L1 + SSIM" if with_ssim else "L1 only"
        print(
            f"{name} at {side}², {loss:9}: forward {cpu[0]:.3f}  loss and backward {cpu[1]:.3f}  "
            f"Adam {cpu[2]:.3f}  all {sum(cpu):.3f} CPU-s (spec {spec or '-'}), wall {wall:.3f} s"
        )


def grouped_ssim(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """SSIM as most trainers have it: one grouped convolution of 11 x 11 per mean, autograd backwards."""
    x = torch.arange(WINDOW, dtype=torch.float32) - WINDOW // 2
    taps = torch.exp(-(x**2) / (2 * SIGMA**2))
    taps = taps / taps.sum()
    window = (taps[:, None] * taps[None, :]).expand(3, 1, WINDOW, WINDOW).contiguous()

    def means(planes: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.conv2d(planes, window, groups=3)

    a, b = first.permute(2, 0, 1)[None], second.permute(2, 0, 1)[None]
    mean_a, mean_b = means(a), means(b)
    spread = means(a * a) - mean_a**2 + means(b * b) - mean_b**2
    shared = means(a * b) - mean_a * mean_b
    top = (2 * mean_a * mean_b + 0.01**2) * (2 * shared + 0.03**2)
    return (top / ((mean_a**2 + mean_b**2 + 0.01**2) * (spread + 0.03**2))).mean()


def ssim() -> None:
    """Forward and backward of one 512² picture, ours against grouped convolution, in turns."""
    rng = np.random.default_rng(0)
    first, second = (rng.random((512, 512, 3), np.float32) for _ in range(2))
    target = SsimTarget.of(second)
    tensor, other = torch.from_numpy(first).requires_grad_(), torch.from_numpy(second)

    def peer() -> None:
        tensor.grad = None
        grouped_ssim(tensor, other).backward()

    ours, theirs = [], []
    for _ in range(ROUNDS + 1):
        ours.append(timed(lambda: ssim_with_gradient(first, target)))
        theirs.append(timed(peer))
    mine, peers = (
        [statistics.median(each[clock] for each in found[1:]) for clock in range(2)]
        for found in (ours, theirs)
    )
    print(
        f"SSIM and gradient, 512²: ours {mine[0]:.3f} CPU-s {mine[1]:.3f} s, grouped convolution "
        f"{peers[0]:.3f} CPU-s {peers[1]:.3f} s: {mine[0] / peers[0]:.3f} of its processor time, "
        f"{mine[1] / peers[1]:.3f} of its wall time"
    )


def heal() -> None:
    """5k Gaussians, 16 views of 128²: shaken to about 20 dB, 400 steps with SSIM."""
    truth = covering(recipe(5000))
    around = Framing(low=np.percentile(truth.means, 2, axis=0), high=np.percentile(truth.means, 98, axis=0))
    cameras = orbit(around, 16, Optics(width=128, height=128), distance=1.3 * around.radius)
    views = [TrainingView(camera=each, picture=np.clip(render(truth, each).rgb, 0, 1)) for each in cameras]
    options = RefineOptions(steps=400, hold_out_every=0, evaluate_every=400, save_every=400)
    last: list[StepReport] = []
    cpu, wall = time.process_time(), time.perf_counter()
    found = refine(shaken(truth), views, options, report=lambda step: last.__setitem__(slice(None), [step]))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(
        f"5k, 16 views of 128², 400 steps: {found.before.psnr:.1f} dB became {found.after.psnr:.1f} dB "
        f"(spec 19.9 to 37.3), {cpu:.0f} CPU-s, {cpu / 400:.3f} a step (spec 0.18 wall), {wall:.0f} s"
    )
    held = refine(shaken(truth), views, replace(options, hold_out_every=4))
    print(
        f"  with 4 of the views held out: {held.before.psnr:.1f} dB became {held.after.psnr:.1f} dB on those"
    )


def covering(scene: GaussianScene) -> GaussianScene:
    """Gaussians so large that few pixels show the background: black pixels would flatter all figures."""
    return replace(scene, log_scales=scene.log_scales + np.float32(1.2))


def shaken(scene: GaussianScene) -> GaussianScene:
    """Places, sizes, opacities and colours off by so much that renders are near 20 dB."""
    rng = np.random.default_rng(3)

    def off(array: np.ndarray, by: float) -> np.ndarray:
        return (array + rng.normal(0, by, array.shape)).astype(np.float32)

    sh = scene.sh.copy()
    sh[:, :1] = off(sh[:, :1], 0.8)
    return replace(
        scene,
        means=off(scene.means, 0.05),
        log_scales=off(scene.log_scales, 0.3),
        logit_opacities=off(scene.logit_opacities, 0.5),
        sh=sh,
    )


def main() -> None:
    chosen = {"steps": steps, "ssim": ssim, "heal": heal}
    for name in sys.argv[1:] or chosen:
        chosen[name]()


if __name__ == "__main__":
    main()
