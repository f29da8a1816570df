"""Where a view begins: at what the cameras look at."""

from __future__ import annotations

import numpy as np
import pytest

from restora.data.camera import CameraSet
from restora.splats.framing import Framing, Optics, framing, looking_at, orbit
from restora_desktop.scene.focus import focus_of
from restora_desktop.scene.navigator import Navigator

from made_scenes import make_scene  # isort: skip

OPTICS = Optics(width=64, height=48)


@pytest.fixture
def with_sky() -> Framing:
    """Small things in the middle, and a sky a hundred times as far away."""
    rng = np.random.default_rng(2)
    sky = rng.normal(size=(50, 3))
    sky *= 100 / np.linalg.norm(sky, axis=1, keepdims=True)
    places = [*map(tuple, rng.uniform(-1, 1, (50, 3))), *map(tuple, sky)]
    return framing(make_scene(places, [(0.5, 0.5, 0.5)] * 100))


def test_cameras_around_a_thing_tell_where_it_is(with_sky: Framing) -> None:
    around = Framing(low=np.array([1.0, 1, 1]), high=np.array([2.0, 2, 2]))
    cameras = CameraSet(cameras=orbit(around, 6, OPTICS, distance=4.0))
    focus = focus_of(with_sky, cameras)
    assert focus.centre == pytest.approx([1.5, 1.5, 1.5], abs=1e-6)
    assert focus.radius == pytest.approx(2.4, abs=1e-6)


def test_cameras_that_look_outwards_or_one_way_tell_nothing(with_sky: Framing) -> None:
    outwards = [
        looking_at(str(n), (np.cos(n), 0, np.sin(n)), (9 * np.cos(n), 0, 9 * np.sin(n)), OPTICS)
        for n in range(6)
    ]
    same = [looking_at(str(n), (n, 0, 0), (n, 0, 5), OPTICS) for n in range(4)]
    for cameras in (outwards, same, []):
        focus = focus_of(with_sky, CameraSet(cameras=tuple(cameras)))
        assert focus.radius == with_sky.radius


def test_reset_stands_at_the_first_camera_where_there_is_one(qapp: object) -> None:
    camera = looking_at("first", (0, 0, -3), (0, 0, 0), OPTICS)
    navigator = Navigator()
    navigator.set_extent(np.zeros(3), 1.0, camera)
    navigator.reset()
    assert navigator.camera is camera
    navigator.orbit(0.4, 0.0)
    navigator.reset()
    assert navigator.camera is camera
