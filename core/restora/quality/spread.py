"""How much results of different seeds differ: what the data did not determine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.image import Image
from restora.errors import BadInputError
from restora.quality.views import displayed

if TYPE_CHECKING:
    from numpy.typing import NDArray

FULL_SCALE = 0.1
"""The standard deviation that maps show as strongly as they can, of white."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spread:
    """Mean and standard deviation over several results."""

    count: int
    mean: Image
    """Of the numbers as they are, in the results' own transfer."""
    deviation: ImageArray
    """Sample standard deviation of sRGB values as a screen shows them, height x width x 1.

    The root mean square over the colours.
    """

    @property
    def value(self) -> float:
        """One number: the root mean square over all pixels."""
        return float(np.sqrt(np.mean(np.square(self.deviation, dtype=np.float64))))

    def line(self) -> str:
        """For people: `standard deviation over 4 seeds 0.0123 of white (3.1 of 255)`."""
        told = f"standard deviation over {self.count} seeds {self.value:.4f} of white"
        return f"{told} ({self.value * 255:.1f} of 255)"

    def strength_map(self) -> Image:
        """0 where all seeds agree, 1 from `FULL_SCALE` on."""
        return Image(pixels=np.clip(self.deviation / np.float32(FULL_SCALE), 0, 1))


class SpreadOver:
    """Gathers results one by one and keeps none of them."""

    def __init__(self) -> None:
        self._first: Image | None = None
        self._count = 0
        self._mean: NDArray[np.float64] | None = None
        self._shown: NDArray[np.float64] | None = None
        self._squares: NDArray[np.float64] | None = None

    def add(self, image: Image) -> None:
        """One more result; raises BadInputError where it is of another size or kind than the first."""
        pixels, shown = image.pixels.astype(np.float64), displayed(image)
        self._count += 1
        if self._first is None or self._mean is None or self._shown is None or self._squares is None:
            self._first = replace(image, pixels=np.zeros((1, 1, 1), np.float32))  # all but the pixels
            self._mean, self._shown, self._squares = pixels, shown, np.zeros_like(shown)
            return
        if pixels.shape != self._mean.shape or image.transfer is not self._first.transfer:
            raise BadInputError(
                f"results of one method must be alike: the first has shape {self._mean.shape}, "
                f"another {pixels.shape}"
            )
        # Welford's update: sums of squares of large numbers would cancel.
        self._mean += (pixels - self._mean) / self._count
        before = shown - self._shown
        self._shown += before / self._count
        self._squares += before * (shown - self._shown)

    def spread(self) -> Spread:
        """What was gathered; raises BadInputError for fewer than two results."""
        if self._first is None or self._mean is None or self._squares is None or self._count < 2:
            raise BadInputError(f"a spread needs at least two results, got {self._count}")
        variance = (self._squares / (self._count - 1)).mean(axis=2, keepdims=True)
        return Spread(
            count=self._count,
            mean=replace(self._first, pixels=self._mean.astype(np.float32)),
            deviation=np.sqrt(variance).astype(np.float32),
        )


def spread_of(images: Iterable[Image]) -> Spread:
    """The spread of pictures that are at hand; see `SpreadOver`."""
    gathered = SpreadOver()
    for image in images:
        gathered.add(image)
    return gathered.spread()
