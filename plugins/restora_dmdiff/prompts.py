"""The texts the weights were trained with, and their ids, so that no vocabulary is needed for them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

POSITIVE = (
    "A high-resolution, 8K, ultra-realistic image with sharp focus, vibrant colors, and natural lighting."
)
NEUTRAL = (
    "A well-balanced image with acceptable sharpness, average detail, and natural colors, "
    "presenting the scene in a simple and straightforward manner"
)
NEGATIVE = "oil painting, cartoon, blur, dirty, messy, low quality, deformation, low resolution, oversmooth"

IDS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        POSITIVE: (
            *(320, 1400, 268, 9977, 267, 279, 330, 267, 8118, 268, 16157, 2867),
            *(593, 8157, 4353, 267, 14270, 5389, 267, 537, 3288, 5799, 269),
        ),
        NEUTRAL: (
            *(320, 1123, 268, 15273, 2867, 593, 14209, 17126, 1294, 267, 6254, 7657, 267, 537),
            *(3288, 5389, 267, 5339, 518, 3562, 530, 320, 4129, 537, 22114, 2342, 20700),
        ),
        NEGATIVE: (
            *(2870, 3086, 267, 7651, 267, 27976, 267, 7615, 267, 15987, 267),
            *(1042, 3027, 267, 561, 2510, 267, 1042, 9977, 267, 1658, 8990),
        ),
    }
)
"""In CLIP's vocabulary, without the ids that open, close and fill."""
