"""Pictures of Gaussian scenes: what can be asked for, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora.errors import BadInputError, ParameterError
from restora.splats.prepared import PreparedScene

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_PIXELS_A_SIDE = 65535
_MOST_DEGREE = 3


class Preset(StrEnum):
    """Whose rasteriser the numbers are those of."""

    GSPLAT = "gsplat"
    """gsplat 1.5.3, which newly trained scenes are made for; the default."""
    INRIA = "inria"
    """The rasteriser published with the first paper."""


class Footprint(StrEnum):
    """Which pixels a Gaussian can reach."""

    EXACT = "exact"
    """All where its opacity is 1/255 or more."""
    TILES = "tiles"
    """Of those, the ones in tiles of 16 x 16 that a square of three standard deviations touches: opaque
    Gaussians end in straight edges at tiles, as the first paper's rasteriser has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """What a picture of a scene shall show."""

    background: tuple[float, float, float] = (0.0, 0.0, 0.0)
    degree: int | None = None
    """Degree of the harmonics that colours are made of; None: as high as the scene has."""
    near: float = 0.01
    """Gaussians nearer than this are left out, scene units; above 0."""
    far: float = 1e10
    eps2d: float = 0.3
    """Added to the variance of every ellipse, square pixels, so that none falls between pixels."""
    alpha_max: float = 0.999
    """No single Gaussian covers more than this."""
    footprint: Footprint = Footprint.EXACT
    antialiased: bool | None = None
    """Whether the light that `eps2d` adds is taken back; None: as the scene was trained."""
    fraction: float = 1.0
    """Share of the scene that is drawn, the most important Gaussians; below 1 the picture is a preview."""

    def __post_init__(self) -> None:
        if not 0 < self.near < self.far:
            raise ParameterError("near", f"must be above 0 and below far, got {self.near:g} and {self.far:g}")
        if not self.eps2d >= 0:
            raise ParameterError("eps2d", f"must be 0 or more, got {self.eps2d:g}")
        if not 0 < self.alpha_max < 1:
            raise ParameterError("alpha_max", f"must lie between 0 and 1, got {self.alpha_max:g}")
        if not 0 < self.fraction <= 1:
            raise ParameterError("fraction", f"must be above 0 and at most 1, got {self.fraction:g}")
        if self.degree is not None and not 0 <= self.degree <= _MOST_DEGREE:
            raise ParameterError("degree", f"must be 0 to {_MOST_DEGREE}, got {self.degree}")
        if not np.all(np.isfinite(self.background)):
            raise ParameterError("background", f"needs finite numbers, got {self.background}")

    def degree_for(self, scene: GaussianScene) -> int:
        """The degree that is drawn."""
        return scene.degree if self.degree is None else min(self.degree, scene.degree)

    def is_antialiased_for(self, scene: GaussianScene) -> bool:
        """Whether the antialiased mode is drawn."""
        return scene.is_antialiased if self.antialiased is None else self.antialiased


_PRESETS = {
    Preset.GSPLAT: RenderOptions(),
    Preset.INRIA: RenderOptions(near=0.2, alpha_max=0.99, footprint=Footprint.TILES),
}


def preset(name: Preset | str) -> RenderOptions:
    """The options that draw as a known rasteriser does; change single ones with `dataclasses.replace`."""
    try:
        return _PRESETS[Preset(name)]
    except ValueError as error:
        raise ParameterError("preset", f"must be one of {', '.join(Preset)}, got {name}") from error


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Render:
    """A picture of a scene, display-referred as the photographs that the scene was trained on."""

    rgb: NDArray[np.float32]
    """H x W x 3 over the background; not clamped, colours above 1 occur."""
    alpha: NDArray[np.float32]
    """H x W, how much of the background is covered."""
    depth: NDArray[np.float32]
    """H x W, the sum of weight times depth, without background and not divided by alpha; scene units."""

    @property
    def expected_depth(self) -> NDArray[np.float32]:
        """H x W, the mean depth of what is seen; 0 where nothing is."""
        return np.divide(self.depth, np.maximum(self.alpha, np.float32(1e-10)), dtype=np.float32)


def render(
    scene: GaussianScene | PreparedScene,
    camera: Camera,
    options: RenderOptions | None = None,
    *,
    device: str = "cpu",
    check: Callable[[], None] | None = None,
    on_rows: Callable[[int, int, Render], None] | None = None,
) -> Render:
    """Draw what a camera sees, exactly.

    Hand in a PreparedScene to draw many pictures of one scene. `check` is called every few milliseconds
    and ends the drawing by what it raises. `on_rows(first, end, picture)` tells of finished rows of the
    growing picture, whose other rows may hold anything yet; it is called by this thread and must not write
    to the arrays. Lens distortion is not drawn: photographs are undistorted instead.

    On a CUDA `device`, one that `devices.choose_device` gave, gsplat draws all at once: `check` is asked
    before and all rows are told after.
    """
    if max(camera.width, camera.height) > MOST_PIXELS_A_SIDE:
        size = f"{camera.width} x {camera.height}"
        raise BadInputError(
            f"{camera.name}: a picture may have {MOST_PIXELS_A_SIDE} pixels a side, asked for {size}"
        )
    options = options or RenderOptions()
    if device != "cpu":
        return _on_card(scene, camera, options, device, check, on_rows)
    from restora.splats.raster_cpu.frame import draw_frame

    prepared = scene if isinstance(scene, PreparedScene) else PreparedScene(scene)
    return draw_frame(prepared, camera, options, check=check, on_rows=on_rows)


def _on_card(
    scene: GaussianScene | PreparedScene,
    camera: Camera,
    options: RenderOptions,
    device: str,
    check: Callable[[], None] | None,
    on_rows: Callable[[int, int, Render], None] | None,
) -> Render:
    from restora.splats.raster_gsplat import render_on

    if check is not None:
        check()
    if options.fraction < 1.0:
        prepared = scene if isinstance(scene, PreparedScene) else PreparedScene(scene)
        scene = prepared.part(options.fraction)
    drawn = render_on(scene.scene if isinstance(scene, PreparedScene) else scene, camera, options, device)
    if on_rows is not None:
        on_rows(0, camera.height, drawn)
    return drawn
