"""What a format rounds cannot be seen: pictures before and after."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora.io.scenes import read_scene, write_scene
from restora.io.scenes.activations import colour_of, constant_band
from restora.splats.rendering import render

Kit = Any  # the fixture of conftest.py


@pytest.fixture(scope="module")
def seen(kit: Kit) -> tuple[GaussianScene, Camera]:
    """A scene and a camera of the stored vectors."""
    with np.load(kit.vectors / "deg3_orbit.npz") as stored:
        names = ("means", "quats", "log_scales", "logit_opacities", "sh")
        scene = GaussianScene(**{name: stored[name] for name in names})
        height, width = stored["rgb"].shape[1:3]
        matrix, pose = stored["Ks"][0], stored["viewmats"][0].astype(np.float64)
    camera = Camera(
        name="first",
        width=width,
        height=height,
        fx=float(matrix[0, 0]),
        fy=float(matrix[1, 1]),
        cx=float(matrix[0, 2]),
        cy=float(matrix[1, 2]),
        world_to_camera=pose,
    )
    return scene, camera


def decibels(a: GaussianScene, b: GaussianScene, camera: Camera) -> float:
    error = float(((render(a, camera).rgb - render(b, camera).rgb) ** 2).mean())
    return float("inf") if error == 0 else -10 * np.log10(error)


@pytest.mark.parametrize(
    ("format", "least"),
    [
        ("ply", float("inf")),
        ("ply-text", float("inf")),
        ("compressed-ply", 44),
        ("spz", 44),
        ("spz4", 44),
        ("sog", 37),
    ],
)
def test_a_round_trip_is_not_seen(
    seen: tuple[GaussianScene, Camera], tmp_path: Path, format: str, least: float
) -> None:
    scene, camera = seen
    path = tmp_path / "without_ending"
    write_scene(path, scene, format)
    assert decibels(scene, read_scene(path), camera) >= least


def test_splat_shows_the_scene_without_its_harmonics(
    seen: tuple[GaussianScene, Camera], tmp_path: Path
) -> None:
    scene, camera = seen
    write_scene(tmp_path / "a.splat", scene)
    flat = replace(scene, sh=constant_band(np.clip(colour_of(scene.sh[:, :1]), 0, 1)))
    assert decibels(flat, read_scene(tmp_path / "a.splat"), camera) > 40
