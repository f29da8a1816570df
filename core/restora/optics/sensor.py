"""Noise of an ordinary picture sensor: electrons and read-out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from restora.data.arrays import ImageArray
from restora.errors import BadInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorNoise:
    """Poisson noise of the electrons and Gaussian noise of the read-out."""

    electrons: float = 200.0
    """At white."""
    read: float = 0.005
    """Standard deviation as a share of white."""

    def __post_init__(self) -> None:
        if not self.electrons > 0 or not self.read >= 0:
            raise BadInputError(
                f"a sensor needs electrons above 0 and read noise of 0 or more, "
                f"got {self.electrons:g} and {self.read:g}"
            )

    def add(self, light: ImageArray, rng: np.random.Generator) -> ImageArray:
        """Linear light as the sensor reports it; negative light counts as none."""
        caught = rng.poisson(np.maximum(light, 0) * self.electrons) / self.electrons
        return np.asarray(caught + self.read * rng.standard_normal(light.shape), np.float32)
