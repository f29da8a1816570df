from __future__ import annotations

import numpy as np
import pytest

from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.data.transfer import to_linear
from restora.errors import BadInputError
from restora.optics.blur import gaussian_blur
from restora.quality.compare import METRICS, compare
from restora.quality.fidelity import error_map, mse_linear, mse_srgb, psnr
from restora.quality.no_reference import noise, sharpness
from restora.quality.similarity import ms_ssim, ssim


def picture(height: int = 180, width: int = 200, channels: int = 3, seed: int = 0) -> Image:
    rough = np.random.default_rng(seed).random((height, width, channels), dtype=np.float32)
    return Image(pixels=np.ascontiguousarray(gaussian_blur(rough, 2.0) * 2 - 0.5))


def noisy(image: Image, sigma: float) -> Image:
    rng = np.random.default_rng(9)
    return Image(
        pixels=image.pixels + np.float32(sigma) * rng.standard_normal(image.pixels.shape, np.float32)
    )


def test_equal_pictures_have_the_best_figures() -> None:
    image = picture()
    found = compare(image, image)
    assert dict(found.values) == pytest.approx(
        {"psnr": 80.0, "ssim": 1.0, "ms_ssim": 1.0, "mse_srgb": 0.0, "mse_linear": 0.0}
    )
    assert found.left_out == {}


@pytest.mark.parametrize("metric", ["psnr", "ssim", "ms_ssim"])
def test_more_noise_is_worse(metric: str) -> None:
    image = picture()
    figures = [METRICS[metric](noisy(image, sigma), image) for sigma in (0.01, 0.05, 0.2)]
    assert figures == sorted(figures, reverse=True)


def test_ms_ssim_forgives_fine_noise_more_than_ssim_does() -> None:
    image = picture()
    assert ms_ssim(noisy(image, 0.1), image) > ssim(noisy(image, 0.1), image)


def test_psnr_of_a_known_difference_is_known() -> None:
    grey = Image(pixels=np.full((20, 20, 1), 0.5, np.float32))
    lighter = Image(pixels=np.full((20, 20, 1), 0.6, np.float32))
    assert psnr(lighter, grey) == pytest.approx(20, abs=1e-3)
    assert mse_srgb(lighter, grey) == pytest.approx(0.01, rel=1e-5)
    np.testing.assert_allclose(error_map(lighter, grey), np.full((20, 20, 1), 0.1), atol=1e-6)


def test_the_transfer_and_the_nominal_white_of_the_numbers_do_not_matter() -> None:
    encoded = Image(pixels=np.clip(picture().pixels, 0, 1))
    linear = Image(pixels=to_linear(encoded.pixels) * 4, transfer=Transfer.LINEAR, nominal_white=4)
    assert psnr(linear, encoded) > 79
    assert mse_linear(linear, encoded) < 1e-10


def test_light_above_white_counts_in_linear_error_only() -> None:
    white = Image(pixels=np.ones((16, 16, 3), np.float32), transfer=Transfer.LINEAR)
    brighter = Image(pixels=np.full((16, 16, 3), 2, np.float32), transfer=Transfer.LINEAR)
    assert mse_srgb(brighter, white) < 1e-12
    assert mse_linear(brighter, white) == 1


def test_alpha_does_not_count() -> None:
    image = picture(20, 20)
    covered = Image(pixels=np.dstack([image.pixels, np.zeros((20, 20, 1), np.float32)]))
    assert psnr(covered, image) == pytest.approx(80)


def test_pictures_of_different_size_are_refused_with_both_sizes() -> None:
    with pytest.raises(BadInputError, match="200 x 180 pixels, the second 199 x 180"):
        compare(picture(), picture(180, 199))


def test_grey_against_colour_is_refused() -> None:
    with pytest.raises(BadInputError, match="the first has 1 channels, the second 3"):
        compare(picture(channels=1), picture())


def test_values_that_are_no_numbers_are_refused() -> None:
    pixels = picture().pixels.copy()
    pixels[0, 0] = np.nan
    with pytest.raises(BadInputError, match="the first picture has 3 values that are not finite"):
        compare(Image(pixels=pixels), picture())


def test_a_metric_for_larger_pictures_is_left_out_and_says_why() -> None:
    found = compare(picture(100, 120), picture(100, 120, seed=1))
    assert set(found.values) == {"psnr", "ssim", "mse_srgb", "mse_linear"}
    assert "at least 161 pixels per side" in found.left_out["ms_ssim"]
    assert "at least 11 pixels" in compare(picture(5, 5), picture(5, 5)).left_out["ssim"]


@pytest.mark.parametrize("sigma", [0.02, 0.1])
def test_the_noise_estimate_finds_noise_that_was_added(sigma: float) -> None:
    flat = Image(pixels=np.full((200, 200, 1), 0.5, np.float32))
    assert noise(noisy(flat, sigma)) == pytest.approx(sigma, rel=0.05)
    assert noise(flat) == 0


def test_a_blurred_picture_is_less_sharp() -> None:
    rough = np.random.default_rng(0).random((80, 80, 3), dtype=np.float32)
    figures = [sharpness(Image(pixels=gaussian_blur(rough, sigma))) for sigma in (0.5, 1.5, 4.0)]
    assert figures == sorted(figures, reverse=True)
    assert 0 <= figures[-1] < figures[0] <= 1


def test_a_flat_picture_is_not_sharp() -> None:
    assert sharpness(Image(pixels=np.full((20, 20, 3), 0.5, np.float32))) == 0


@pytest.mark.parametrize("figure", [noise, sharpness])
def test_figures_of_a_single_pixel_are_refused(figure: object) -> None:
    assert callable(figure)
    with pytest.raises(BadInputError, match="pixels per side"):
        figure(Image(pixels=np.ones((1, 1, 3), np.float32)))
