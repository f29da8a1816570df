from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from restora.jobs.padding import pad_to, padded_size
from restora.plugins.declarations import SizeRule

RULES = st.builds(
    SizeRule, minimum=st.integers(1, 70), multiple_of=st.sampled_from([1, 2, 8, 32]), square=st.booleans()
)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 90), st.integers(1, 90), RULES)
def test_the_padded_size_obeys_the_rule_and_is_the_smallest(width: int, height: int, rule: SizeRule) -> None:
    found = padded_size(width, height, rule)
    for side, original in zip(found, (width, height), strict=True):
        assert side >= max(original, rule.minimum)
        assert side % rule.multiple_of == 0
    if rule.square:
        assert found[0] == found[1]
    else:
        for side, original in zip(found, (width, height), strict=True):
            assert side - rule.multiple_of < max(original, rule.minimum)
    assert padded_size(*found, rule) == found


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 90), st.integers(0, 90))
def test_cropping_undoes_padding(width: int, height: int, right: int, below: int) -> None:
    pixels = np.random.default_rng(width).random((height, width, 3), np.float32)
    padded = pad_to(pixels, width + right, height + below)
    assert padded.shape == (height + below, width + right, 3)
    assert np.array_equal(padded[:height, :width], pixels)
    assert set(np.unique(padded)) <= set(np.unique(pixels))


def test_it_is_reflected_without_repeating_the_edge() -> None:
    row = np.array([0, 1, 2, 3], np.float32).reshape(1, 4, 1)
    assert pad_to(row, 7, 1)[0, :, 0].tolist() == [0, 1, 2, 3, 2, 1, 0]


def test_where_reflection_cannot_reach_the_edge_is_repeated() -> None:
    row = np.array([0, 1, 2], np.float32).reshape(1, 3, 1)
    assert pad_to(row, 8, 1)[0, :, 0].tolist() == [0, 1, 2, 1, 0, 0, 0, 0]
    pixel = np.full((1, 1, 1), 5, np.float32)
    assert pad_to(pixel, 4, 3).tolist() == np.full((3, 4, 1), 5).tolist()


def test_nothing_is_copied_where_nothing_is_missing() -> None:
    pixels = np.zeros((4, 4, 3), np.float32)
    assert pad_to(pixels, 4, 4) is pixels
