from __future__ import annotations

import numpy as np
import pytest

from restora.photons.alignment import align
from restora.photons.warping import enlarged, sample, sample_cubic, sample_squared, smooth

TENT = np.array([1, 2, 1], np.float32) / 4


def texture(height: int = 120, width: int = 136, seed: int = 0) -> np.ndarray:
    """Blobs of several sizes, values about 0 to 1."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 1), np.float32)
    for passes in (2, 8, 32, 128):
        blobs = rng.standard_normal((height, width, 1)).astype(np.float32)
        for _ in range(passes):
            blobs = smooth(blobs, TENT)
        total += blobs / blobs.std()
    return 0.5 + 0.1 * total[:, :, 0]


def constant_flow(shape: tuple[int, ...], columns: float, rows: float) -> np.ndarray:
    return np.broadcast_to(np.array([columns, rows], np.float32), (*shape, 2))


@pytest.mark.parametrize("shift", [(0, 0), (1.5, -2.25), (-9.0, 6.5)])
@pytest.mark.parametrize("noise", [0.002, 0.05])
def test_a_shift_is_found_to_a_fraction_of_a_pixel(shift: tuple[float, float], noise: float) -> None:
    rng = np.random.default_rng(1)
    still = texture()
    moved = sample(still[:, :, None], constant_flow(still.shape, -shift[0], -shift[1]))[:, :, 0]
    pair = [(p + noise * rng.standard_normal(p.shape)).astype(np.float32) for p in (still, moved)]
    flow = align(*pair, noise_variance=2 * noise**2)
    error = np.linalg.norm(flow - shift, axis=2)[12:-12, 12:-12]
    assert error.mean() < 0.1 + 2 * noise


def test_a_zoom_is_followed_everywhere() -> None:
    still = texture()
    rows, columns = np.mgrid[: still.shape[0], : still.shape[1]].astype(np.float32)
    zoom = np.stack([(columns - 68) * 0.04, (rows - 60) * 0.04], axis=2)
    moved = sample(still[:, :, None], zoom)[:, :, 0]
    inverse = align(moved, still, noise_variance=1e-5)
    assert np.linalg.norm(inverse - zoom, axis=2)[10:-10, 10:-10].mean() < 0.15


def test_places_without_texture_follow_those_with_it() -> None:
    still = texture()
    still[40:70, 50:80] = 0.5
    moved = sample(still[:, :, None], constant_flow(still.shape, -3, -2))[:, :, 0]
    flow = align(still, moved, noise_variance=1e-4)
    np.testing.assert_allclose(flow[50:60, 60:70], np.broadcast_to((3, 2), (10, 10, 2)), atol=0.4)


def test_pictures_without_any_texture_do_not_move() -> None:
    flat = np.full((64, 64), 0.3, np.float32)
    np.testing.assert_allclose(align(flat, flat, noise_variance=0.01), 0, atol=1e-3)


@pytest.mark.parametrize("read", [sample, lambda picture, flow: sample_cubic(picture, flow)[0]])
def test_reading_at_no_displacement_gives_the_picture(read: object) -> None:
    assert callable(read)
    picture = texture()[:, :, None]
    np.testing.assert_allclose(read(picture, constant_flow(picture.shape[:2], 0, 0)), picture, atol=1e-6)


def test_reading_half_way_keeps_the_stated_share_of_noise() -> None:
    rng = np.random.default_rng(3)
    noise = rng.standard_normal((200, 200, 1)).astype(np.float32)
    flow = np.array(constant_flow((200, 200), 0.5, 0.5))
    cubic, kept = sample_cubic(noise, flow)
    assert cubic[4:-4, 4:-4].var() == pytest.approx(float(kept[50, 50, 0]), rel=0.05)
    linear = sample(noise, flow)[4:-4, 4:-4].var()
    assert linear == pytest.approx(float(sample_squared(np.ones_like(noise), flow)[50, 50, 0]), rel=0.05)


def test_enlarging_keeps_a_ramp_a_ramp() -> None:
    ramp = np.broadcast_to(np.arange(8, dtype=np.float32)[None, :, None], (4, 8, 1))
    large = enlarged(ramp, 8, 16)
    np.testing.assert_allclose(large[2, 2:-2, 0], np.arange(2, 14) / 2 - 0.25, atol=1e-6)
