"""Where fields lie, and how their parts join; no network is needed for it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from restora.api import ParameterError
from restora.nets.lora import LoraPair
from restora_dmdiff.degradation import PictureMap, picture_map, sampled
from restora_dmdiff.fields import UNITS, as_one_field, bell, reflected, starts, tiled
from restora_dmdiff.finishing import recoloured, resized
from restora_dmdiff.net import decoding
from restora_dmdiff.net.degradation_map import published_window
from restora_dmdiff.net.low_rank import Modulated, Modulation, modulated
from restora_dmdiff.net.whole_picture import predicted
from restora_dmdiff.stated_map import parsed

SIDES = st.integers(1, 1400)
PLAIN: dict[str, object] = {
    "levels": "",
    "gain": 1.0,
    "window": "centre",
    "window_values": "",
    "map_picture": None,
}


@settings(deadline=None, max_examples=40)
@given(length=st.integers(8, 60), overlap=st.integers(2, 6))
def test_fields_cover_everything_evenly_and_share_what_was_asked(length: int, overlap: int) -> None:
    found = list(starts(length, overlap))
    assert found[0] == 0
    assert found[-1] == length - UNITS
    steps = np.diff(found)
    assert all(1 <= step <= UNITS - overlap for step in steps)
    assert not len(steps) or np.ptp(steps) <= 1


@settings(deadline=None, max_examples=25)
@given(width=SIDES, height=SIDES, unit=st.sampled_from([50, 64]))
def test_every_pixel_keeps_its_place(width: int, height: int, unit: int) -> None:
    picture = np.arange(width * height, dtype=np.float32).reshape(height, width, 1)
    layout = tiled(picture, unit=unit, overlap=2)
    assert_array_equal(layout.picture[:height, :width], picture)
    assert all(layout.cut(field).shape[:2] == (8 * unit, 8 * unit) for field in layout.fields)
    step = 64 / unit
    assert layout.box == (0, 0, width * step, height * step)


def test_reflection_reaches_as_far_as_it_must() -> None:
    line = np.array([[[1.0], [2.0], [3.0]]], np.float32)
    assert_array_equal(reflected(line, (0, 0), (2, 4))[0, :, 0], [3, 2, 1, 2, 3, 2, 1, 2, 3])
    assert reflected(line[:, :1], (1, 1), (3, 3)).shape == (3, 7, 1)


def test_a_field_of_the_trained_size_has_the_published_window() -> None:
    layout = tiled(np.zeros((400, 400, 3), np.float32), unit=50, overlap=2)
    params = {**PLAIN, "levels": "1"}
    values = picture_map(layout, params, lambda: np.zeros((7, 7), np.float32)).values
    assert_allclose(values, published_window().numpy(), atol=1e-6)


def test_in_a_larger_picture_the_window_is_that_of_the_whole_lens() -> None:
    layout = tiled(np.zeros((1000, 1000, 3), np.float32), unit=50, overlap=2)
    params = {**PLAIN, "levels": "1"}
    found = picture_map(layout, params, lambda: np.zeros((19, 19), np.float32))
    corner = found.of(layout.fields[0])
    assert_allclose(found.values[9, 9], 1, atol=1e-6)
    assert_allclose(corner[0, 0], 0.75458, atol=1e-4)
    assert corner[6, 6] > 0.9


@pytest.mark.parametrize(("height", "width"), [(400, 400), (700, 1000), (161, 333)])
def test_a_map_that_was_shown_can_be_given_again(height: int, width: int) -> None:
    layout = tiled(np.zeros((height, width, 3), np.float32), unit=50, overlap=2)
    rng = np.random.default_rng(5)
    table = rng.uniform(0, 16, tuple(side - 1 for side in layout.size)).astype(np.float32)
    shown = PictureMap(values=table, layout=layout).picture(2 * width, 2 * height)
    given = picture_map(layout, {**PLAIN, "levels": "3", "map_picture": shown}, pytest.fail).values
    # Parts that lie beyond the photograph, over what was filled up, are not in the picture of the map.
    inside = slice(0, height // 50 - 1), slice(0, width // 50 - 1)
    assert_allclose(given[inside], table[inside], atol=0.5)
    assert np.abs(given[inside] - table[inside]).mean() < 0.2
    halved = picture_map(layout, {**PLAIN, "gain": 0.5, "map_picture": shown}, pytest.fail).values
    assert_allclose(halved, given / 2, atol=1e-5)


def test_a_painted_map_may_have_any_size_and_its_colours_count_alike() -> None:
    layout = tiled(np.zeros((400, 400, 3), np.float32), unit=50, overlap=2)
    one = np.full((1, 1, 3), [0.0, 0.5, 1.0], np.float32)
    assert_allclose(picture_map(layout, {**PLAIN, "map_picture": one}, pytest.fail).values, 8.0)
    halves = np.zeros((2, 500, 1), np.float32)
    halves[:, 250:] = 3
    found = picture_map(layout, {**PLAIN, "map_picture": halves}, pytest.fail).values
    assert_allclose(found[:, :3], 0)
    assert_allclose(found[:, 4:], 16)


def test_a_stated_table_is_taken_as_it_is_and_read_between_its_numbers() -> None:
    table = np.arange(49, dtype=np.float64).reshape(7, 7)
    line = np.linspace(-1, 1, 7)
    assert_allclose(sampled(table.tolist(), line, line), table, atol=1e-5)
    halves = (line[1:] + line[:-1]) / 2
    assert_allclose(sampled(table.tolist(), halves, line), table[:-1] + 3.5, atol=1e-5)


def test_maps_may_be_separated_in_any_usual_way() -> None:
    rows = "; ".join(", ".join(["1.5"] * 7) for _ in range(7))
    assert parsed(f"[{rows}]", "levels", highest=16, takes_one=False) == [[1.5] * 7] * 7
    with pytest.raises(ParameterError, match="got 0"):
        parsed(" ", "levels", highest=16, takes_one=True)


def test_the_maps_picture_has_the_maps_numbers_at_its_places() -> None:
    layout = tiled(np.zeros((400, 400, 3), np.float32), unit=50, overlap=2)
    values = np.arange(49, dtype=np.float32).reshape(7, 7) / 4
    shown = PictureMap(values=values, layout=layout).picture(512, 512)[:, :, 0] * 16
    places = (np.arange(7) + 1) * 64
    pairs = (shown[np.ix_(places - 1, places - 1)] + shown[np.ix_(places, places)]) / 2
    assert_allclose(pairs, values, atol=0.02)


@pytest.mark.parametrize(("height", "width"), [(160, 400), (161, 30), (320, 273)])
def test_blocks_join_without_a_seam_whatever_happens_at_their_borders(height: int, width: int) -> None:
    latents = torch.rand(1, 4, height, width, generator=torch.Generator().manual_seed(1))

    def decode(_number: int, block: Tensor) -> Tensor:
        assert max(block.shape[2:]) <= decoding.BLOCK
        larger = block[:, :3].repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
        spoilt = larger.clone()
        if block.shape[2] < height:
            spoilt[:, :, [0, -1]] = 1e6
        return spoilt

    whole = latents[:, :3].repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    found = decoding.in_blocks(latents, decode, 2)
    inner = slice(2, -2) if height > decoding.BLOCK else slice(None)
    torch.testing.assert_close(found[:, :, inner], whole[:, :, inner], rtol=0, atol=1e-5)


class PoolingModel:
    """Stands in for the generator: latents are means of 8 x 8 pixels, noises are multiples of them."""

    def __init__(self) -> None:
        self.vae = SimpleNamespace(encoder=nn.ModuleList())
        self.unet = Modulated(
            nn.Linear(1, 1), LoraPair(down=torch.zeros(1, 1), up=torch.zeros(1, 1)), scale=1.0, row=0
        )

    def encode(self, pictures: Tensor, maps: Tensor, draw: Tensor | None) -> Tensor:
        assert maps.shape == (1, 7, 7)
        latent = avg_pool2d(pictures, 8)[:, [0, 1, 2, 0]]
        return latent if draw is None else latent + draw

    def noises(self, latents: Tensor, maps: Tensor, texts: list[Tensor]) -> list[Tensor]:
        with modulated(Modulation(matrices=None)):
            self.unet(torch.zeros(1, 1))
        return [latents * (index + 2) for index in range(len(texts))]


def test_fields_that_agree_join_to_what_the_whole_picture_gives() -> None:
    rng = np.random.default_rng(2)
    picture = rng.random((700, 1000, 3)).astype(np.float32)
    layout = tiled(picture, unit=64, overlap=2)
    values = PictureMap(values=np.zeros(tuple(s - 1 for s in layout.size), np.float32), layout=layout)
    draw = rng.standard_normal((4, *layout.latents)).astype(np.float32)
    seen: list[float] = []
    latent, first, second = predicted(
        PoolingModel(),  # type: ignore[arg-type]  # has what is needed of it
        layout,
        values,
        [torch.zeros(77, 4)] * 2,
        draw,
        samples=None,
        advance=lambda done, total: seen.append(done / total),
    )
    whole = torch.from_numpy(layout.picture.transpose(2, 0, 1).copy())[None] * 2 - 1
    expected = avg_pool2d(whole, 8)[:, [0, 1, 2, 0]] + torch.from_numpy(draw)
    torch.testing.assert_close(latent, expected, rtol=0, atol=1e-5)
    torch.testing.assert_close(first, 2 * expected, rtol=0, atol=2e-5)
    torch.testing.assert_close(second, 3 * expected, rtol=0, atol=3e-5)
    assert_allclose(seen, [(index + 0.3) / 6 for index in range(6)])


def test_weights_of_fields_are_symmetric_and_positive() -> None:
    weight = bell(64)
    assert weight.min() > 0
    assert_allclose(weight, weight.T)
    assert_allclose(weight, weight[::-1, ::-1], atol=1e-6)


def test_one_field_keeps_proportions_and_lies_in_the_middle() -> None:
    layout = as_one_field(np.ones((300, 900, 3), np.float32), unit=50)
    assert layout.picture.shape == (400, 400, 3)
    assert layout.content == (400, 133)
    assert layout.corner == (0, 133)


def test_a_part_of_the_right_size_is_cut_and_another_resampled() -> None:
    picture = np.random.default_rng(0).random((64, 80, 3)).astype(np.float32)
    assert_array_equal(resized(picture, (20, 10), (0, 0, 20.4, 10.3)), picture[:10, :20])
    assert resized(picture, (31, 17), (0, 0, 62.0, 34.0)).shape == (17, 31, 3)


def test_a_colour_fix_keeps_to_the_range_of_pictures() -> None:
    rng = np.random.default_rng(1)
    content, colours = rng.random((2, 30, 40, 3)).astype(np.float32)
    assert recoloured(content, colours, "none") is content
    for way in ("wavelet", "adain"):
        fixed = recoloured(content, colours, way)
        assert fixed.dtype == np.float32
        assert fixed.min() >= 0
        assert fixed.max() <= 1
