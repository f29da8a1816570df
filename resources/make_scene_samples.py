"""Makes the sample scenes: drawn by this script, photographed by the rasteriser, trained badly on purpose.

Run it with restora installed: `python resources/make_scene_samples.py`; it takes some minutes of one core and
writes into restora_resources/samples. The same machine and versions write the same bytes. Public domain
(CC0 1.0). Each scene has its truth, photographs of the truth from 24 cameras, a version that was trained too
briefly with all of them, and one that was trained for long with four.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from restora.data.camera import Camera, CameraSet
from restora.data.scene import GaussianScene
from restora.io.cameras import write_cameras
from restora.io.scenes import write_scene
from restora.splats.edits.choosing import merged
from restora.splats.framing import Framing, Optics, orbit
from restora.splats.refinement.engine import refine
from restora.splats.refinement.initial import scene_from_points
from restora.splats.refinement.options import Densification, training_options
from restora.splats.refinement.views import TrainingView, photo_view
from restora.splats.rendering import render
from restora.splats.rotations import matrices

FOLDER = Path(__file__).parent / "restora_resources" / "samples"
OPTICS = Optics(width=176, height=132, fov_degrees=48.0)
CAMERAS = 24
SPARSE = (0, 7, 13, 18)
"""Cameras that teach the sparse version: at three heights, all around; none that `scene refine` holds out."""
C0 = 0.28209479177387814

Points = NDArray[np.float64]
Shape = tuple[Points, Points, Points]
"""Places, directions away from the surface, and places for the texture: all N x 3."""


# -- surfaces ----------------------------------------------------------------------------------------


def ball(count: int, radius: float, *, squeeze: float = 1.0) -> Shape:
    """Evenly spread over a sphere; `squeeze` flattens it."""
    index = np.arange(count) + 0.5
    z, turn = 1 - 2 * index / count, index * np.pi * (3 - 5**0.5)
    flat = np.sqrt(1 - z**2)
    out = np.stack([flat * np.cos(turn), z, flat * np.sin(turn)], axis=1)
    return out * radius * np.array([1, squeeze, 1]), out, out


def disc(count: int, radius: float) -> Shape:
    """A level disc that looks up."""
    index = np.arange(count) + 0.5
    reach, turn = radius * np.sqrt(index / count), index * np.pi * (3 - 5**0.5)
    places = np.stack([reach * np.cos(turn), 0 * reach, reach * np.sin(turn)], axis=1)
    return places, np.tile([0.0, -1.0, 0.0], (count, 1)), places


def tube(count: int, radius: float, height: float, *, tip: float = 1.0, inside: bool = False) -> Shape:
    """An upright tube on the ground; `tip` is the share of its radius that is left at the top."""
    index = np.arange(count) + 0.5
    up, turn = index / count, index * np.pi * (3 - 5**0.5) * 7
    reach = radius * (1 + (tip - 1) * up)
    places = np.stack([reach * np.cos(turn), -height * up, reach * np.sin(turn)], axis=1)
    away = np.stack([np.cos(turn), -(1 - tip) * radius / height + 0 * turn, np.sin(turn)], axis=1)
    return places, -away if inside else away, np.stack([turn % (2 * np.pi), up * height, up], axis=1)


def ring(count: int, radius: float, thickness: float) -> Shape:
    """A torus that lies level."""
    index = np.arange(count) + 0.5
    around, across = 2 * np.pi * index / count, index * np.pi * (3 - 5**0.5)
    level = np.stack([np.cos(around), 0 * around, np.sin(around)], axis=1)
    out = np.cos(across)[:, None] * level + np.sin(across)[:, None] * np.array([0.0, 1.0, 0.0])
    return radius * level + thickness * out, out, np.stack([around, across, 0 * around], axis=1)


def block(count: int, size: tuple[float, float, float]) -> Shape:
    """A box whose lower face is the ground; faces share the count by their area."""
    x, y, z = size
    faces = (((0, 1), 2, x * y, z), ((0, 2), 1, x * z, y), ((1, 2), 0, y * z, x))
    places, away = [], []
    for axes, axis, area, depth in faces:
        for side in (-0.5, 0.5):
            share = max(9, round(count * area / (2 * (x * y + y * z + x * z))))
            spot = np.zeros((share, 3))
            spot[:, axes] = (halton(share) - 0.5) * np.array([size[axes[0]], size[axes[1]]])
            spot[:, axis] = side * depth
            out = np.zeros((share, 3))
            out[:, axis] = np.sign(side)
            places.append(spot - np.array([0, y / 2, 0]))
            away.append(out)
    joined = np.concatenate(places)
    return joined, np.concatenate(away), joined


def halton(count: int) -> Points:
    """Even places in a square."""
    found = np.zeros((count, 2))
    for axis, base in enumerate((2, 3)):
        index, factor = np.arange(1, count + 1), 1.0
        while index.any():
            factor /= base
            found[:, axis] += factor * (index % base)
            index //= base
    return found


# -- textures: places to colours of 0 to 1 -----------------------------------------------------------


def checks(size: float, first: Sequence[float], second: Sequence[float]) -> Callable[[Points], Points]:
    """A chessboard, level."""

    def colour(at: Points) -> Points:
        odd = (np.floor(at[:, 0] / size) + np.floor(at[:, 2] / size)) % 2
        return np.where(odd[:, None] == 0, np.array(first), np.array(second))

    return colour


def stripes(
    axis: int, period: float, first: Sequence[float], second: Sequence[float]
) -> Callable[[Points], Points]:
    """Bands across an axis of the texture."""

    def colour(at: Points) -> Points:
        odd = np.floor(at[:, axis] / period) % 2
        return np.where(odd[:, None] == 0, np.array(first), np.array(second))

    return colour


def bricks(width: float, height: float) -> Callable[[Points], Points]:
    """A brick wall with joints; the first axis runs along it."""

    def colour(at: Points) -> Points:
        row = np.floor(at[:, 1] / height)
        along = at[:, 0] / width + 0.5 * (row % 2)
        joint = (along % 1 < 0.08) | (at[:, 1] / height % 1 < 0.14)
        tone = 0.85 + 0.3 * fractional(np.floor(along) * 12.99 + row * 78.2)
        return np.where(joint[:, None], np.array([0.72, 0.70, 0.66]), tone[:, None] * [0.62, 0.31, 0.22])

    return colour


def wood(at: Points) -> Points:
    """Rings around an upright axis."""
    rings = np.sin(24 * np.hypot(at[:, 0] + 0.3, at[:, 2] - 0.2) + 5 * at[:, 1])
    return np.array([0.55, 0.36, 0.20]) * (1 + 0.22 * rings)[:, None]


def sprinkles(at: Points) -> Points:
    """Icing with sugar in all colours."""
    seed = fractional(np.floor(at[:, 0] * 9) * 3.17 + np.floor(at[:, 1] * 2.2) * 9.71)
    bright = np.stack([fractional(seed * 7), fractional(seed * 13), fractional(seed * 29)], axis=1)
    return np.where((seed > 0.72)[:, None], 0.4 + 0.6 * bright, np.array([0.85, 0.45, 0.58]))


def sky(at: Points) -> Points:
    """From white to blue, with clouds."""
    height = np.clip(-at[:, 1:2], -0.2, 1)
    cloud = np.clip(np.sin(5 * at[:, :1] + 2 * at[:, 2:]) * np.sin(4 * at[:, 2:] - at[:, :1]) - 0.3, 0, 1)
    blue = np.array([0.80, 0.87, 0.94]) * (1 - height) + np.array([0.30, 0.50, 0.82]) * height
    return blue + 0.35 * cloud * height


def water(at: Points) -> Points:
    """Circles around the middle."""
    return np.array([0.25, 0.5, 0.6]) + 0.08 * np.sin(30 * np.hypot(at[:, :1], at[:, 2:]))


def plain(at: Points) -> Points:
    """Grey stone."""
    return np.tile([0.75, 0.72, 0.68], (len(at), 1))


def fractional(values: Points) -> Points:
    """Numbers without pattern, from 0 to 1."""
    return np.asarray(np.abs(np.sin(values) * 43758.5453) % 1)


# -- scenes ------------------------------------------------------------------------------------------


def painted(
    shape: Shape,
    texture: Callable[[Points], Points],
    *,
    at: Sequence[float] = (0, 0, 0),
    turn: float = 0.0,
    size: float,
    lit: bool = True,
) -> GaussianScene:
    """Flat Gaussians over a surface, lit from one side of the sky."""
    places, away, marks = shape
    rotation = matrices([np.cos(turn / 2), 0, np.sin(turn / 2), 0])
    places, away = places @ rotation.T + np.array(at), away @ rotation.T
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    light = np.array([0.45, -0.8, -0.4]) / np.linalg.norm([0.45, -0.8, -0.4])
    shade = 0.62 + 0.38 * np.clip(away @ light, -0.6, 1) if lit else np.ones(len(places))
    colours = np.clip(texture(marks) * shade[:, None], 0.02, 0.98)
    quats = np.stack([facing(direction) for direction in away])
    return GaussianScene(
        means=places.astype(np.float32),
        quats=quats.astype(np.float32),
        log_scales=np.log(np.tile([size, size, 0.15 * size], (len(places), 1))).astype(np.float32),
        logit_opacities=np.full(len(places), 4.0, np.float32),
        sh=((colours - 0.5) / C0).astype(np.float32)[:, None],
    )


def facing(direction: Points) -> Points:
    """A quaternion that turns z to a direction."""
    half = direction + np.array([0, 0, 1.0])
    if np.linalg.norm(half) < 1e-6:
        return np.array([0, 1.0, 0, 0])
    half /= np.linalg.norm(half)
    axis = np.cross([0, 0, 1.0], half)
    return np.array([half[2], *axis])


def still_life() -> GaussianScene:
    """A laid table under the sky."""
    cloth = checks(0.25, (0.92, 0.90, 0.84), (0.20, 0.36, 0.52))
    candy = stripes(1, 0.28, (0.85, 0.2, 0.15), (0.95, 0.9, 0.8))
    fir = stripes(1, 0.15, (0.18, 0.5, 0.3), (0.9, 0.8, 0.3))
    dice = checks(0.1, (0.15, 0.15, 0.2), (0.85, 0.75, 0.3))
    return merged(
        [
            painted(ball(1200, 6.0), sky, size=0.36, lit=False),
            painted(disc(4200, 1.5), cloth, size=0.024),
            painted(tube(500, 1.5, 0.12), wood, at=(0, 0.12, 0), size=0.035),
            painted(ball(1500, 0.36), candy, at=(-0.55, -0.36, 0.1), size=0.02),
            painted(block(2200, (0.5, 0.62, 0.42)), wood, at=(0.5, 0, 0.35), turn=0.5, size=0.018),
            painted(ring(1700, 0.3, 0.12), sprinkles, at=(0.25, -0.12, -0.55), size=0.017),
            painted(tube(900, 0.24, 0.75, tip=0.04), fir, at=(-0.25, 0, 0.75), size=0.02),
            painted(block(700, (0.3, 0.22, 0.3)), dice, at=(-0.75, 0, -0.6), turn=-0.3, size=0.018),
        ]
    )


def courtyard() -> GaussianScene:
    """A fountain between columns, walls around."""
    marble = stripes(0, 0.4, (0.88, 0.85, 0.78), (0.74, 0.70, 0.64))
    gold = stripes(0, 0.2, (0.8, 0.65, 0.3), (0.55, 0.4, 0.2))
    columns = [
        painted(
            tube(420, 0.14, 1.7, tip=0.85),
            marble,
            at=(1.75 * np.cos(angle), 0, 1.75 * np.sin(angle)),
            size=0.035,
        )
        for angle in np.arange(6) * np.pi / 3 + 0.39
    ]
    return merged(
        [
            painted(ball(700, 9.0), sky, size=0.75, lit=False),
            painted(disc(4200, 4.2), checks(0.6, (0.70, 0.66, 0.58), (0.52, 0.50, 0.48)), size=0.062),
            painted(tube(3600, 4.1, 1.5, inside=True), wall, size=0.055),
            painted(tube(900, 0.8, 0.35), bricks(0.25, 0.12), size=0.032),
            painted(disc(600, 0.76), water, at=(0, -0.3, 0), size=0.035),
            painted(tube(450, 0.14, 0.9, tip=0.6), plain, size=0.03),
            painted(ball(600, 0.3, squeeze=0.5), gold, at=(0, -0.95, 0), size=0.025),
            *columns,
        ]
    )


def wall(at: Points) -> Points:
    """Bricks with dark windows; `at` holds angle and height."""
    unrolled = np.stack([at[:, 0] * 4.1, at[:, 1], at[:, 2]], axis=1)
    window = (at[:, 0] * 7 / np.pi % 1 < 0.28) & (at[:, 1] > 0.45) & (at[:, 1] < 1.15)
    return np.where(window[:, None], np.array([0.16, 0.20, 0.26]), bricks(0.42, 0.2)(unrolled))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One sample scene."""

    name: str
    make: Callable[[], GaussianScene]
    around: Framing
    distances: tuple[float, float, float]
    """Of three orbits of eight cameras, lowest first."""


RECIPES = (
    Recipe(
        name="scene_still_life",
        make=still_life,
        around=Framing(low=np.array([-0.8, -0.5, -0.8]), high=np.array([0.8, 0.0, 0.8])),
        distances=(3.1, 2.9, 2.7),
    ),
    Recipe(
        name="scene_courtyard",
        make=courtyard,
        around=Framing(low=np.array([-1.0, -0.9, -1.0]), high=np.array([1.0, -0.3, 1.0])),
        distances=(3.4, 3.2, 3.0),
    ),
)


def cameras_of(recipe: Recipe) -> tuple[Camera, ...]:
    """Three orbits, each turned a little against the one below."""
    found: list[Camera] = []
    for height, (elevation, distance) in enumerate(zip((12, 25, 40), recipe.distances, strict=True)):
        circle = orbit(recipe.around, 24, OPTICS, elevation_degrees=elevation, distance=distance)
        found += circle[height::3]
    return tuple(
        replace(camera, name=f"{index:03}", picture=f"photos/{index:03}.jpg")
        for index, camera in enumerate(found)
    )


def make(recipe: Recipe) -> None:
    """Write one scene with all that belongs to it."""
    folder = FOLDER / recipe.name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "photos").mkdir(parents=True)
    truth, cameras = recipe.make(), cameras_of(recipe)
    for camera in cameras:
        pixels = np.clip(render(truth, camera).rgb, 0, 1) * 255
        PIL.Image.fromarray(np.round(pixels).astype(np.uint8)).save(folder / str(camera.picture), quality=90)
    write_cameras(folder / "transforms.json", CameraSet(cameras=cameras, pictures=folder), "transforms")
    views = [view_of(folder, camera) for camera in cameras]
    write_scene(folder / "truth.ply", truth, "compressed-ply")
    write_scene(folder / "undertrained.ply", trained(truth, views, steps=150), "compressed-ply")
    sparse = trained(truth, [views[index] for index in SPARSE], steps=900)
    write_scene(folder / "sparse.ply", sparse, "compressed-ply")


def view_of(folder: Path, camera: Camera) -> TrainingView:
    """The photograph as everybody reads it, compression included."""
    with PIL.Image.open(folder / str(camera.picture)) as picture:
        return photo_view(camera, np.asarray(picture, np.float32) / np.float32(255))


def trained(truth: GaussianScene, views: Sequence[TrainingView], *, steps: int) -> GaussianScene:
    """A scene from points as structure from motion would find them: few, and not quite in place."""
    rng = np.random.Generator(np.random.PCG64(11))
    chosen = rng.choice(truth.count, 2200, replace=False)
    places = truth.means[chosen] + rng.normal(0, 0.02, (2200, 3)).astype(np.float32)
    colours = np.clip((0.5 + C0 * truth.sh[chosen, 0]) * 255, 0, 255).astype(np.uint8)
    usual = training_options(steps)
    rules = usual.densification or Densification()
    options = replace(
        usual,
        hold_out_every=0,
        evaluate_every=steps,
        densification=replace(rules, start=60, stop=steps * 2 // 3, every=40, reset_every=10_000, most=6000),
    )
    begun = scene_from_points(places, colours, degree=1)
    return refine(begun, views, options).latest


def main() -> None:
    """Make all of them."""
    for recipe in RECIPES:
        make(recipe)
        size = sum(path.stat().st_size for path in (FOLDER / recipe.name).rglob("*") if path.is_file())
        print(f"{recipe.name}: {size / 1e6:.2f} MB")  # noqa: T201 - a script's result


if __name__ == "__main__":
    main()
