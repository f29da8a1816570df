"""Weights for conformance vectors: every tensor follows from its name and shape, so none has to be stored.

The rule is frozen. A tensor is drawn from numpy's Mersenne twister, whose stream never changes, seeded with
the CRC-32 of the name. Tensors of two or more axes are scaled down by the root of their fan-in, which keeps
activations near unit variance; vectors that scale (norm weights, running variances) lie around one, all
other vectors are small.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from restora.data.json_values import expect
from restora.errors import BadInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SCALING_ENDINGS = ("running_var", "gamma", "weight", "scale")
_SMALL = np.float32(0.1)


def fill_tensor(name: str, shape: Sequence[int]) -> NDArray[np.float32]:
    """The float32 tensor that stands under `name` in a conformance checkpoint."""
    generator = np.random.RandomState(zlib.crc32(name.encode()))
    normal = np.asarray(generator.standard_normal(tuple(shape)), np.float32)
    if normal.ndim >= 2:
        return np.asarray(normal / np.float32(math.sqrt(math.prod(shape[1:]))), np.float32)
    if name.endswith(_SCALING_ENDINGS):
        return np.asarray(np.float32(1) + _SMALL * np.tanh(normal), np.float32)
    return np.asarray(_SMALL * normal, np.float32)


def fill_state_dict(manifest: Mapping[str, object]) -> dict[str, NDArray[np.generic]]:
    """A whole checkpoint from a manifest `{name: {"shape": [...], "dtype": "float32"}}`.

    An entry with a "value" (index buffers, schedules, counters) is taken as it stands. Raises BadInputError
    where an entry is malformed.
    """
    return {name: _tensor(name, entry) for name, entry in manifest.items()}


def _tensor(name: str, entry: object) -> NDArray[np.generic]:
    try:
        fields = expect(entry, dict, "the entry")
        shape = tuple(expect(side, int, "a side") for side in expect(fields.get("shape"), list, "the shape"))
        if "value" not in fields:
            return fill_tensor(name, shape)
        return np.asarray(fields["value"], expect(fields.get("dtype"), str, "the dtype")).reshape(shape)
    except (TypeError, ValueError) as error:
        raise BadInputError(f"manifest entry {name}: {error}") from error
