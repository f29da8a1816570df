"""The sum of a pixel, term by term, is what the rasteriser draws there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from restora.data.camera import Camera, Projection
from restora.data.scene import GaussianScene
from restora.splats.contributions import contributions
from restora.splats.framing import Optics, looking_at
from restora.splats.rendering import RenderOptions, render


@pytest.mark.parametrize("antialiased", [False, True])
@pytest.mark.parametrize("orthographic", [False, True])
def test_weights_and_colours_add_up_to_the_picture(
    make_scene: Callable[..., GaussianScene], camera: Camera, antialiased: bool, orthographic: bool
) -> None:
    scene = replace(make_scene(300), is_antialiased=antialiased)
    if orthographic:
        camera = replace(camera, projection=Projection.ORTHOGRAPHIC, fx=12.0, fy=12.0)
    picture = render(scene, camera, RenderOptions())
    off = 0
    for row, column in [(20, 24), (10, 18), (31, 30), (25, 12), (5, 40)]:
        found = contributions(scene, camera, column + 0.5, row + 0.5)
        weight = sum(each.weight for each in found)
        colour = sum((each.weight * np.array(each.colour) for each in found), np.zeros(3))
        depth = sum(each.weight * each.depth for each in found)
        near = np.abs(colour - picture.rgb[row, column]).max() < 2e-4
        near = near and abs(weight - picture.alpha[row, column]) < 2e-4
        off += not (near and abs(depth - picture.depth[row, column]) < 2e-3)
        assert [each.depth for each in found] == sorted(each.depth for each in found)
    assert off == 0


def test_nothing_lies_under_an_empty_place(make_scene: Callable[..., GaussianScene]) -> None:
    camera = looking_at("away", (0, 0, -4), (0, 0, -9), Optics(width=32, height=32))
    assert contributions(make_scene(50), camera, 16, 16) == ()
