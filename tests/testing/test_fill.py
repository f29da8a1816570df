"""The rule for conformance weights is frozen: these numbers were computed once and must never change."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from restora.errors import BadInputError
from restora.testing.fill import fill_state_dict, fill_tensor

# name, shape, first values; drawn by the rule that the stored vectors were made with
KNOWN = [
    ("conv.weight", (4, 3, 3, 3), [0.12737135589122772, -0.19484633207321167, -0.01945749670267105]),
    ("norm.weight", (6,), [1.0067853927612305, 1.0927884578704834, 1.0728070735931396]),
    ("norm.bias", (6,), [-0.11793475598096848, -0.06297024339437485, -0.009083774872124195]),
    ("bn.running_var", (3,), [0.979369044303894, 1.0024574995040894, 1.0892506837844849]),
    ("t", (), [-0.0440414659678936]),
]


@pytest.mark.parametrize(("name", "shape", "values"), KNOWN)
def test_a_tensor_follows_from_its_name_and_shape(
    name: str, shape: tuple[int, ...], values: list[float]
) -> None:
    tensor = fill_tensor(name, shape)
    assert tensor.dtype == np.float32
    assert tensor.shape == shape
    # tanh may differ by the last bit between processors; everything else is exact
    np.testing.assert_allclose(tensor.ravel()[: len(values)], np.float32(values), rtol=2e-7)


def test_the_draw_is_seeded_with_the_checksum_of_the_name() -> None:
    stream = np.random.RandomState(zlib.crc32(b"x.bias")).standard_normal(5).astype(np.float32)
    assert np.array_equal(fill_tensor("x.bias", (5,)), np.float32(0.1) * stream)


def test_matrices_have_unit_gain_and_norms_lie_near_one() -> None:
    assert fill_tensor("a.weight", (64, 256)).std() == pytest.approx(1 / 16, rel=0.05)
    norm = fill_tensor("a.gamma", (500,))
    assert 0.9 <= norm.min() < norm.max() <= 1.1


def test_given_values_are_taken_as_they_stand() -> None:
    manifest = {
        "index": {"shape": [2, 2], "dtype": "int64", "value": [[1, 2], [3, 4]]},
        "b.weight": {"shape": [2, 3], "dtype": "float32"},
    }
    tensors = fill_state_dict(manifest)
    assert tensors["index"].dtype == np.int64
    assert tensors["index"].tolist() == [[1, 2], [3, 4]]
    assert np.array_equal(tensors["b.weight"], fill_tensor("b.weight", (2, 3)))


@pytest.mark.parametrize(
    "entry",
    [
        None,
        {},
        {"shape": "2"},
        {"shape": [2.5]},
        {"shape": [-1]},
        {"shape": [3], "dtype": "float32", "value": [1.0]},
        {"shape": [1], "value": [1.0]},
        {"shape": [1], "dtype": "no_dtype", "value": [1.0]},
    ],
)
def test_a_malformed_entry_is_named(entry: object) -> None:
    with pytest.raises(BadInputError, match=r"^manifest entry w: "):
        fill_state_dict({"w": entry})
