from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from restora.data.camera import Camera, CameraSet, Projection
from restora.data.scene import GaussianScene
from restora.errors import BadInputError
from restora.splats.attributes import ATTRIBUTES, histogram, opacities, statistics
from restora.splats.camera_points import project
from restora.splats.edits.band_rotation import harmonics, rotated
from restora.splats.edits.choosing import deleted, kept, merged, with_degree
from restora.splats.edits.cleaning import (
    CleaningRules,
    find_rubbish,
    is_isolated,
    isolated_by_open3d,
    isolated_by_scipy,
)
from restora.splats.edits.selecting import in_box, in_range, in_rectangle, in_sphere
from restora.splats.edits.similarity import Similarity, transformed
from restora.splats.rendering import render
from restora.splats.rotations import matrices

MakeScene = Callable[..., GaussianScene]
TURN = matrices([0.8, 0.3, -0.4, 0.33])
CHANGE = Similarity(rotation=TURN, shift=np.array([3.0, -2.0, 0.5]), scale=2.5)


def covariances(scene: GaussianScene) -> np.ndarray:
    stretched = matrices(scene.quats) * np.exp(scene.log_scales.astype(np.float64))[:, None, :]
    return np.asarray(stretched @ stretched.transpose(0, 2, 1))


# -- similarity --------------------------------------------------------------------------------------


def test_colours_follow_a_rotation_in_every_direction(make_scene: MakeScene) -> None:
    sh = make_scene(degree=3).sh
    directions = np.random.default_rng(1).normal(size=(200, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    before = np.einsum("dk,nkc->dnc", harmonics(directions), sh)
    after = np.einsum("dk,nkc->dnc", harmonics(directions @ TURN.T), rotated(sh, TURN))
    assert_allclose(after, before, atol=2e-6)


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_shapes_and_positions_follow_a_similarity(make_scene: MakeScene, degree: int) -> None:
    scene = make_scene(degree=degree)
    moved = transformed(scene, CHANGE)
    assert_allclose(moved.means, 2.5 * scene.means @ TURN.T + CHANGE.shift, rtol=1e-5, atol=1e-6)
    assert_allclose(covariances(moved), 2.5**2 * TURN @ covariances(scene) @ TURN.T, rtol=1e-4, atol=1e-7)
    assert moved.degree == degree
    assert moved.sh.dtype == np.float32


def test_cameras_of_the_scene_see_the_same_points_after_a_similarity(
    make_scene: MakeScene, camera: Camera
) -> None:
    scene = replace(make_scene(), cameras=CameraSet(cameras=(camera,), path=(camera,)))
    moved = transformed(scene, CHANGE)
    before, after = project(camera, scene.means), project(moved.cameras.cameras[0], moved.means)
    assert_allclose(moved.cameras.path[0].world_to_camera, moved.cameras.cameras[0].world_to_camera)
    assert_allclose(after[0], before[0], atol=1e-4)
    assert_allclose(after[1], 2.5 * before[1], rtol=1e-5)


@pytest.mark.parametrize("projection", list(Projection))
def test_a_scene_and_its_camera_turned_together_give_the_same_picture(
    make_scene: MakeScene, camera: Camera, projection: Projection
) -> None:
    if projection is Projection.ORTHOGRAPHIC:
        camera = replace(camera, projection=projection, fx=12.0, fy=12.0)
    scene = replace(make_scene(80), cameras=CameraSet(cameras=(camera,)))
    turned = transformed(scene, Similarity(rotation=TURN, shift=CHANGE.shift))
    before, after = render(scene, camera), render(turned, turned.cameras.cameras[0])
    assert before.alpha.max() > 0.5
    assert_allclose(after.rgb, before.rgb, atol=1e-5)
    scaled = transformed(scene, CHANGE)
    assert_allclose(render(scaled, scaled.cameras.cameras[0]).rgb, before.rgb, atol=3e-5)


def test_the_inverse_brings_a_scene_back(make_scene: MakeScene) -> None:
    scene = make_scene()
    back = transformed(transformed(scene, CHANGE), CHANGE.inverse)
    assert_allclose(back.means, scene.means, atol=1e-6)
    assert_allclose(back.sh, scene.sh, atol=1e-6)
    assert_allclose(covariances(back), covariances(scene), rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"rotation": np.diag([1.0, 1.0, -1.0])}, "mirrored"),
        ({"rotation": 2 * np.eye(3)}, "mirrored or stretched"),
        ({"rotation": np.full((3, 3), np.nan)}, "mirrored or stretched"),
        ({"scale": 0.0}, "above 0, got 0"),
        ({"scale": float("nan")}, "above 0, got nan"),
        ({"shift": np.array([0.0, np.inf, 0.0])}, "three finite numbers"),
    ],
)
def test_what_is_no_similarity_is_refused(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadInputError, match=sentence):
        Similarity(**values)  # type: ignore[arg-type]  # each case breaks one value


# -- choosing ----------------------------------------------------------------------------------------


def test_deleting_keeps_the_others_with_all_their_columns(make_scene: MakeScene) -> None:
    scene = replace(make_scene(10), extra=MappingProxyType({"confidence": np.arange(10, dtype=np.float32)}))
    mask = np.arange(10) % 3 == 0
    left = deleted(scene, mask)
    assert left.count == 6
    assert_array_equal(left.extra["confidence"], [1, 2, 4, 5, 7, 8])
    assert_array_equal(left.means, scene.means[~mask])
    assert scene.count == 10


def test_nothing_left_and_wrong_masks_are_refused(make_scene: MakeScene) -> None:
    with pytest.raises(BadInputError, match="none of the 4 Gaussians"):
        deleted(make_scene(4), np.ones(4, bool))
    with pytest.raises(BadInputError, match="as many marks"):
        kept(make_scene(4), np.ones(3, bool))


def test_merging_raises_degrees_without_changing_colours(make_scene: MakeScene) -> None:
    flat, rich = make_scene(5, degree=0), make_scene(7, degree=2, seed=1)
    both = merged([flat, rich])
    assert (both.count, both.degree) == (12, 2)
    assert_array_equal(both.sh[:5, :1], flat.sh)
    assert not both.sh[:5, 1:].any()
    assert_array_equal(both.sh[5:], rich.sh)


def test_scenes_that_are_drawn_differently_do_not_merge(make_scene: MakeScene) -> None:
    with pytest.raises(BadInputError, match="antialiasing"):
        merged([make_scene(), replace(make_scene(), is_antialiased=True)])
    with pytest.raises(BadInputError, match="at least one"):
        merged([])


def test_a_lower_degree_drops_bands_and_a_higher_one_changes_nothing(make_scene: MakeScene) -> None:
    scene = make_scene(degree=2)
    assert with_degree(scene, 1).sh.shape == (40, 4, 3)
    assert with_degree(scene, 3).degree == 2
    with pytest.raises(BadInputError, match="0 to 3, got 4"):
        with_degree(scene, 4)


# -- selecting ---------------------------------------------------------------------------------------


def test_a_rectangle_selects_what_the_camera_shows_there_and_nothing_behind_it(
    make_scene: MakeScene, camera: Camera
) -> None:
    scene = make_scene(200)
    pixels, _ = project(camera, scene.means)
    chosen = in_rectangle(scene, camera, (30.0, 25.0, 10.0, 5.0))
    inside = (pixels[:, 0] >= 10) & (pixels[:, 0] <= 30) & (pixels[:, 1] >= 5) & (pixels[:, 1] <= 25)
    assert_array_equal(chosen, inside)
    assert 0 < chosen.sum() < 200
    behind = replace(scene, means=scene.means - np.array([0, 0, 40], np.float32))
    assert not in_rectangle(behind, camera, (-1e9, -1e9, 1e9, 1e9)).any()


def test_spheres_boxes_and_ranges_select_by_their_definition(make_scene: MakeScene) -> None:
    scene = make_scene(200)
    away = np.linalg.norm(scene.means - [0.2, 0, 0], axis=1)
    assert_array_equal(in_sphere(scene, (0.2, 0, 0), 0.5), away <= 0.5)
    assert_array_equal(in_box(scene, (-1, -1, 0), (1, 1, 1)), scene.means[:, 2] >= 0)
    assert_array_equal(in_range(scene, "opacity", high=0.3), opacities(scene) <= 0.3)


def test_impossible_selections_are_refused(make_scene: MakeScene) -> None:
    scene = make_scene(4)
    with pytest.raises(BadInputError, match="radius must be above 0"):
        in_sphere(scene, (0, 0, 0), 0.0)
    with pytest.raises(BadInputError, match="lower to a higher"):
        in_box(scene, (0, 0, 0), (1, -1, 1))
    with pytest.raises(BadInputError, match=r"no such attribute \(known: opacity"):
        in_range(scene, "hue")
    with pytest.raises(BadInputError, match="empty"):
        in_range(scene, "opacity", 0.5, 0.4)


# -- cleaning ----------------------------------------------------------------------------------------


def test_each_rule_finds_its_own_rubbish(make_scene: MakeScene) -> None:
    scene = make_scene(300)
    scene.means[0] = np.nan
    scene.quats[1] = 0
    scene.logit_opacities[2] = -9
    scene.log_scales[3, 1] = 4
    scene.means[4] = 60
    found = find_rubbish(scene, CleaningRules(largest_size=5.0, neighbours=8))
    assert list(np.flatnonzero(found.broken)) == [0, 1]
    assert list(np.flatnonzero(found.faint)) == [2]
    assert list(np.flatnonzero(found.large)) == [3]
    assert 4 in np.flatnonzero(found.isolated)
    assert found.isolated.sum() < 20
    assert found.any.sum() == 4 + found.isolated.sum()


def test_a_rule_that_is_off_finds_nothing(make_scene: MakeScene) -> None:
    assert not find_rubbish(make_scene(), CleaningRules(least_opacity=None)).any.any()


def test_isolation_needs_more_points_than_neighbours() -> None:
    assert not is_isolated(np.eye(3, dtype=np.float32), 3, 0.1).any()


def test_coinciding_points_are_not_isolated() -> None:
    assert not isolated_by_scipy(np.zeros((50, 3), np.float32), 5, 1.0).any()
    assert not is_isolated(np.zeros((50, 3), np.float32), 5, 1.0).any()


def test_scipy_and_open3d_find_the_same_outliers(make_scene: MakeScene) -> None:
    pytest.importorskip("open3d")
    means = make_scene(500).means * np.random.default_rng(2).exponential(1.0, (500, 1)).astype(np.float32)
    means[:14] = means[0]
    ours, theirs = isolated_by_scipy(means, 12, 1.5), isolated_by_open3d(means, 12, 1.5)
    assert_array_equal(ours, theirs)
    assert ours.any()


@pytest.mark.parametrize(
    "values", [{"least_opacity": 1.0}, {"largest_size": 0.0}, {"neighbours": 1}, {"deviations": 0.0}]
)
def test_impossible_rules_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(BadInputError):
        CleaningRules(**values)  # type: ignore[arg-type]  # each case breaks one value


# -- attributes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_every_attribute_has_numbers_and_a_histogram_that_counts_all(
    make_scene: MakeScene, name: str
) -> None:
    attribute = ATTRIBUTES[name]
    values = attribute.measure(make_scene(50))
    found = histogram(values, columns=9, is_logarithmic=attribute.is_logarithmic)
    assert found.counts.sum() == 50
    assert len(found.edges) == 10
    spread = statistics(values)
    assert spread.minimum <= spread.percentile_2 <= spread.median <= spread.percentile_98 <= spread.maximum


def test_opacities_stay_numbers_at_the_ends(make_scene: MakeScene) -> None:
    scene = make_scene(2)
    scene.logit_opacities[:] = (-1000, 1000)
    assert_allclose(opacities(scene), [0, 1], atol=1e-12)


def test_equal_numbers_fill_one_column_and_broken_ones_are_counted_apart() -> None:
    values = np.array([2.0, 2.0, np.nan])
    assert histogram(values, columns=4).counts.sum() == 2
    assert histogram(values, columns=4, is_logarithmic=True).counts.sum() == 2
    assert statistics(values).not_finite == 1
    for refused in (statistics, histogram):
        with pytest.raises(BadInputError, match="no finite number"):
            refused(np.array([np.nan]))
