"""Looking around, without a widget."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restora.splats.framing import UpAxis
from restora_desktop.scene.navigator import Navigator, resized
from restora_desktop.scene.viewpoint import Viewpoint, between, facing, turning

from made_scenes import make_camera  # isort: skip

UP = UpAxis.MINUS_Y.direction


@pytest.fixture
def navigator(qapp: object) -> Navigator:
    found = Navigator()
    found.set_extent(np.array([1.0, 2.0, 3.0]), 2.0)
    found.reset()
    return found


def is_rotation(matrix: np.ndarray) -> bool:  # type: ignore[type-arg]  # float64
    return bool(np.allclose(matrix @ matrix.T, np.eye(3)) and np.linalg.det(matrix) > 0)


def test_a_scene_is_first_seen_whole_upright_and_from_a_little_above(navigator: Navigator) -> None:
    view = navigator.view
    camera = view.camera(400, 300)
    middle = camera.world_to_camera @ np.array([1.0, 2.0, 3.0, 1.0])
    assert middle[:2] == pytest.approx([0, 0], abs=1e-9)
    assert math.degrees(2 * math.asin(2.0 / middle[2])) < view.fov
    assert view.rotation[1] @ UP < 0, "down on the screen is down in the scene"
    assert view.rotation[2] @ UP < 0, "it looks downwards"


def test_orbiting_keeps_pivot_distance_and_horizon(navigator: Navigator) -> None:
    before = navigator.view
    navigator.orbit(0.7, -0.3)
    after = navigator.view
    assert np.allclose(after.pivot, before.pivot)
    assert after.distance == pytest.approx(before.distance)
    assert after.rotation[0] @ UP == pytest.approx(0, abs=1e-9)
    assert not np.allclose(after.position, before.position)


def test_dragging_to_the_right_shows_the_left_side(navigator: Navigator) -> None:
    right = navigator.view.rotation[0]
    before = navigator.view.position
    navigator.orbit(-0.2, 0.0)
    assert (navigator.view.position - before) @ right < 0


def test_orbiting_stops_short_of_the_poles(navigator: Navigator) -> None:
    for _ in range(40):
        navigator.orbit(0.0, -0.2)
    assert math.degrees(math.asin(-navigator.view.rotation[2] @ UP)) == pytest.approx(89.0, abs=1e-6)
    navigator.orbit(0.0, 0.5)
    assert math.degrees(math.asin(-navigator.view.rotation[2] @ UP)) < 89.0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3), st.floats(-1, 1)), max_size=12))
def test_any_walk_leaves_a_rigid_camera_that_looks_at_its_pivot(
    steps: list[tuple[float, float, float]],
) -> None:
    view = Viewpoint.looking(np.array([0.0, 0.3, 1.0]), UP, np.zeros(3), 4.0)
    for yaw, pitch, roll in steps:
        view = view.orbited(yaw, pitch, UP).rolled(roll).panned(yaw / 9, roll).dollied(1.1)
        view = view.looked(pitch, yaw / 5, UP)
    assert is_rotation(view.rotation)
    assert np.allclose(view.position + view.rotation[2] * view.distance, view.pivot)


@pytest.mark.parametrize("up", list(UpAxis))
def test_another_up_axis_turns_the_camera_and_never_the_data(navigator: Navigator, up: UpAxis) -> None:
    before = navigator.view
    navigator.set_up(up)
    after = navigator.view
    assert np.allclose(after.pivot, before.pivot)
    assert before.rotation @ UP == pytest.approx(after.rotation @ up.direction, abs=1e-9)
    navigator.set_up(UpAxis.MINUS_Y)
    assert np.allclose(navigator.view.rotation, before.rotation)


@pytest.mark.parametrize("up", list(UpAxis))
def test_reset_looks_from_above_whatever_is_up(navigator: Navigator, up: UpAxis) -> None:
    navigator.set_up(up)
    navigator.reset()
    assert navigator.view.rotation[2] @ up.direction < 0
    assert is_rotation(navigator.view.rotation)


def test_a_double_click_makes_a_point_the_pivot_without_moving(navigator: Navigator) -> None:
    place = navigator.view.position
    navigator.set_pivot(np.array([2.0, 2.0, 2.0]))
    view = navigator.view
    assert np.allclose(view.position, place)
    seen = view.camera(100, 100).world_to_camera @ np.array([2.0, 2.0, 2.0, 1.0])
    assert seen[:2] == pytest.approx([0, 0], abs=1e-9)


def test_flying_is_measured_by_the_scene(navigator: Navigator) -> None:
    before = navigator.view
    navigator.fly(0.0, 0.0, 0.5)
    assert navigator.view.position - before.position == pytest.approx(before.rotation[2] * 1.0)


def test_roll_is_taken_away_by_levelling(navigator: Navigator) -> None:
    navigator.roll(0.4)
    assert abs(navigator.view.rotation[0] @ UP) > 0.1
    navigator.level()
    assert navigator.view.rotation[0] @ UP == pytest.approx(0, abs=1e-9)


def test_framing_keeps_the_direction(navigator: Navigator) -> None:
    navigator.fly(3.0, 1.0, -2.0)
    direction = navigator.view.rotation[2]
    navigator.frame()
    assert np.allclose(navigator.view.rotation[2], direction)
    assert np.allclose(navigator.view.pivot, [1, 2, 3])


def test_a_dataset_camera_is_stood_at_exactly_until_the_view_moves(navigator: Navigator) -> None:
    camera = make_camera("one", (0.3, -0.2, -4.0), 80, 60)
    navigator.snap(camera)
    drawn = navigator.camera_for(400, 200)
    assert (drawn.width, drawn.height) == (267, 200)
    assert np.allclose(drawn.world_to_camera, camera.world_to_camera)
    assert drawn.fx == pytest.approx(camera.fx * 267 / 80)
    navigator.orbit(0.1, 0.0)
    assert navigator.camera is None
    assert navigator.camera_for(400, 200).width == 400


def test_a_resized_camera_sees_the_same(navigator: Navigator) -> None:
    camera = make_camera("one", (0.0, 0.0, -4.0), 80, 60)
    large = resized(camera, 800, 9000)
    assert (large.width, large.height) == (800, 600)
    assert large.cx == pytest.approx(400)


@pytest.mark.parametrize("fov", [-10.0, 500.0])
def test_the_angle_of_view_stays_within_what_makes_sense(navigator: Navigator, fov: float) -> None:
    navigator.set_fov(fov)
    assert 5.0 <= navigator.view.fov <= 120.0


def test_looking_straight_down_has_a_right() -> None:
    assert is_rotation(facing(-UP, UP))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2), st.floats(-3, 3))
def test_the_shortest_turn_takes_one_vector_to_the_other(axis: int, angle: float) -> None:
    old = np.eye(3)[axis]
    new = turning(np.eye(3)[(axis + 1) % 3], angle) @ old
    assert between(old, new) @ old == pytest.approx(new, abs=1e-6)
    assert between(old, -old) @ old == pytest.approx(-old)
