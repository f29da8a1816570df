"""Several figures for one pair of pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from restora.data.image import Image
from restora.errors import BadInputError
from restora.quality.fidelity import mse_linear, mse_srgb, psnr
from restora.quality.similarity import ms_ssim, ssim
from restora.quality.views import check_pair

PairMetric: TypeAlias = Callable[[Image, Image], float]
"""A function of a picture and its reference."""

METRICS: Mapping[str, PairMetric] = MappingProxyType(
    {"psnr": psnr, "ssim": ssim, "ms_ssim": ms_ssim, "mse_srgb": mse_srgb, "mse_linear": mse_linear}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The figures of one pair."""

    values: Mapping[str, float]
    left_out: Mapping[str, str]
    """Figures that these pictures do not have, each with the sentence that says why."""


def compare(image: Image, reference: Image, metrics: Mapping[str, PairMetric] = METRICS) -> Comparison:
    """All `metrics` of `image` against `reference`.

    Raises BadInputError where the two cannot be compared at all (sizes, grey against colour, NaN); a metric
    that alone cannot work on them, such as one for larger pictures, is left out with its sentence.
    """
    check_pair(image, reference)
    values: dict[str, float] = {}
    left_out: dict[str, str] = {}
    for name, metric in metrics.items():
        try:
            values[name] = metric(image, reference)
        except BadInputError as error:
            left_out[name] = str(error)
    return Comparison(values=MappingProxyType(values), left_out=MappingProxyType(left_out))
