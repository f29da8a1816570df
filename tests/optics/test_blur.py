from __future__ import annotations

import numpy as np
import pytest

from restora.optics.blur import gaussian_blur, gaussian_kernel, kernel_radius


@pytest.mark.parametrize("sigma", [0.3, 1.0, 7.5])
def test_the_kernel_sums_to_one(sigma: float) -> None:
    half = gaussian_kernel(sigma)
    assert 2 * half.sum() - half[0] == pytest.approx(1, abs=1e-6)
    assert len(half) == kernel_radius(sigma) + 1


def test_a_point_becomes_a_gaussian() -> None:
    point = np.zeros((41, 41, 1), np.float32)
    point[20, 20] = 1
    blurred = gaussian_blur(point, 3.0)[:, :, 0]
    y, x = np.mgrid[-20:21, -20:21]
    assert (blurred * x * x).sum() == pytest.approx(9, rel=0.01)
    np.testing.assert_allclose(blurred, np.exp(-(x * x + y * y) / 18) / (18 * np.pi), atol=1e-5)


def test_pictures_smaller_than_the_kernel_are_mirrored_as_often_as_needed() -> None:
    tiny = np.array([[[0.0], [1.0]]], np.float32)
    blurred = gaussian_blur(tiny, 20.0)
    np.testing.assert_allclose(blurred, 0.5, atol=0.01)
