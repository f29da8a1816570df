from __future__ import annotations

import numpy as np
import pytest

from restora.errors import BadInputError
from restora.optics.blur import gaussian_blur
from restora.optics.compression import jpeg
from restora.optics.kernels import anisotropic_kernel, correlate, sinc_kernel
from restora.optics.lowres import LowresRanges, degrade, shrink


def picture(height: int = 96, width: int = 130, channels: int = 3) -> np.ndarray:
    rough = np.random.default_rng(0).random((height, width, channels), dtype=np.float32)
    return np.clip(gaussian_blur(rough, 1.5) * 3 - 1, 0, 1)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("scale", [1, 2, 4])
def test_a_degraded_picture_has_the_size_of_the_plain_model(channels: int, scale: int) -> None:
    clean = picture(channels=channels)
    found = degrade(clean, scale=scale, rng=np.random.default_rng(5))
    assert found.pixels.shape == shrink(clean, scale).shape
    assert found.pixels.dtype == np.float32
    assert 0 <= found.pixels.min() <= found.pixels.max() <= 1


def test_the_same_generator_state_gives_the_same_picture_and_says_what_it_did() -> None:
    runs = [degrade(picture(), scale=4, rng=np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert runs[0].pixels.tobytes() == runs[1].pixels.tobytes() != runs[2].pixels.tobytes()
    assert runs[0].steps == runs[1].steps != runs[2].steps
    assert sum(step.startswith("jpeg") for step in runs[0].steps) == 2


def test_narrow_ranges_are_kept() -> None:
    calm = LowresRanges(
        blur_sigma=(0.3, 0.3),
        gaussian_noise=(0.0, 0.0),
        poisson_electrons=(1e7, 1e7),
        jpeg_quality=(95, 95),
        resize=(1.0, 1.0),
        sinc_cutoff=(3.1, 3.1),
    )
    clean = picture(channels=1)
    found = degrade(clean, scale=2, rng=np.random.default_rng(3), ranges=calm).pixels
    assert np.abs(found - shrink(clean, 2))[4:-4, 4:-4].mean() < 0.02


def test_a_tiny_picture_keeps_at_least_one_pixel() -> None:
    assert degrade(picture(3, 2), scale=8, rng=np.random.default_rng(0)).pixels.shape == (1, 1, 3)


def test_what_cannot_be_degraded_is_refused() -> None:
    with pytest.raises(BadInputError, match="scale must be 1 to 8, got 9"):
        shrink(picture(), 9)
    with pytest.raises(BadInputError, match="1 or 3 channels of finite values"):
        degrade(picture(channels=4), scale=2, rng=np.random.default_rng(0))


@pytest.mark.parametrize("kernel", [anisotropic_kernel(2.0, 0.5, 0.7), sinc_kernel(1.5)])
def test_kernels_keep_a_flat_picture_flat(kernel: np.ndarray) -> None:
    flat = np.full((9, 11, 3), 0.4, np.float32)
    np.testing.assert_allclose(correlate(flat, kernel), 0.4, atol=1e-6)


def test_an_ellipse_is_longer_along_its_angle() -> None:
    kernel = anisotropic_kernel(3.0, 1.0, 0.0)
    middle = kernel.shape[0] // 2
    assert kernel[middle, middle + 3] > 5 * kernel[middle + 3, middle]


def test_jpeg_costs_more_at_low_quality() -> None:
    clean = picture()
    worse, better = (np.abs(jpeg(clean, quality) - clean).mean() for quality in (10, 90))
    assert better < worse


def test_jpeg_qualities_that_pillow_would_quietly_change_are_refused() -> None:
    with pytest.raises(BadInputError, match="1 to 95, got 100"):
        jpeg(picture(), 100)
