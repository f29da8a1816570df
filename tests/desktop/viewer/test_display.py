from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.data.transfer import to_linear, to_srgb
from restora_desktop.viewer.colour_maps import ColourMap, colours
from restora_desktop.viewer.display import ABOVE_COLOUR, BELOW_COLOUR, NAN_COLOUR, render
from restora_desktop.viewer.levels import Channel, Levels, Look, Tone

NORMAL = Look()


def parts(words: np.ndarray) -> np.ndarray:
    """Height x width x 3, red first."""
    return np.stack([words >> shift & 255 for shift in (16, 8, 0)], axis=2)


def shown(
    pixels: np.ndarray, look: Look = NORMAL, transfer: Transfer = Transfer.SRGB, white: float = 1.0
) -> np.ndarray:
    return parts(render(Image(pixels=pixels.astype(np.float32)).pixels, look, transfer, white))


def test_every_code_of_an_8_bit_picture_reaches_the_screen_unchanged() -> None:
    codes = np.arange(256).reshape(16, 16, 1).repeat(3, axis=2)
    np.testing.assert_array_equal(shown(codes / 255), codes)


def test_linear_light_is_encoded_for_the_screen() -> None:
    codes = np.arange(256).reshape(16, 16, 1)
    light = to_linear((codes / 255).astype(np.float32))
    np.testing.assert_allclose(shown(light, transfer=Transfer.LINEAR)[:, :, :1], codes, atol=1)


def test_sixteen_bit_steps_are_told_apart_when_levels_are_close() -> None:
    codes = (30_000 + np.arange(256)).reshape(16, 16, 1) / 65_535
    look = Look(levels=Levels(black=30_000 / 65_535, white=30_255 / 65_535))
    assert len(np.unique(shown(codes, look)[:, :, 0])) == 256


def test_brighter_than_white_is_kept_until_levels_reach_it() -> None:
    pixels = np.array([[[4.0], [2.0]]])
    np.testing.assert_array_equal(shown(pixels)[0, :, 0], [255, 255])
    np.testing.assert_array_equal(shown(pixels, Look(levels=Levels(white=4.0)))[0, :, 0], [255, 128])


def test_the_nominal_white_of_a_sum_of_frames_is_white() -> None:
    counts = np.array([[[0.0], [500.0], [1000.0]]])
    plain = Look(levels=Levels(tone=Tone.PLAIN))
    np.testing.assert_array_equal(shown(counts, plain, Transfer.LINEAR, 1000.0)[0, :, 0], [0, 128, 255])


@pytest.mark.parametrize("transfer", list(Transfer))
def test_one_stop_doubles_the_light(transfer: Transfer) -> None:
    light = np.float32(0.2)
    number = light if transfer is Transfer.LINEAR else to_srgb(np.array([light]))[0]
    expected = float(to_srgb(np.array([0.4], np.float32))[0]) * 255
    byte = shown(np.full((1, 1, 1), number), Look(levels=Levels(exposure=1.0)), transfer)[0, 0, 0]
    assert byte == pytest.approx(expected, abs=1)


def test_gamma_acts_on_light() -> None:
    look = Look(levels=Levels(tone=Tone.GAMMA, gamma=2.0))
    assert shown(np.full((1, 1, 1), 0.25), look, Transfer.LINEAR)[0, 0, 0] == 128


def test_white_below_black_shows_the_negative() -> None:
    look = Look(levels=Levels(black=1.0, white=0.0))
    np.testing.assert_array_equal(shown(np.array([[[0.0], [1.0]]]), look)[0, :, 0], [255, 0])


def test_black_equal_to_white_is_a_threshold_and_no_failure() -> None:
    look = Look(levels=Levels(black=0.5, white=0.5))
    np.testing.assert_array_equal(shown(np.array([[[0.4], [0.6]]]), look)[0, :, 0], [0, 255])


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_nan_is_magenta_whatever_channel_it_is_in(channels: int) -> None:
    pixels = np.full((3, 3, channels), 0.5)
    pixels[1, 1, 0] = np.nan
    words = render(pixels.astype(np.float32), NORMAL, Transfer.SRGB, 1.0)
    assert words[1, 1] == NAN_COLOUR
    assert np.count_nonzero(words == NAN_COLOUR) == 1


def test_infinities_are_white_and_black() -> None:
    np.testing.assert_array_equal(shown(np.array([[[np.inf], [-np.inf]]]))[0, :, 0], [255, 0])


def test_marks_hatch_what_lies_outside_and_nothing_else() -> None:
    pixels = np.full((32, 48, 1), 0.5, np.float32)
    pixels[:, :16], pixels[:, 32:] = -0.1, 1.1
    words = render(pixels, Look(marks=True), Transfer.SRGB, 1.0)
    for columns, colour in ((slice(0, 16), BELOW_COLOUR), (slice(32, 48), ABOVE_COLOUR)):
        assert 0.4 < np.mean(words[:, columns] == colour) < 0.6
    assert not np.isin(words[:, 16:32], (BELOW_COLOUR, ABOVE_COLOUR)).any()


def test_marks_differ_by_direction_as_well_as_colour() -> None:
    low, high = (
        render(np.full((16, 16, 1), value, np.float32), Look(marks=True), Transfer.SRGB, 1.0)
        for value in (-1, 2)
    )
    assert not np.array_equal(low == BELOW_COLOUR, high == ABOVE_COLOUR)


@pytest.mark.parametrize(
    ("channel", "value"),
    [
        (Channel.RED, 0.2),
        (Channel.GREEN, 0.4),
        (Channel.BLUE, 0.6),
        (Channel.LUMINANCE, 0.2126 * 0.2 + 0.7152 * 0.4 + 0.0722 * 0.6),
    ],
)
def test_one_channel_is_shown_as_grey(channel: Channel, value: float) -> None:
    pixels = np.broadcast_to(np.array([0.2, 0.4, 0.6]), (2, 2, 3))
    np.testing.assert_allclose(shown(pixels, Look(channel=channel))[0, 0], round(value * 255), atol=1)


def test_transparent_parts_show_squares_and_alpha_shows_as_grey() -> None:
    pixels = np.ones((32, 32, 4))
    pixels[:, :, 3] = 0
    behind = shown(pixels)
    assert set(np.unique(behind)) == {102, 153}
    assert (shown(pixels, Look(channel=Channel.ALPHA)) == 0).all()


def test_a_colour_map_shows_the_mean_of_the_channels() -> None:
    pixels = np.broadcast_to(np.array([0.0, 0.5, 1.0]), (1, 1, 3))
    words = shown(pixels, Look(colour_map=ColourMap.HEAT))
    np.testing.assert_array_equal(words[0, 0], colours(ColourMap.HEAT)[128])


def test_zero_is_black_in_the_middle_of_the_signed_map() -> None:
    look = replace(NORMAL, levels=Levels(black=-1.0, white=1.0, tone=Tone.PLAIN), colour_map=ColourMap.SIGNED)
    assert shown(np.zeros((1, 1, 1)), look).max() <= 2


def test_strided_views_are_drawn_as_their_copies_are() -> None:
    pixels = np.random.default_rng(0).random((90, 70, 3), dtype=np.float32)
    view = pixels[1::3, ::2]
    np.testing.assert_array_equal(
        render(view, NORMAL, Transfer.SRGB, 1.0), render(view.copy(), NORMAL, Transfer.SRGB, 1.0)
    )


@settings(deadline=None, max_examples=50, derandomize=True)
@given(
    value=st.floats(-2, 2, width=32),
    black=st.floats(-1, 0.4),
    span=st.floats(0.1, 3),
    exposure=st.floats(-3, 3),
    transfer=st.sampled_from(list(Transfer)),
)
def test_bytes_are_within_one_of_the_formula(
    value: float, black: float, span: float, exposure: float, transfer: Transfer
) -> None:
    levels = Levels(black=black, white=black + span, exposure=exposure)
    share = np.clip((np.float64(value) - black) / span, 0, None)
    light = share if transfer is Transfer.LINEAR else to_linear(np.array(share, np.float32))
    expected = np.clip(to_srgb(np.asarray(light * 2**exposure, np.float32)), 0, 1) * 255
    byte = shown(np.full((1, 1, 1), value), Look(levels=levels), transfer)[0, 0, 0]
    # The table's steps are coarse only where the curve is steepest: linear light close to black.
    assert abs(float(byte) - float(expected)) <= 1.5
