"""Cameras made here, and the stored vectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from restora.data.camera import Camera, CameraSet


def make_cameras(count: int = 3, seed: int = 0, **more: object) -> CameraSet:
    """Cameras in all directions; `more` goes to every one."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        rotation, _ = np.linalg.qr(rng.standard_normal((3, 3)))
        pose = np.eye(4)
        pose[:3, :3] = rotation * np.sign(np.linalg.det(rotation))
        pose[:3, 3] = rng.uniform(-9, 9, 3)
        values: dict[str, object] = {
            "name": f"view {number}.png",
            "width": int(rng.integers(1, 5000)),
            "height": int(rng.integers(1, 5000)),
            "fx": float(rng.uniform(1, 4000)),
            "fy": float(rng.uniform(1, 4000)),
            "cx": float(rng.uniform(0, 2000)),
            "cy": float(rng.uniform(0, 2000)),
            "world_to_camera": pose,
            "picture": f"view {number}.png",
        }
        made.append(Camera(**{**values, **more}))  # type: ignore[arg-type]
    return CameraSet(cameras=tuple(made))


def assert_same(found: CameraSet, expected: CameraSet) -> None:
    assert [each.name for each in found] == [each.name for each in expected]
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a.world_to_camera, b.world_to_camera, atol=1e-12)
        assert (a.width, a.height, a.fx, a.fy) == (b.width, b.height, b.fx, b.fy)
        assert (a.cx, a.cy, a.projection) == (b.cx, b.cy, b.projection)
        assert a.is_distorted is b.is_distorted
        assert {k: v for k, v in a.distortion if v} == {k: v for k, v in b.distortion if v}


@dataclass(frozen=True)
class CameraKit:
    """What the tests of camera files share; the modules here cannot import each other."""

    make: Callable[..., CameraSet]
    assert_same: Callable[[CameraSet, CameraSet], None]
    vectors: Path


@pytest.fixture(scope="session")
def kit() -> CameraKit:
    vectors = Path(__file__).parents[2] / "vectors" / "splats"
    return CameraKit(make=make_cameras, assert_same=assert_same, vectors=vectors)
