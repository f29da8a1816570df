"""The spread of a lens, told from simulated photos of scenes made of discs."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as PillowImage

from restora.data.image import Image
from restora.errors import UnsuitableItemError
from restora.optics.degrade import MetalensCamera
from restora.optics.psf import gaussian_lens, typical_metalens
from restora.optics.spread import estimate_spread


def scene(seed: int, height: int = 320, width: int = 400) -> np.ndarray:
    """Discs of all sizes over one another, each of a grey with a little colour."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    canvas = np.full((height, width, 3), 0.5, np.float32)
    for radius in np.sort(3 / (0.01 + rng.random(600)))[::-1]:
        place = rng.random(2) * (height, width)
        inside = (rows - place[0]) ** 2 + (columns - place[1]) ** 2 < radius**2
        canvas[inside] = np.clip(rng.uniform(0.05, 0.95) + 0.08 * rng.standard_normal(3), 0, 1)
    return canvas


def photo(factor: float, seed: int) -> np.ndarray:
    camera = MetalensCamera(lens=typical_metalens(coma=0.5).spread_by(factor))
    return camera.photograph(Image(pixels=scene(seed)), seed).pixels


@pytest.mark.parametrize(("factor", "seed"), [(0.6, 1), (1.0, 5), (1.5, 7)])
def test_the_spread_is_found_within_a_quarter(factor: float, seed: int) -> None:
    found = estimate_spread(photo(factor, seed), typical_metalens())
    assert found.is_sure
    assert found.lowest <= found.factor <= found.highest
    assert found.factor / factor == pytest.approx(1, abs=0.25)


def test_it_follows_the_lens_it_is_asked_about() -> None:
    seen = photo(1.0, 5)
    whole = estimate_spread(seen, typical_metalens())
    half = estimate_spread(seen, typical_metalens().spread_by(0.5))
    assert half.factor == pytest.approx(2 * whole.factor, rel=0.05)


def test_the_coarser_colours_of_jpeg_do_not_mislead() -> None:
    stream = io.BytesIO()
    codes = np.rint(photo(1.5, 7) * 255).astype(np.uint8)
    PillowImage.fromarray(codes).save(stream, "JPEG", quality=90, subsampling="4:2:0")
    packed = np.asarray(PillowImage.open(stream)).astype(np.float32) / 255
    found = estimate_spread(packed, typical_metalens())
    assert not found.is_sure or found.factor / 1.5 == pytest.approx(1, abs=0.35)


def test_a_sharp_picture_and_another_blur_are_not_taken_for_a_metalens() -> None:
    assert not estimate_spread(scene(4), typical_metalens()).is_sure
    plain = MetalensCamera(lens=gaussian_lens((4.0,))).photograph(Image(pixels=scene(5)), 0)
    assert not estimate_spread(plain.pixels, typical_metalens()).is_sure


def test_what_cannot_tell_is_refused() -> None:
    with pytest.raises(UnsuitableItemError, match=r"this one is 200 x 150 with 1 channel"):
        estimate_spread(np.zeros((150, 200, 1), np.float32), typical_metalens())
    with pytest.raises(UnsuitableItemError, match=r"this one is 200 x 100 with 3 channel"):
        estimate_spread(np.zeros((100, 200, 3), np.float32), typical_metalens())
    noise = np.random.default_rng(0).random((200, 200, 3), np.float32)
    with pytest.raises(UnsuitableItemError, match="lost in noise"):
        estimate_spread(noise, typical_metalens())
    with pytest.raises(UnsuitableItemError, match="lost in noise"):
        estimate_spread(np.full((200, 200, 3), 0.5, np.float32), typical_metalens())
