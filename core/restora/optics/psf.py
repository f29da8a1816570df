"""Blur that varies over the field: each zone has a sum of Gaussians per colour, and zones blend smoothly.

The typical metalens comes from fits to four published pairs of photographs (rough, ±20 %): a sharp core, a
halo of some ten pixels and a very wide veil; towards the corners the core loses and the veil gains.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.arrays import ImageArray
from restora.errors import BadInputError
from restora.optics.distortion import read_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIELD_SIDE = 400.0
"""Sigmas are stated in pixels of a picture whose shorter side has this many."""
VEIL_SIGMA = 90.0
_BORDER_SHARE = 0.35
"""Of a picture's shorter side: how far it is mirrored before transforms, which wrap around."""
_ALL_PARTS = slice(None)
_GAUSS_HERMITE = (
    (0.0, 8 / 15),
    (-1.3556262, 0.2220759),
    (1.3556262, 0.2220759),
    (-2.8569700, 0.0112574),
    (2.8569700, 0.0112574),
)
"""Nodes in standard deviations and weights: a Gaussian by five readings."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lens:
    """Gaussians by zone, colour and component, and where the zones lie."""

    radii: tuple[float, ...]
    """Middle of each zone: distance from the picture's centre over half its shorter side, rising."""
    weights: NDArray[Any]
    """Zones x colours x components, summing to 1 over the components."""
    sigmas: NDArray[Any]
    """Of the same shape, pixels of a field of 400."""
    coma: float = 0.0
    """How much the core is drawn out along the radius: by 1 + coma·r."""

    def __post_init__(self) -> None:
        shape = self.weights.shape
        if self.sigmas.shape != shape or len(shape) != 3 or shape[0] != len(self.radii):
            raise BadInputError(
                f"a lens of {len(self.radii)} zones needs weights and sigmas of zones x colours x "
                f"components, got {shape} and {self.sigmas.shape}"
            )
        if np.abs(self.weights.sum(axis=2) - 1).max() > 1e-6 or self.sigmas.min() < 0:
            raise BadInputError("a lens needs weights that sum to 1 and sigmas of 0 or more")

    def spread_by(self, factor: float) -> Lens:
        """The same lens with all sigmas multiplied."""
        return replace(self, sigmas=self.sigmas * factor)

    def transfer(
        self, zone: int, colour: int, shape: tuple[int, int], side: int, parts: slice = _ALL_PARTS
    ) -> NDArray[np.float32]:
        """A zone's transfer function for `rfft2` of `shape`, in a picture whose shorter side is `side`.

        `parts` takes some of the components only.
        """
        rows = np.fft.fftfreq(shape[0])[:, None]
        columns = np.fft.rfftfreq(shape[1])[None, :]
        square = -2 * (np.pi * side / FIELD_SIDE) ** 2 * (rows**2 + columns**2)
        colour = min(colour, self.weights.shape[1] - 1)
        pairs = zip(self.weights[zone, colour, parts], self.sigmas[zone, colour, parts], strict=True)
        return np.asarray(sum(w * np.exp(square * s**2) for w, s in pairs), np.float32)


def typical_metalens(*, coma: float = 0.0) -> Lens:
    """The lens of the published pairs: three zones, colours red, green, blue."""
    weights = [
        [[0.29, 0.52, 0.19], [0.26, 0.48, 0.26], [0.34, 0.17, 0.49]],
        [[0.27, 0.47, 0.26], [0.19, 0.43, 0.38], [0.29, 0.18, 0.53]],
        [[0.19, 0.43, 0.38], [0.14, 0.41, 0.45], [0.17, 0.21, 0.62]],
    ]
    sigmas = [
        [[2.1, 9.5, VEIL_SIGMA], [1.9, 7.5, VEIL_SIGMA], [2.2, 7.0, VEIL_SIGMA]],
        [[2.2, 10.0, VEIL_SIGMA], [1.8, 7.0, VEIL_SIGMA], [2.3, 9.0, VEIL_SIGMA]],
        [[1.9, 8.5, VEIL_SIGMA], [1.5, 7.0, VEIL_SIGMA], [1.9, 7.0, VEIL_SIGMA]],
    ]
    return Lens(radii=(0.2, 0.65, 1.1), weights=np.array(weights), sigmas=np.array(sigmas), coma=coma)


def gaussian_lens(sigmas: tuple[float, ...], radii: tuple[float, ...] = (0.0,)) -> Lens:
    """One Gaussian per zone, equal for all colours; sigmas in pixels of a field of 400."""
    shaped = np.array(sigmas, np.float64).reshape(-1, 1, 1)
    return Lens(radii=radii, weights=np.ones_like(shaped), sigmas=shaped)


def radius(height: int, width: int) -> NDArray[np.float32]:
    """Distance of each pixel's centre from the picture's centre over half the shorter side."""
    rows = (np.arange(height, dtype=np.float32) + 0.5 - height / 2)[:, None]
    columns = (np.arange(width, dtype=np.float32) + 0.5 - width / 2)[None, :]
    return np.asarray(np.hypot(rows, columns) * (2 / min(height, width)), np.float32)


def zone_shares(lens: Lens, height: int, width: int) -> NDArray[np.float32]:
    """How much of each zone's blur a pixel has, zones x height x width; they sum to 1."""
    distance = radius(height, width)
    unit = np.eye(len(lens.radii))
    shares = [np.interp(distance, lens.radii, row) for row in unit]
    return np.asarray(shares, np.float32)


def blur(light: ImageArray, lens: Lens) -> ImageArray:
    """`light` (height x width x channels) as the lens shows it; flat fields stay flat (coma: to 0.002)."""
    if lens.coma == 0:
        return _blur_by(light, lens, _ALL_PARTS)
    core = _blur_by(light, lens, slice(0, 1))
    core_sigma = float(lens.sigmas[:, :, 0].mean()) * min(light.shape[:2]) / FIELD_SIDE
    return _drawn_out(core, core_sigma, lens.coma) + _blur_by(light, lens, slice(1, None))


def _blur_by(light: ImageArray, lens: Lens, parts: slice) -> ImageArray:
    """What some of the components contribute."""
    height, width, channels = light.shape
    shares = zone_shares(lens, height, width)
    side = min(height, width)
    out = np.empty(light.shape, np.float32)
    for channel in range(channels):
        spectrum, shape, border = spectrum_of(light[:, :, channel])
        total = np.zeros((height, width), np.float32)
        for zone, share in enumerate(shares):
            filtered = spectrum * lens.transfer(zone, channel, shape, side, parts)
            total += share * picture_of(filtered, shape, border, (height, width))
        out[:, :, channel] = total
    return out


def _drawn_out(core: ImageArray, sigma: float, coma: float) -> ImageArray:
    """Blurred once more along the radius only, so that the core is 1 + coma·r times as long as wide."""
    height, width = core.shape[:2]
    distance = radius(height, width)
    extra = sigma * np.sqrt((1 + coma * distance) ** 2 - 1)
    rows = (np.arange(height) + 0.5 - height / 2)[:, None]
    columns = (np.arange(width) + 0.5 - width / 2)[None, :]
    length = np.maximum(np.hypot(rows, columns), 1e-6)
    out = np.zeros_like(core)
    for node, weight in _GAUSS_HERMITE:
        step = node * extra / length
        out += np.float32(weight) * read_at(
            core, np.arange(height)[:, None] + rows * step, np.arange(width)[None, :] + columns * step
        )
    return out


def blur_adjoint(light: ImageArray, lens: Lens) -> ImageArray:
    """The transpose of `blur` (without coma), for iterative methods."""
    height, width, channels = light.shape
    shares = zone_shares(lens, height, width)
    side = min(height, width)
    out = np.empty(light.shape, np.float32)
    for channel in range(channels):
        total: NDArray[Any] | float = 0.0
        for zone, share in enumerate(shares):
            spectrum, shape, border = spectrum_of(light[:, :, channel] * share)
            total = total + spectrum * lens.transfer(zone, channel, shape, side)
        out[:, :, channel] = picture_of(np.asarray(total), shape, border, (height, width))
    return out


def spectrum_of(plane: NDArray[Any]) -> tuple[NDArray[Any], tuple[int, int], int]:
    """Fourier transform of a plane mirrored at its borders, the padded shape and the border's width."""
    from scipy import fft

    border = int(_BORDER_SHARE * min(plane.shape)) + 1
    shape = tuple(fft.next_fast_len(side + 2 * border, real=True) for side in plane.shape)
    room = [(border, full - border - side) for side, full in zip(plane.shape, shape, strict=True)]
    padded = np.pad(np.asarray(plane, np.float32), room, mode="symmetric")
    return fft.rfft2(padded), (shape[0], shape[1]), border


def picture_of(
    spectrum: NDArray[Any], shape: tuple[int, int], border: int, size: tuple[int, int]
) -> NDArray[np.float32]:
    """The inverse of `spectrum_of`."""
    from scipy import fft

    plane = fft.irfft2(spectrum, s=shape)
    return np.asarray(plane[border : border + size[0], border : border + size[1]], np.float32)
