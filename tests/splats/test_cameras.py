from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from restora.data.camera import Camera, Projection
from restora.data.scene import GaussianScene
from restora.errors import BadInputError
from restora.splats.camera_paths import CameraPath, Key, straight_path, vertical_fov
from restora.splats.camera_points import camera_to_world, is_in_frame, pixel_centres, project, unproject
from restora.splats.framing import Framing, Optics, UpAxis, focus, framing, looking_at, orbit
from restora.splats.poses import (
    PUBLISHED_STEP,
    StepRule,
    approaches,
    corrected_step,
    nearest_poses,
    pose_distances,
    stepped_pose,
    stepped_poses,
)
from restora.splats.references import DepthView, by_overlap, is_seen_by, nearest
from restora.splats.rotations import angle_between, matrices, normalised, quaternion, slerp

MakeScene = Callable[..., GaussianScene]
OPTICS = Optics(width=64, height=48)
VECTORS = Path(__file__).parent.parent / "vectors" / "gsvar"


# -- rotations ---------------------------------------------------------------------------------------


def test_quaternions_and_matrices_are_two_names_for_one_rotation() -> None:
    quats = normalised(np.random.default_rng(0).normal(size=(100, 4)))
    quats = np.concatenate([quats, np.eye(4)])
    for quat in quats:
        assert_allclose(matrices(quaternion(matrices(quat))), matrices(quat), atol=1e-12)


def test_the_angle_of_equal_rotations_is_zero_and_never_nan() -> None:
    quats = normalised(np.random.default_rng(0).normal(size=(2000, 4)))
    assert_allclose(angle_between(quats, quats), 0, atol=1e-15)
    assert_allclose(angle_between(quats, -quats), 0, atol=1e-15)


def test_slerp_turns_evenly_and_the_shorter_way() -> None:
    first, second = normalised([1, 0, 0, 0]), normalised([1, 0.4, -0.3, 0.2])
    whole = angle_between(first, second)
    for fraction in (0.0, 0.25, 0.5, 1.0):
        assert_allclose(angle_between(first, slerp(first, -second, fraction)), fraction * whole, atol=1e-12)
    assert_allclose(slerp(first, first, 0.3), first)


# -- points and pixels -------------------------------------------------------------------------------


@pytest.mark.parametrize("projection", list(Projection))
def test_pixels_and_points_lead_to_each_other(camera: Camera, projection: Projection) -> None:
    camera = replace(camera, projection=projection, cx=20.0)
    pixels = pixel_centres(camera.width, camera.height)
    depth = np.random.default_rng(0).uniform(1, 5, pixels.shape[:2])
    points = unproject(camera, pixels, depth)
    back, found = project(camera, points)
    assert_allclose(back, pixels, atol=1e-9)
    assert_allclose(found, depth)
    assert is_in_frame(camera, points).all()


# -- published vectors -------------------------------------------------------------------------------


class TestPublishedPoses:
    """GS-VAR's camera vectors, float64."""

    @pytest.fixture
    def v(self) -> dict[str, np.ndarray]:
        with np.load(VECTORS / "camera.npz", allow_pickle=False) as file:
            return dict(file)

    def test_distances_agree(self, v: dict[str, np.ndarray]) -> None:
        assert_allclose(pose_distances(v["test"], v["train"]), v["pose_distance"], atol=1e-9)
        weighted = pose_distances(v["test"], v["train"], rotation_weight=0.5, position_weight=2.0)
        assert_allclose(weighted, v["pose_distance_weighted"], atol=1e-9)
        assert_array_equal(nearest_poses(v["test"], v["train"]), v["nearest"])

    def test_two_steps_towards_the_targets_agree(self, v: dict[str, np.ndarray]) -> None:
        assert float(v["distance"]) == PUBLISHED_STEP.distance
        once = stepped_poses(v["train"], v["test"], PUBLISHED_STEP)
        assert_allclose(once, v["shift_1"], atol=1e-9)
        twice = stepped_poses(once, v["test"], PUBLISHED_STEP)
        assert_allclose(twice, v["shift_2"], atol=1e-9)
        assert_array_equal(nearest_poses(once, v["train"]), v["nearest_after_shift"])

    def test_the_way_from_the_nearest_camera_agrees(self, v: dict[str, np.ndarray]) -> None:
        assert_allclose(approaches(v["train"], v["test"][:2], 5), v["interpolated"], atol=1e-9)


def test_the_corrected_step_turns_and_moves_by_one_fraction() -> None:
    start, end = np.eye(4), np.eye(4)
    end[:3, :3] = matrices([0.7, 0.3, 0.1, 0.2])
    end[:3, 3] = (0.9, 0, 0)
    rule = corrected_step(5.0, share=0.1)
    moved = stepped_pose(start, end, rule)
    whole = float(pose_distances(start[None], end[None], position_weight=0)[0, 0])
    turned = float(pose_distances(start[None], moved[None], position_weight=0)[0, 0])
    assert_allclose(moved[:3, 3], (0.5, 0, 0), atol=1e-12)
    assert_allclose(turned / whole, 0.5 / 0.9, atol=1e-12)
    published = stepped_pose(start, end, PUBLISHED_STEP)
    assert_allclose(published[:3, 3], (0.9, 0, 0))
    assert_allclose(stepped_pose(moved, end, rule), end, atol=1e-12)


@pytest.mark.parametrize("distance", [0.0, -1.0, float("nan")])
def test_a_step_of_nothing_is_refused(distance: float) -> None:
    with pytest.raises(BadInputError, match="above 0"):
        StepRule(distance=distance)


# -- framing and orbits ------------------------------------------------------------------------------


def test_strays_do_not_move_the_frame(make_scene: MakeScene) -> None:
    scene = make_scene(500)
    scene.means[:5] = 1e6
    found = framing(scene)
    assert np.abs(found.centre).max() < 0.3
    assert found.radius < 2


@pytest.mark.parametrize("up", list(UpAxis))
def test_an_orbit_is_upright_and_sees_the_whole_scene(make_scene: MakeScene, up: UpAxis) -> None:
    scene = make_scene(300)
    cameras = orbit(framing(scene), 6, OPTICS, up=up)
    assert len({camera.name for camera in cameras}) == 6
    for camera in cameras:
        assert is_in_frame(camera, scene.means).all()
        pixels, _ = project(camera, np.stack([np.zeros(3), 0.2 * up.direction]))
        assert pixels[1, 1] < pixels[0, 1] - 0.5
        assert (camera.centre - framing(scene).centre) @ up.direction > 0
        assert_allclose(np.linalg.det(camera.world_to_camera), 1)


def test_a_camera_can_look_straight_up_but_not_at_itself() -> None:
    camera = looking_at("up", (0, 0, 0), (0, -3, 0), OPTICS)
    assert_allclose(project(camera, [[0, -3, 0]])[0], [[32, 24]], atol=1e-9)
    with pytest.raises(BadInputError, match="where it stands"):
        looking_at("nowhere", (1, 1, 1), (1, 1, 1), OPTICS)


def test_impossible_orbits_are_refused(make_scene: MakeScene) -> None:
    around = Framing(low=np.zeros(3), high=np.ones(3))
    with pytest.raises(BadInputError, match="1 camera or more"):
        orbit(around, 0, OPTICS)
    with pytest.raises(BadInputError, match="elevation"):
        orbit(around, 3, OPTICS, elevation_degrees=90)
    with pytest.raises(BadInputError, match="field of view"):
        Optics(width=4, height=4, fov_degrees=180)


def test_cameras_that_look_at_a_place_tell_where_it_is() -> None:
    place = np.array([3.0, -1.0, 2.0])
    around = Framing(low=place - 1, high=place + 1)
    found = focus(orbit(around, 7, OPTICS, distance=4.0))
    assert found is not None
    assert_allclose(found.centre, place, atol=1e-9)
    assert found.distance == pytest.approx(4.0)
    assert_allclose(found.around.centre, place, atol=1e-9)


def test_cameras_that_look_away_or_side_by_side_tell_nothing() -> None:
    outward = [
        looking_at("out", (x, 0, z), (2 * x, 0, 2 * z), OPTICS) for x, z in ((1, 0), (0, 1), (-1, 0.2))
    ]
    aside = [looking_at("rail", (x, 0, 0), (x, 0, 5), OPTICS) for x in (0.0, 1.0, 2.0)]
    assert focus(outward) is None
    assert focus(aside) is None
    assert focus(aside[:1]) is None


# -- paths -------------------------------------------------------------------------------------------


def three() -> tuple[Camera, ...]:
    cameras = orbit(Framing(low=-np.ones(3), high=np.ones(3)), 4, OPTICS)[:3]
    wide = replace(cameras[1], fy=cameras[1].fy / 2, fx=cameras[1].fx / 2)
    return cameras[0], wide, cameras[2]


@pytest.mark.parametrize("smooth", [True, False])
def test_a_path_passes_through_its_keys_at_their_times(smooth: bool) -> None:
    keys = tuple(Key(camera=camera, seconds=s) for camera, s in zip(three(), (1.0, 2.0, 9.0), strict=True))
    path = CameraPath(keys=keys, frames_per_second=10, is_smooth=smooth)
    assert path.seconds == 3.0
    frames = path.frames()
    assert len(frames) == 31
    for index, camera in ((0, keys[0].camera), (10, keys[1].camera), (30, keys[2].camera)):
        assert_allclose(frames[index].world_to_camera, camera.world_to_camera, atol=1e-9)
        assert_allclose(frames[index].fy, camera.fy)
        assert_allclose(frames[index].fx, camera.fx)


def test_the_field_of_view_goes_evenly_and_poses_stay_rigid() -> None:
    first, wide, _ = three()
    frames = straight_path((first, wide), 1.0, 8).frames()
    angles = [vertical_fov(frame) for frame in frames]
    assert_allclose(np.diff(angles), (vertical_fov(wide) - vertical_fov(first)) / 8)
    for frame in frames:
        pose = frame.world_to_camera
        assert_allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-12)
        assert_allclose(camera_to_world(frame) @ pose, np.eye(4), atol=1e-12)


def test_a_closed_path_comes_back_without_repeating_its_first_frame() -> None:
    path = CameraPath(keys=tuple(Key(camera=c) for c in three()), frames_per_second=4, is_closed=True)
    frames = path.frames()
    assert len(frames) == 12
    assert_allclose(path.at(3.0).world_to_camera, frames[0].world_to_camera, atol=1e-9)
    gap = np.linalg.norm(frames[-1].centre - frames[0].centre)
    assert 0 < gap < 2 * np.linalg.norm(frames[1].centre - frames[0].centre) + 1


def test_one_key_makes_one_frame_and_none_are_refused() -> None:
    assert len(CameraPath(keys=(Key(camera=three()[0]),)).frames()) == 1
    with pytest.raises(BadInputError, match="at least one camera"):
        CameraPath(keys=())
    with pytest.raises(BadInputError, match="more than 0 s"):
        Key(camera=three()[0], seconds=0)
    with pytest.raises(BadInputError, match="at most 100000"):
        straight_path(three(), 1e6, 24).frames()


# -- references --------------------------------------------------------------------------------------


def test_the_nearest_reference_is_the_camera_itself(make_scene: MakeScene) -> None:
    cameras = orbit(framing(make_scene()), 8, OPTICS)
    found = nearest(cameras[3], cameras, count=3)
    assert found[0].index == 3
    assert found[0].distance == pytest.approx(0, abs=1e-12)
    assert {found[1].index, found[2].index} == {2, 4}


def wall(camera: Camera, depth: float) -> DepthView:
    shape = (camera.height, camera.width)
    return DepthView(camera=camera, depth=np.full(shape, depth, np.float32), alpha=np.ones(shape, np.float32))


def test_overlap_prefers_a_camera_that_sees_the_same_wall_to_a_nearer_one_that_looks_away() -> None:
    view = looking_at("view", (0, 0, 0), (0, 0, 5), OPTICS)
    away = looking_at("away", (0, 0, 0.1), (5, 0, 0.1), OPTICS)
    beside = looking_at("beside", (2.0, 0, 0), (0, 0, 5), OPTICS)
    by_pose = nearest(view, (away, beside), position_weight=1.0)
    assert by_pose[0].camera is away
    found = by_overlap(wall(view, 5.0), (away, beside), count=2)
    assert [each.camera.name for each in found] == ["beside", "away"]
    assert found[0].overlap is not None
    assert found[0].overlap > 0.6
    assert found[1].score == 0
    itself = by_overlap(wall(view, 5.0), (view,))[0]
    assert itself.score == pytest.approx(1)


def test_what_a_render_hides_does_not_count_as_seen() -> None:
    view = looking_at("view", (0, 0, 0), (0, 0, 5), OPTICS)
    beside = looking_at("beside", (0.5, 0, 0), (0, 0, 5), OPTICS)
    open_sight = by_overlap(wall(view, 5.0), (beside,), seen=[wall(beside, 5.2)])[0]
    blocked = by_overlap(wall(view, 5.0), (beside,), seen=[wall(beside, 1.0)])[0]
    assert open_sight.score > 0.8
    assert blocked.overlap == 0
    assert not is_seen_by(beside, np.array([[0.0, 0.0, -5.0]])).any()


def test_an_empty_view_is_ranked_by_pose(make_scene: MakeScene) -> None:
    cameras = orbit(framing(make_scene()), 5, OPTICS)
    empty = np.zeros((48, 64), np.float32)
    found = by_overlap(DepthView(camera=cameras[2], depth=empty, alpha=empty), cameras, count=2)
    assert found[0].index == 2
    assert found[0].overlap is None


def test_no_candidates_and_wrong_sizes_are_refused(camera: Camera) -> None:
    with pytest.raises(BadInputError, match="no cameras"):
        nearest(camera, ())
    with pytest.raises(BadInputError, match="1 or more"):
        nearest(camera, (camera,), count=0)
    with pytest.raises(BadInputError, match="must be 48 x 40"):
        DepthView(camera=camera, depth=np.zeros((4, 4), np.float32), alpha=np.zeros((4, 4), np.float32))
    with pytest.raises(BadInputError, match="as many renders"):
        by_overlap(wall(camera, 1.0), (camera,), seen=[])
