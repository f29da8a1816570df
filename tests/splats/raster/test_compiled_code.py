"""The first run on a machine, which compiles, gives the bits of later ones, which load what it compiled."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import hashlib
from restora.splats.raster_torch import Params, render_params
from restora.testing.scene_items import sample_scene

scene = sample_scene(3000, degree=2, cameras=1)
params = Params.of(scene, requires_grad=True)
drawn = render_params(params, scene.cameras.cameras[0])
(drawn.rgb**2).sum().backward()
arrays = [drawn.rgb.detach().numpy(), *(each.grad.numpy() for each in params.tensors)]
print(hashlib.sha256(b"".join(each.tobytes() for each in arrays)).hexdigest())
"""


def gradients_below(cache: Path) -> str:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "RESTORA_HOME": str(cache)}
    words = [sys.executable, "-c", PROGRAM]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_code_from_the_cache_gives_the_bits_of_code_just_compiled(tmp_path: Path) -> None:
    first = gradients_below(tmp_path)
    assert any((tmp_path / "cache" / "kernels").rglob("*.nbc"))
    assert gradients_below(tmp_path) == first
