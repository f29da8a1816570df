from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from restora.data.kinds import ColourFilter
from restora.nets.colour_fix import low_frequencies, wavelet_colour_fix
from restora.photons.colour import brightest_gains, grey_world_gains
from restora.photons.counts import frames_for_bits, model_input, sum_frames
from restora.photons.demosaic import demosaic_bilinear
from restora.photons.forward import detection_probability, detections, linear_light
from restora.photons.inversion import flux_from_counts
from restora.photons.mosaic import BAYER_ORDERS, masked, spread
from restora.photons.sizes import fit_size

VECTORS = Path(__file__).parent.parent / "vectors" / "gqir"


def vectors(name: str) -> dict[str, np.ndarray]:
    with np.load(VECTORS / name, allow_pickle=False) as file:
        return dict(file)


@pytest.mark.parametrize("case", ["spad/bits3_ppp3p5.npz", "spad/bits1_ppp1.npz"])
class TestSpad:
    def test_light_and_probability_agree(self, case: str) -> None:
        v = vectors(case)
        light = linear_light(v["srgb"])
        probability = detection_probability(light, float(v["factor"]))
        assert_allclose(light, v["linear"], rtol=1e-12, atol=0)
        # 1 - exp(-x), as the vectors were made, is itself off by one rounding of 1.
        assert_allclose(probability, v["prob"], rtol=1e-12, atol=2.3e-16)

    def test_frames_and_sums_are_equal(self, case: str) -> None:
        v = vectors(case)
        frames = detections(detection_probability(linear_light(v["srgb"]), float(v["factor"])), v["u"])
        filtered = [masked(f, BAYER_ORDERS[k]) for f, k in zip(frames, v["pattern_index"], strict=True)]
        assert_array_equal(frames, v["frames"])
        assert_array_equal(sum_frames(frames), v["sum_mono"])
        assert_array_equal(sum_frames(np.stack(filtered)), v["sum_mosaic"])

    def test_model_inputs_are_bit_equal(self, case: str) -> None:
        v = vectors(case)
        frames = frames_for_bits(int(v["bits"]))
        assert_array_equal(model_input(v["sum_mono"], frames), v["model_input_mono"])
        assert_array_equal(model_input(v["sum_mosaic"], frames), v["model_input_color"])

    def test_inversion_agrees_in_the_convention_of_the_vectors(self, case: str) -> None:
        v = vectors(case)
        flux = flux_from_counts(v["sum_mono"], frames_for_bits(int(v["bits"])), margin=1)
        assert_allclose(flux, v["mle_intensity"], rtol=1e-12, atol=0)


class TestBayer:
    @pytest.mark.parametrize("order", BAYER_ORDERS)
    def test_masking_is_bit_equal(self, order: ColourFilter) -> None:
        v = vectors("bayer/patterns.npz")
        assert_array_equal(masked(v["rgb"], order), v[f"mosaic_{order.value.upper()}"])

    def test_spreading_one_channel_is_bit_equal(self) -> None:
        v = vectors("bayer/patterns.npz")
        assert_array_equal(spread(v["raw"], ColourFilter.RGGB), v["sparse_rggb"])

    def test_demosaicing_gives_the_integers_of_opencv(self) -> None:
        v = vectors("bayer/patterns.npz")
        rgb = demosaic_bilinear(v["bayer_u8"][:, :, np.newaxis], ColourFilter.RGGB)
        assert_array_equal(rgb, v["cv_demosaic_rggb_to_rgb"])


def test_sizes_for_networks_agree() -> None:
    v = vectors("loader/resize_dims.npz")
    for height, width, multiple, *expected in v["h_w_multiple_newh_neww"].tolist():
        assert fit_size(height, width, longest=int(v["max_side"]), multiple=multiple) == tuple(expected)


def test_white_balance_agrees() -> None:
    v = vectors("color/white_balance.npz")
    exposed = v["rgb"] / 1.37
    balanced = np.clip(exposed * grey_world_gains(exposed), 0, 255)
    brightest = v["rgb"] * brightest_gains(v["rgb"], 255)
    assert_allclose(exposed.astype(np.uint8).astype(int), v["exposure_only"].astype(int), atol=1)
    assert_allclose(balanced.astype(np.uint8).astype(int), v["gray_world"].astype(int), atol=1)
    assert_allclose(brightest.astype(np.uint8).astype(int), v["max_rgb"].astype(int), atol=1)


def test_wavelet_colours_agree() -> None:
    v = {name: array[0].transpose(1, 2, 0) for name, array in vectors("color/wavelet.npz").items()}
    low = low_frequencies(v["content"])
    assert_allclose(low, v["content_low"], atol=1e-5)
    assert_allclose(v["content"] - low, v["content_high"], atol=1e-5)
    assert_allclose(wavelet_colour_fix(v["content"], v["style"]), v["out"], atol=1e-5)
