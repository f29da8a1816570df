"""Tries gsplat in a process of its own: `python -m restora.splats.gsplat_trial look|draw`.

What is wrong with drivers and compilers ends this process and no other. The last line it prints is JSON.
"""

from __future__ import annotations

import json
import shutil
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

DIFFERENCE = 1e-3
"""How far the trial picture may lie from the processor's: above fast-math rounding, below any mistake."""


def look() -> dict[str, object]:
    """What is installed, and whether gsplat's CUDA part exists already; loads torch, starts nothing."""
    import torch

    has_cuda = torch.cuda.is_available()
    return {
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "gpu": torch.cuda.get_device_name() if has_cuda else None,
        "gsplat": metadata.version("gsplat"),
        "is_built": _is_built(),
        "nvcc": _nvcc(),
        "compiler": shutil.which("cl" if sys.platform == "win32" else "c++"),
    }


def _is_built() -> bool:
    """Whether importing its backend compiles nothing; the two places that gsplat looks into."""
    if find_spec("gsplat") is not None and find_spec("gsplat.csrc") is not None:
        return True
    from torch.utils import cpp_extension

    folder = Path(cpp_extension._get_build_directory("gsplat_cuda", False))  # gsplat asks the same
    return any((folder / f"gsplat_cuda{ending}").is_file() for ending in (".so", ".lib"))


def _nvcc() -> str | None:
    from torch.utils.cpp_extension import CUDA_HOME

    beside = Path(CUDA_HOME) / "bin" / "nvcc" if CUDA_HOME else None
    return str(beside) if beside is not None and beside.exists() else shutil.which("nvcc")


def draw() -> dict[str, object]:
    """Draw a small scene with both rasterisers; compiles gsplat's CUDA part where it is missing."""
    import numpy as np

    from restora.data.camera import Camera
    from restora.data.scene import GaussianScene
    from restora.splats.raster_gsplat import render_on
    from restora.splats.rendering import RenderOptions, render

    rng = np.random.default_rng(0)
    scene = GaussianScene(
        means=rng.standard_normal((50, 3), np.float32) * np.float32(0.5),
        quats=rng.standard_normal((50, 4), np.float32),
        log_scales=rng.standard_normal((50, 3), np.float32) * np.float32(0.3) - np.float32(1.5),
        logit_opacities=rng.standard_normal(50, np.float32),
        sh=rng.standard_normal((50, 4, 3), np.float32) * np.float32(0.3),
    )
    pose = np.eye(4)
    pose[2, 3] = 3.0
    camera = Camera(name="trial", width=64, height=48, fx=60, fy=60, cx=32, cy=24, world_to_camera=pose)
    ours = render(scene, camera)
    theirs = render_on(scene, camera, RenderOptions(), "cuda")
    return {"difference": float(np.abs(ours.rgb - theirs.rgb).mean())}


def main() -> None:
    """Do what the only argument says and print the answer."""
    done = {"look": look, "draw": draw}[sys.argv[1]]()
    sys.stdout.write("\n" + json.dumps(done) + "\n")


if __name__ == "__main__":
    main()
