from __future__ import annotations

import numpy as np
import pytest

from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.errors import BadInputError
from restora.optics.blur import gaussian_blur
from restora.optics.deconvolution import richardson_lucy, wiener
from restora.optics.degrade import MetalensCamera
from restora.optics.distortion import distort, undistort
from restora.optics.psf import Lens, blur, blur_adjoint, gaussian_lens, radius, typical_metalens, zone_shares
from restora.optics.sensor import SensorNoise
from restora.optics.veil import Veil, estimate_veil


def scene(height: int = 96, width: int = 120, channels: int = 3) -> np.ndarray:
    rng = np.random.default_rng(3)
    rough = rng.random((height, width, channels), dtype=np.float32) - 0.5
    return np.clip(0.4 + gaussian_blur(rough, 1.5) + 6 * gaussian_blur(rough, 8.0), 0, 1)


def rms(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.sqrt(np.mean((first - second)[8:-8, 8:-8] ** 2)))


def test_the_radius_is_one_at_half_the_shorter_side() -> None:
    found = radius(100, 300)
    assert found[50, 150] < 0.02
    assert found[0, 150] == pytest.approx(1, abs=0.02)


def test_shares_of_the_zones_sum_to_one() -> None:
    shares = zone_shares(typical_metalens(), 40, 64)
    np.testing.assert_allclose(shares.sum(axis=0), 1, atol=1e-6)


@pytest.mark.parametrize("coma", [0.0, 1.0])
def test_a_flat_field_stays_flat(coma: float) -> None:
    flat = np.full((50, 70, 3), 0.3, np.float32)
    np.testing.assert_allclose(blur(flat, typical_metalens(coma=coma)), 0.3, atol=6e-4 if coma else 1e-5)


def test_a_lens_of_one_gaussian_blurs_like_one() -> None:
    light = scene(100, 100)
    found = blur(light, gaussian_lens((8.0,)))  # in a field of 400, so 2 pixels here
    assert rms(found, gaussian_blur(light, 2.0)) < 1e-3


def test_the_corner_is_blurred_more_than_the_centre_and_coma_draws_points_out_along_the_radius() -> None:
    points = np.zeros((400, 400, 1), np.float32)
    points[200, 200] = points[60, 60] = 1
    plain = blur(points, typical_metalens())
    assert plain[60, 60, 0] < plain[200, 200, 0]
    drawn = blur(points, typical_metalens(coma=1.0))
    along, across = drawn[63, 63, 0], drawn[63, 57, 0]
    assert along > 1.3 * across


def test_the_adjoint_is_the_transpose() -> None:
    rng = np.random.default_rng(0)
    one, other = (rng.random((64, 72, 1)).astype(np.float32) for _ in range(2))
    one[:24] = one[-24:] = one[:, :24] = one[:, -24:] = 0  # the mirrored border is not part of the transpose
    other[:24] = other[-24:] = other[:, :24] = other[:, -24:] = 0
    lens = gaussian_lens((4.0, 12.0), radii=(0.0, 1.0))
    left = float((blur(one, lens) * other).sum())
    assert left == pytest.approx(float((one * blur_adjoint(other, lens)).sum()), rel=1e-3)


def test_wiener_and_richardson_lucy_bring_detail_back() -> None:
    light = scene()
    lens = gaussian_lens((6.0, 10.0), radii=(0.0, 1.2))
    seen = blur(light, lens)
    assert rms(wiener(seen, lens, 1e-4), light) < 0.8 * rms(seen, light)
    assert rms(richardson_lucy(seen, lens, 20), light) < 0.8 * rms(seen, light)


def test_light_stays_positive_under_richardson_lucy() -> None:
    assert richardson_lucy(np.zeros((20, 20, 1), np.float32), gaussian_lens((3.0,)), 3).min() >= 0


def test_settings_that_mean_nothing_are_refused() -> None:
    light = scene(20, 20)
    lens = gaussian_lens((1.0,))
    with pytest.raises(BadInputError, match="ratio must be above 0, got 0"):
        wiener(light, lens, 0)
    with pytest.raises(BadInputError, match="at least one round is needed, got 0"):
        richardson_lucy(light, lens, 0)
    with pytest.raises(BadInputError, match="sum to 1"):
        Lens(radii=(0.0,), weights=np.full((1, 3, 2), 0.4), sigmas=np.ones((1, 3, 2)))
    with pytest.raises(BadInputError, match="a lens of 2 zones"):
        Lens(radii=(0.0, 1.0), weights=np.ones((1, 3, 1)), sigmas=np.ones((1, 3, 1)))


@pytest.mark.parametrize("strength", [-0.05, 0.1])
def test_straightening_undoes_distortion(strength: float) -> None:
    light = scene()
    bent = distort(light, strength)
    assert rms(undistort(bent, strength), light) < 0.4 * rms(bent, light)


def test_even_a_strong_barrel_gives_finite_pictures() -> None:
    assert np.isfinite(distort(scene(), -0.3)).all()


def test_no_distortion_changes_nothing() -> None:
    light = scene()
    np.testing.assert_allclose(distort(light, 0.0), light, atol=1e-6)


def test_a_distortion_that_folds_the_picture_is_refused() -> None:
    with pytest.raises(BadInputError, match=r"-0\.3 to 0\.3, got 0\.5"):
        distort(scene(), 0.5)


@pytest.mark.parametrize("channels", [1, 3])
def test_taking_the_veil_off_undoes_putting_it_on(channels: int) -> None:
    light = scene(channels=channels)
    veil = Veil(pedestal=0.2, corner=0.8)
    veiled = veil.add(light)
    assert veiled.min() > 0.1
    np.testing.assert_allclose(veil.remove(veiled), light, atol=1e-5)


def test_the_veil_is_found_where_the_scene_has_something_black() -> None:
    light = scene()
    light[20:50, 20:60] = 0
    found = estimate_veil(Veil(pedestal=0.2).add(light))
    assert found.pedestal == pytest.approx(0.2 * np.mean(Veil().tint), rel=0.1)
    assert found.tint[0] < found.tint[1] < found.tint[2]


def test_without_a_veil_none_is_found() -> None:
    light = scene()
    light[20:50, 20:60] = 0
    assert estimate_veil(light).pedestal == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("stated", [{"pedestal": 0.96}, {"pedestal": -0.1}, {"corner": 0.0}, {"corner": 1.5}])
def test_impossible_veils_are_refused(stated: dict[str, float]) -> None:
    with pytest.raises(BadInputError):
        Veil(**stated)


def test_sensor_noise_has_the_stated_variance() -> None:
    flat = np.full((200, 200, 1), 0.5, np.float32)
    noisy = SensorNoise(electrons=100, read=0.02).add(flat, np.random.default_rng(0))
    assert noisy.var() == pytest.approx(0.5 / 100 + 0.02**2, rel=0.05)
    assert noisy.mean() == pytest.approx(0.5, rel=0.01)


def test_a_photo_is_the_same_for_the_same_seed_and_has_8_bits() -> None:
    picture = Image(pixels=scene(), transfer=Transfer.LINEAR)
    camera = MetalensCamera.drawn(np.random.default_rng(1))
    first, second, other = (camera.photograph(picture, seed) for seed in (1, 1, 2))
    assert first.sha256() == second.sha256() != other.sha256()
    np.testing.assert_allclose(first.pixels * 255, np.rint(first.pixels * 255), atol=1e-4)
    assert first.transfer is Transfer.SRGB


def test_a_photo_has_less_contrast_than_its_scene_and_lifted_blacks() -> None:
    picture = Image(pixels=scene(200, 200), transfer=Transfer.LINEAR)
    light = MetalensCamera().light(picture).pixels
    assert light.std() < 0.7 * picture.pixels.std()
    assert light.min() > 0.1


def test_scenes_that_no_camera_can_see_are_refused() -> None:
    spoilt = scene()
    spoilt[0, 0] = np.nan
    with pytest.raises(BadInputError, match="NaN or infinity"):
        MetalensCamera().light(Image(pixels=spoilt))
    with pytest.raises(BadInputError, match="no alpha"):
        MetalensCamera().light(Image(pixels=np.ones((9, 9, 4), np.float32)))
