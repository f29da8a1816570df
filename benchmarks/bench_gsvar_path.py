"""Path mending on a procedural scene with known truth: what stabilising does, and that a killed run goes on.

Run `python benchmarks/bench_gsvar_path.py`. The scene that is rendered has faults put into it; a stand-in for
the network gives the truth with noise of its own in every frame, as fixers without memory do. Then the real
method, with tiny filled weights, is killed in the middle of a path and started again.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from restora.data.camera import Camera, CameraSet
from restora.data.scene import GaussianScene
from restora.folders import Folders
from restora.plugins.host import PluginHost
from restora.splats.framing import Optics, framing, orbit
from restora.splats.prepared import PreparedScene
from restora.splats.rendering import RenderOptions, render
from restora.testing.scene_items import scene_item
from restora.testing.vectors import Case
from restora.weights.consent import Consents
from restora.workbench import Workbench
from restora_gsvar import method
from restora_gsvar.frames import Folder
from restora_gsvar.path_mending import PathMender, summary
from restora_gsvar.vectors.checkpoints import described, tensors_of, write_checkpoint

VECTORS = Path(__file__).parents[1] / "tests" / "vectors" / "gsvar"
_FRAMES, _SIZE = 24, (192, 144)
_STRENGTHS = (0.0, 0.3, 0.5, 0.7, 0.9)
_NOISES = (0.02, 0.05, 0.1)
_OPTIONS = RenderOptions(background=(0.5, 0.5, 0.5))


class Context:
    """What the loop asks of its host; satisfies as much of `restora.api.Context` as it uses."""

    def checkpoint(self) -> None:
        return

    def preview(self, image: np.ndarray) -> None:
        del image

    def log(self, level: int, message: str) -> None:
        del level, message


def main() -> None:
    if sys.argv[1:2] == ["--work"]:
        work(Path(sys.argv[2]))
        return
    for noise in _NOISES:
        steadied(noise)
    with tempfile.TemporaryDirectory() as folder:
        killed_and_resumed(Path(folder))


def still_life(count: int = 4000) -> GaussianScene:
    """Balls on a table, made of small opaque Gaussians."""
    rng = np.random.default_rng(7)
    parts, colours = [], []
    for ball in range(5):
        middle = np.array([rng.uniform(-1, 1), -0.3, rng.uniform(-1, 1)])
        directions = rng.normal(size=(count // 8, 3))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        parts.append(middle + 0.3 * directions)
        stripes = 0.5 + 0.5 * np.sign(np.sin(12 * directions @ rng.normal(size=3)))[:, None]
        colours.append(stripes * rng.uniform(0.2, 0.9, 3) + (1 - stripes) * 0.2 * (ball % 3))
    on_table = 3 * count // 8
    across, along = rng.uniform(-2, 2, (2, on_table))
    table = np.stack([across, np.zeros(on_table), along], axis=1)
    checks = (np.floor(table[:, :1] * 2) + np.floor(table[:, 2:] * 2)) % 2
    parts.append(table)
    colours.append(0.3 + 0.4 * checks * np.array([1.0, 0.9, 0.7]))
    means, rgb = np.concatenate(parts), np.concatenate(colours)
    scales = np.where(means[:, 1:2] == 0, [0.05, 0.004, 0.05], [0.03, 0.03, 0.03])
    sh = ((rgb - 0.5) / 0.28209479)[:, None]
    return GaussianScene(
        means=means.astype(np.float32),
        quats=np.tile(np.float32([1, 0, 0, 0]), (len(means), 1)),
        log_scales=np.log(scales).astype(np.float32),
        logit_opacities=np.full(len(means), 4, np.float32),
        sh=sh.astype(np.float32),
    )


def with_faults(truth: GaussianScene) -> GaussianScene:
    """Floaters in the air, a tenth of the Gaussians lost, all of them a little astray."""
    rng = np.random.default_rng(8)
    kept = rng.random(truth.count) > 0.1
    floaters = 60
    means = truth.means[kept] + rng.normal(0, 0.01, (kept.sum(), 3))
    air = rng.uniform([-1.5, -1.2, -1.5], [1.5, -0.7, 1.5], (floaters, 3))
    odd = rng.normal(0, 0.5, (floaters, 1, 3))
    return GaussianScene(
        means=np.concatenate([means, air]).astype(np.float32),
        quats=np.tile(np.float32([1, 0, 0, 0]), (len(means) + floaters, 1)),
        log_scales=joined(truth.log_scales[kept], np.full((floaters, 3), -2.5)),
        logit_opacities=joined(truth.logit_opacities[kept], np.full(floaters, -1)),
        sh=joined(truth.sh[kept], odd),
    )


def joined(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.concatenate([first, second]).astype(np.float32)


def cameras_around(scene: GaussianScene) -> tuple[Camera, ...]:
    """A slow move over a part of a circle."""
    optics = Optics(width=_SIZE[0], height=_SIZE[1], fov_degrees=45)
    return orbit(framing(scene), 10 * _FRAMES, optics, elevation_degrees=35)[:_FRAMES]


def steadied(noise: float) -> None:
    """Flicker and error of the film at several strengths of stabilising."""
    truth = still_life()
    cameras = cameras_around(truth)
    prepared = PreparedScene(truth)
    clean = [np.clip(render(prepared, camera, _OPTIONS).rgb, 0, 1) for camera in cameras]
    mended = [noisy(picture, index, noise) for index, picture in enumerate(clean)]

    def stand_in(index: int, *_seen: object) -> tuple[np.ndarray, dict[str, object]]:
        return mended[index], {}

    for strength in _STRENGTHS:
        with tempfile.TemporaryDirectory() as place:
            folder = Folder(Path(place))
            path = PathMender(
                scene=PreparedScene(with_faults(truth)),
                cameras=cameras,
                options=_OPTIONS,
                mend=stand_in,  # type: ignore[arg-type]  # leaves out what it does not look at
                strength=strength,
                folder=folder,
                context=Context(),  # type: ignore[arg-type]  # has what the loop asks for
            )
            figures = summary(path.run(lambda _done: None))
            result = [folder.picture(index) for index in range(len(cameras))]
        before, after = figures["mended"], figures["result"]
        say(
            f"noise {noise:g}, strength {strength:g}: flicker {before:.5f} to {after:.5f}, "
            f"{before / after:.2f} times less (renders {figures['render']:.5f}); "
            f"error to truth {error(mended, clean):.5f} to {error(result, clean):.5f}"
        )


def noisy(picture: np.ndarray, index: int, noise: float) -> np.ndarray:
    """Blotches and grain, other ones in every frame."""
    rng = np.random.default_rng([11, index])
    height, width = picture.shape[:2]
    blotches = rng.normal(0, noise, (height // 16, width // 16, 3)).repeat(16, 0).repeat(16, 1)
    return np.clip(picture + blotches + rng.normal(0, noise, picture.shape), 0, 1).astype(np.float32)


def error(film: list[np.ndarray], truth: list[np.ndarray]) -> float:
    return float(np.mean([np.abs(a - b).mean() for a, b in zip(film, truth, strict=True)]))


def killed_and_resumed(folder: Path) -> None:
    """Start a process that mends a path, kill it, start it again."""
    begun = time.monotonic()
    child = start(folder)
    frames = wait_for_frames(folder, 3, child)
    child.send_signal(signal.SIGKILL)
    child.wait()
    say(f"killed with {frames} frames done after {time.monotonic() - begun:.0f} s")
    begun = time.monotonic()
    child = start(folder)
    out, _ = child.communicate()
    say(out.strip())
    say(f"resumed and done after {time.monotonic() - begun:.0f} s")


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, __file__, "--work", str(folder)], stdout=subprocess.PIPE, text=True, env=os.environ
    )


def wait_for_frames(folder: Path, count: int, child: subprocess.Popen[str]) -> int:
    while child.poll() is None:
        done = sorted(folder.rglob("frame_*.npy"))
        if len(done) >= count:
            return len(done)
        time.sleep(0.05)
    raise SystemExit("the path was done before it could be killed")


def work(folder: Path) -> None:
    """The real method with tiny weights; says how many frames were made in this process."""
    case = Case(root=VECTORS, path=VECTORS / "infer_ref.npz")
    tiny = described(case)
    method.published = lambda: tiny  # type: ignore[assignment]  # the vectors' size of the networks
    scene = still_life(800)
    scene = replace(scene, cameras=CameraSet(cameras=cameras_around(scene)[:8]))
    host = PluginHost(builtins={"gsvar": "restora_gsvar.manifest"}, entry_points=False).discover()
    with Workbench(Folders.below(folder), host) as bench:
        path = folder / "vae-ckpt-last.pth"
        if not path.exists():
            write_checkpoint(path, tensors_of(case), "vae_opt")
            yes = Consents(allow_unverified=True)
            bench.weights.import_file(path, target="gsvar/paired-bridge", consents=yes)
        request = bench.request("gsvar.fix_path", scene_item(scene), params={"extent": "resize"}, typed=True)
        before = len(sorted(folder.rglob("frame_*.npy")))
        result = bench.run(request, device="cpu")
    say(f"{before} frames were there, {len(result.frames) - before} were made, {len(result.frames)} in all")


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
