"""A whole metalens camera: blur over the field, coma, distortion, veil, noise, 8 bits."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.errors import BadInputError
from restora.optics.distortion import distort
from restora.optics.psf import Lens, blur, typical_metalens
from restora.optics.sensor import SensorNoise
from restora.optics.veil import Veil

PEDESTALS = (0.10, 0.25)
CORNERS = (0.8, 1.0)
COMAS = (0.0, 1.0)
SPREADS = (0.8, 1.25)
ELECTRONS = (100.0, 400.0)
DISTORTIONS = (-0.04, 0.04)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MetalensCamera:
    """All parts of the camera; the defaults are the middle of the stated ranges."""

    lens: Lens = field(default_factory=lambda: typical_metalens(coma=0.5))
    veil: Veil = field(default_factory=lambda: Veil(pedestal=0.15, corner=0.9))
    noise: SensorNoise = field(default_factory=SensorNoise)
    distortion: float = 0.0

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> MetalensCamera:
        """A camera drawn evenly from the stated ranges (electrons: evenly in their logarithm)."""
        return cls(
            lens=typical_metalens(coma=rng.uniform(*COMAS)).spread_by(rng.uniform(*SPREADS)),
            veil=Veil(pedestal=rng.uniform(*PEDESTALS), corner=rng.uniform(*CORNERS)),
            noise=SensorNoise(electrons=float(np.exp(rng.uniform(*np.log(ELECTRONS))))),
            distortion=rng.uniform(*DISTORTIONS),
        )

    def light(self, scene: Image) -> Image:
        """Linear light on the sensor, without noise: what a perfect restoration must explain."""
        if scene.channels == 4:
            raise BadInputError("a metalens photo has no alpha: give a picture of 1 or 3 channels, got 4")
        pixels = scene.in_transfer(Transfer.LINEAR).pixels / np.float32(scene.nominal_white)
        if not np.isfinite(pixels).all():
            raise BadInputError("the scene holds NaN or infinity")
        seen = self.veil.add(blur(distort(pixels, self.distortion), self.lens))
        return Image(pixels=seen, transfer=Transfer.LINEAR)

    def photograph(self, scene: Image, seed: int) -> Image:
        """The photo: sRGB code values in steps of 1/255; the same seed gives the same noise."""
        light = self.light(scene)
        noisy = self.noise.add(light.pixels, np.random.default_rng(seed))
        shown = Image(pixels=noisy, transfer=Transfer.LINEAR).in_transfer(Transfer.SRGB).pixels
        steps = np.rint(np.clip(shown, 0, 1) * 255)
        return Image(pixels=np.asarray(steps / 255, np.float32))
