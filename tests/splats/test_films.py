from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from restora.data.camera import Camera
from restora.data.geometry import Rect
from restora.errors import BadInputError
from restora.splats.camera_points import pixel_centres, unproject
from restora.splats.flicker import flicker
from restora.splats.framing import Optics, looking_at
from restora.splats.reference_window import reference_window
from restora.splats.references import DepthView
from restora.splats.reprojection import Frame, reprojected
from restora.splats.stabilise import Stabiliser, feathered

OPTICS = Optics(width=96, height=72)
WALL = 5.0


def at(x: float, z: float = 0.0) -> Camera:
    return looking_at(f"at {x:g}", (x, 0, z), (x, 0, 100), OPTICS)


def painted(camera: Camera, *, shade: float = 0.0) -> Frame:
    """A wall at z = 5 with a smooth pattern, seen from `camera`."""
    depth = np.full((camera.height, camera.width), WALL - camera.centre[2], np.float32)
    points = unproject(camera, pixel_centres(camera.width, camera.height), depth)
    pattern = 0.5 + 0.3 * np.sin(2 * points[..., :1] + np.array([0.0, 1.0, 2.0])) * np.cos(points[..., 1:2])
    alpha = np.ones_like(depth)
    return Frame(
        picture=(pattern + shade).astype(np.float32),
        view=DepthView(camera=camera, depth=depth, alpha=alpha),
    )


def test_a_moved_camera_sees_the_carried_frame_where_both_see_the_wall() -> None:
    frame, onto = painted(at(0.0)), painted(at(0.4, z=0.5))
    warped = reprojected(frame, onto.view)
    assert warped.mask.mean() > 0.8
    assert_allclose(warped.picture[warped.mask], onto.picture[warped.mask], atol=2e-3)
    assert not warped.picture[~warped.mask].any()


def test_a_frame_carried_onto_itself_is_itself() -> None:
    frame = painted(at(0.0))
    warped = reprojected(frame, frame.view)
    assert warped.mask[1:-1, 1:-1].all()
    assert_allclose(warped.picture[warped.mask], frame.picture[warped.mask], atol=1e-5)


def test_what_a_nearer_surface_hid_is_left_out() -> None:
    frame, onto = painted(at(0.0)), painted(at(0.2))
    depth = frame.view.depth.copy()
    depth[:, :40] = 2.0
    hidden = Frame(picture=frame.picture, view=replace(frame.view, depth=depth))
    mask = reprojected(hidden, onto.view).mask
    assert not mask[:, :30].any()
    assert mask[2:-2, 60:85].all()


def test_transparent_and_empty_pixels_are_left_out() -> None:
    frame, onto = painted(at(0.0)), painted(at(0.1))
    clear = replace(frame.view, alpha=np.zeros_like(frame.view.alpha))
    assert not reprojected(Frame(picture=frame.picture, view=clear), onto.view).mask.any()
    broken = replace(onto.view, depth=np.full_like(onto.view.depth, np.nan))
    assert not reprojected(frame, broken).mask.any()
    assert not reprojected(frame, painted(at(500.0)).view).mask.any()


def test_stabilising_halves_a_flicker_and_keeps_the_picture() -> None:
    rng = np.random.default_rng(0)
    frames = [painted(at(0.05 * step), shade=float(rng.normal(0, 0.03))) for step in range(12)]
    stabiliser = Stabiliser(0.7)
    calm = [Frame(picture=stabiliser.next(frame.picture, frame.view), view=frame.view) for frame in frames]
    before, after = flicker(frames).mean, flicker(calm).mean
    assert before is not None
    assert after is not None
    assert after < 0.5 * before
    assert abs(calm[-1].picture - painted(at(0.55)).picture).mean() < 0.05


def test_the_first_frame_and_no_strength_change_nothing() -> None:
    frames = [painted(at(0.0)), painted(at(0.1), shade=0.1)]
    off = Stabiliser(0.0)
    for frame in frames:
        assert off.next(frame.picture, frame.view) is frame.picture
    on = Stabiliser(0.9)
    assert on.next(frames[0].picture, frames[0].view) is frames[0].picture
    on.forget()
    assert on.next(frames[1].picture, frames[1].view) is frames[1].picture


def test_a_steady_film_does_not_flicker_and_cuts_say_nothing() -> None:
    steady = flicker(painted(at(0.1 * step)) for step in range(3))
    assert steady.mean == pytest.approx(0, abs=2e-3)
    assert len(steady.pairs) == 2
    cut = flicker([painted(at(0.0)), painted(at(500.0))])
    assert cut.mean is None
    assert cut.shared == (0.0,)
    assert flicker([painted(at(0.0))]).mean is None


def test_feathers_stay_inside_the_mask() -> None:
    mask = np.zeros((20, 20), bool)
    mask[5:15, 5:15] = True
    weight = feathered(mask)
    assert not weight[~mask].any()
    assert weight[10, 10] == 1
    assert 0 < weight[5, 10] < 0.5


def test_wrong_strengths_and_sizes_are_refused() -> None:
    with pytest.raises(BadInputError, match="below 1, got 1"):
        Stabiliser(1.0)
    frame = painted(at(0.0))
    with pytest.raises(BadInputError, match="its camera 96 x 72"):
        Frame(picture=frame.picture[:10], view=frame.view)


# -- reference windows -------------------------------------------------------------------------------


def test_the_window_lies_where_the_content_is() -> None:
    view, tile = painted(at(0.0)).view, Rect(30, 20, 24, 24)
    reference = at(0.5)
    found = reference_window(view, tile, reference)
    shift = reference.fx * 0.5 / WALL
    assert found.is_projected
    assert found.zoom == pytest.approx(1, abs=0.05)
    # The camera stands farther right, so the wall lies farther left in its picture.
    assert found.rect.x == pytest.approx(30 - shift, abs=1)
    assert abs(found.rect.y - 20) <= 1


def test_a_nearer_reference_gets_a_larger_window_unless_sizes_are_kept() -> None:
    view, tile = painted(at(0.0)).view, Rect(36, 24, 24, 24)
    near = at(0.0, z=WALL / 3)
    found = reference_window(view, tile, near)
    assert found.zoom == pytest.approx(1.5, abs=0.05)
    assert (found.rect.width, found.rect.height) == (36, 36)
    kept = reference_window(view, tile, near, keep_size=True)
    assert (kept.rect.width, kept.rect.height) == (24, 24)


def test_content_that_the_reference_does_not_show_gets_the_same_pixels() -> None:
    view, tile = painted(at(0.0)).view, Rect(60, 40, 30, 20)
    found = reference_window(view, tile, at(100.0))
    assert not found.is_projected
    assert found.rect == tile
    empty = replace(view, alpha=np.zeros_like(view.alpha))
    assert reference_window(empty, tile, at(0.0)).rect == tile


def test_windows_stay_in_a_smaller_reference_and_tiles_in_their_picture() -> None:
    view = painted(at(0.0)).view
    small = looking_at("small", (0, 0, 0), (0, 0, 9), Optics(width=20, height=16))
    rect = reference_window(view, Rect(0, 0, 96, 72), small).rect
    assert rect.lies_in(20, 16)
    with pytest.raises(BadInputError, match="does not lie in"):
        reference_window(view, Rect(90, 0, 10, 10), small)
