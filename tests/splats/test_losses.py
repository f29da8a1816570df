from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from restora.data.camera import Camera
from restora.errors import BadInputError
from restora.quality.similarity import ssim_values
from restora.splats.refinement.initial import scene_from_points
from restora.splats.refinement.photometric import PhotometricLoss
from restora.splats.refinement.photometric_torch import photometric_loss, ssim
from restora.splats.refinement.ssim import SsimTarget, ssim_with_gradient
from restora.splats.refinement.views import (
    TrainingView,
    camera_for,
    fixed_view,
    photo_view,
    scene_extent,
    split,
)
from restora.splats.undistortion import undistorted


def pictures(height: int = 33, width: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    target = cv2.GaussianBlur(rng.random((height, width, 3), np.float32), (0, 0), 2)
    return np.clip(target + rng.normal(0, 0.1, target.shape), -0.2, 1.3).astype(np.float32), target


# -- losses ------------------------------------------------------------------------------------------


def test_ssim_is_that_of_the_metric() -> None:
    first, second = (np.clip(each, 0, 1) for each in pictures())
    ours, _ = ssim_with_gradient(first, SsimTarget.of(second))
    assert ours == pytest.approx(ssim_values(first.astype(np.float64), second.astype(np.float64)), abs=1e-5)


def test_the_gradient_of_ssim_is_that_of_autograd_in_double_precision() -> None:
    first, second = pictures()
    tensor = torch.tensor(first, dtype=torch.float64, requires_grad=True)
    expected = ssim(tensor, torch.tensor(second, dtype=torch.float64))
    expected.backward()
    assert tensor.grad is not None
    value, gradient = ssim_with_gradient(first, SsimTarget.of(second))
    assert value == pytest.approx(expected.item(), abs=1e-6)
    error = np.linalg.norm(gradient - tensor.grad.numpy()) / np.linalg.norm(tensor.grad.numpy())
    assert error < 1e-4


@pytest.mark.parametrize("ssim_share", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_loss_and_its_gradient_are_those_of_autograd(ssim_share: float, weighted: bool) -> None:
    render, picture = pictures(seed=1)
    weights = np.random.default_rng(2).random(render.shape[:2], np.float32) if weighted else None
    tensor = torch.tensor(render, dtype=torch.float64, requires_grad=True)
    mask = None if weights is None else torch.tensor(weights, dtype=torch.float64)
    expected = photometric_loss(tensor, torch.tensor(picture, dtype=torch.float64), mask, ssim_share)
    expected.backward()
    assert tensor.grad is not None
    loss, gradient = PhotometricLoss(picture, weights, ssim_share=ssim_share)(render)
    assert loss == pytest.approx(expected.item(), rel=1e-5)
    error = np.linalg.norm(gradient - tensor.grad.numpy()) / np.linalg.norm(tensor.grad.numpy())
    assert error < 1e-4


def test_a_pixel_of_weight_zero_may_show_anything() -> None:
    render, picture = pictures()
    weights = np.ones(render.shape[:2], np.float32)
    weights[5:9, 5:9] = 0
    loss = PhotometricLoss(picture, weights)
    spoilt = render.copy()
    spoilt[5:9, 5:9] = 9
    assert loss(spoilt)[0] == loss(render)[0]
    assert not loss(spoilt)[1][5:9, 5:9].any()


def test_a_picture_smaller_than_the_window_is_held_against_l1_alone() -> None:
    render, picture = pictures(height=10)
    with pytest.raises(BadInputError, match="at least 11 pixels per side, the picture has 40 x 10"):
        SsimTarget.of(picture)
    loss, _ = PhotometricLoss(picture)(render)
    assert loss == pytest.approx(float(np.abs(render - picture).mean()), rel=1e-5)
    both = photometric_loss(torch.from_numpy(render), torch.from_numpy(picture), None, 0.2)
    assert loss == pytest.approx(both.item(), rel=1e-5)


# -- views -------------------------------------------------------------------------------------------


def lens(camera: Camera, **coefficients: float) -> Camera:
    return replace(camera, distortion=tuple(coefficients.items()))


def chart(camera: Camera) -> np.ndarray:
    """A smooth pattern as a lens of the camera's own distortion shows it (k1 only)."""
    k1 = dict(camera.distortion).get("k1", 0.0)
    columns, rows = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    x, y = (columns - camera.cx) / camera.fx, (rows - camera.cy) / camera.fy
    straight_x, straight_y = x.copy(), y.copy()
    for _ in range(50):
        factor = 1 + k1 * (straight_x**2 + straight_y**2)
        straight_x, straight_y = x / factor, y / factor
    wave = 0.5 + 0.4 * np.sin(6 * straight_x) * np.cos(6 * straight_y)
    return np.repeat(wave[..., None], 3, axis=2).astype(np.float32)


def test_undistorting_gives_the_picture_of_the_ideal_lens(camera: Camera) -> None:
    bent = lens(camera, k1=-0.12)
    straight, weights, ideal = undistorted(chart(bent), bent)
    assert not ideal.is_distorted
    assert weights is not None
    assert weights.mean() > 0.7
    difference = np.abs(straight - chart(ideal))[weights > 0]
    assert difference.mean() < 4e-3
    assert np.abs(chart(bent) - chart(ideal)).mean() > 4 * difference.mean()


def test_fisheyes_are_undone_and_unknown_lenses_refused(camera: Camera) -> None:
    straight, weights, _ = undistorted(chart(camera), lens(camera, fisheye_k1=0.0))
    assert np.abs(straight - chart(camera)).max() > 0.01
    assert weights is not None
    assert np.isfinite(straight).all()
    with pytest.raises(BadInputError, match="front: lens coefficients omega are not known"):
        undistorted(chart(camera), lens(camera, k1=0.1, omega=1.0))


def test_a_smaller_photograph_shrinks_its_camera_and_another_shape_is_refused(camera: Camera) -> None:
    half = camera_for(camera, camera.width // 2, camera.height // 2)
    assert (half.fx, half.cy) == (camera.fx / 2, camera.cy / 2)
    with pytest.raises(BadInputError, match="48 x 40, but the photograph  is 48 x 60"):
        camera_for(camera, 48, 60)
    view = photo_view(camera, chart(camera), longest_side=24)
    assert view.picture.shape == (20, 24, 3)
    assert view.camera.fx == camera.fx / 2


def test_a_view_refuses_pictures_that_do_not_fit(camera: Camera) -> None:
    good = chart(camera)
    with pytest.raises(BadInputError, match="must be 40 x 48 x 3, got 39 x 48 x 3"):
        TrainingView(camera=camera, picture=good[:39])
    with pytest.raises(BadInputError, match="undistorted first"):
        TrainingView(camera=lens(camera, k1=0.1), picture=good)
    with pytest.raises(BadInputError, match="not finite"):
        TrainingView(camera=camera, picture=np.full_like(good, np.nan))
    with pytest.raises(BadInputError, match="weight must be 0 or more"):
        TrainingView(camera=camera, picture=good, weight=-1)


def test_every_nth_photograph_judges_and_fixed_renders_never_do(camera: Camera) -> None:
    photos = [TrainingView(camera=replace(camera, name=f"p{n}"), picture=chart(camera)) for n in range(8)]
    alpha = np.linspace(0, 1, 48 * 40, dtype=np.float32).reshape(40, 48)
    fixed = fixed_view(camera, chart(camera), alpha)
    assert (fixed.weight, fixed.is_photo) == (0.3, False)
    assert fixed.pixel_weights is not None
    assert set(np.unique(fixed.pixel_weights)) == {0.0, 1.0}
    learnt, held = split([*photos, fixed], 4)
    assert [view.camera.name for view in held] == ["p2", "p6"]
    assert len(learnt) == 7
    assert split(photos, 0)[1] == ()
    assert split(photos[:1], 2)[1] == ()


def test_the_extent_follows_the_cameras(camera: Camera) -> None:
    assert scene_extent([camera]) == 1.0
    pose = camera.world_to_camera.copy()
    pose[0, 3] += 4
    assert scene_extent([camera, replace(camera, world_to_camera=pose)]) == pytest.approx(2.2)


# -- new scenes --------------------------------------------------------------------------------------


def test_points_become_gaussians_of_their_colour_and_spacing() -> None:
    grid = np.stack(np.meshgrid(*[np.arange(4.0)] * 3), axis=-1).reshape(-1, 3).astype(np.float32)
    colours = np.full((64, 3), (255, 0, 51), np.uint8)
    scene = scene_from_points(grid, colours, degree=2)
    assert_allclose(np.exp(scene.log_scales), 1, rtol=1e-6)
    assert_allclose(0.5 + 0.28209479 * scene.sh[:, 0], np.tile([1, 0, 0.2], (64, 1)), atol=1e-6)
    assert (scene.count, scene.degree) == (64, 2)
    assert_allclose(1 / (1 + np.exp(-scene.logit_opacities)), 0.1, rtol=1e-6)
    same = scene_from_points(np.zeros((5, 3), np.float32), colours[:5])
    assert np.isfinite(same.log_scales).all()


def test_too_few_points_are_refused() -> None:
    with pytest.raises(BadInputError, match="at least 4 points to start from, got 2"):
        scene_from_points(
            np.array([[0, 0, 0], [1, 0, 0], [np.nan, 0, 0]], np.float32), np.zeros((3, 3), np.uint8)
        )
