"""Which part of a reference photograph shows what a tile of a render shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restora.data.camera import Camera
from restora.data.geometry import Rect
from restora.errors import BadInputError
from restora.splats.camera_points import NEAR, is_in_frame, pixel_centres, project, unproject
from restora.splats.references import DepthView

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST_SEEN = 0.25
"""A tile of which the reference shows less has no counterpart there."""
_ZOOM = (0.5, 2.0)
"""How much smaller or larger than the tile its counterpart may be."""
_SAMPLES = 32
"""Places per side of a tile that are carried over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceWindow:
    """A part of the reference with the tile's shape."""

    rect: Rect
    """In pixels of the reference; as large as the tile unless `zoom` says otherwise."""
    zoom: float
    """Its side over the tile's side."""
    is_projected: bool
    """False where the content could not be followed, and the same pixels are taken."""
    seen: float
    """The share of the tile's places that lie in the reference."""


def reference_window(
    view: DepthView, tile: Rect, reference: Camera, *, keep_size: bool = False
) -> ReferenceWindow:
    """Where the content of `tile`, a part of `view`, lies in the picture of `reference`.

    The tile's surface points are projected; the window's middle is their median, its side follows how far
    they spread there (not with `keep_size`). It is moved to lie inside the reference. A tile without
    surface, or of which the reference shows less than a quarter, gets the same pixels.
    """
    if not tile.lies_in(view.camera.width, view.camera.height):
        raise BadInputError(f"the tile {tile} does not lie in the picture of {view.camera.name}")
    pixels, depth = _places(view, tile)
    if not len(pixels):
        return _same_pixels(tile, reference, 0.0)
    points = unproject(view.camera, pixels, depth)
    visible = is_in_frame(reference, points)
    seen = float(visible.mean())
    if seen < _LEAST_SEEN:
        return _same_pixels(tile, reference, seen)
    there, _ = project(reference, points[visible])
    zoom = 1.0 if keep_size else _zoom(pixels[visible], there)
    middle = np.median(there, axis=0) - zoom * (np.median(pixels[visible], axis=0) - _middle(tile))
    return ReferenceWindow(
        rect=_inside(middle, tile, zoom, reference), zoom=zoom, is_projected=True, seen=seen
    )


def _places(view: DepthView, tile: Rect) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows = np.unique(np.linspace(tile.y, tile.bottom - 1, min(_SAMPLES, tile.height)).round().astype(int))
    columns = np.unique(np.linspace(tile.x, tile.right - 1, min(_SAMPLES, tile.width)).round().astype(int))
    grid = np.ix_(rows, columns)
    depth = view.depth[grid]
    shown = (view.alpha[grid] > 0.5) & np.isfinite(depth) & (depth > NEAR)
    pixels = pixel_centres(view.camera.width, view.camera.height)[grid]
    return pixels[shown], depth[shown].astype(np.float64)


def _zoom(here: NDArray[np.float64], there: NDArray[np.float64]) -> float:
    """How much farther apart places lie in the reference, robust against a few that jump."""
    spread = [np.median(np.abs(places - np.median(places, axis=0))) for places in (here, there)]
    return float(np.clip(spread[1] / spread[0], *_ZOOM)) if spread[0] > 0 else 1.0


def _middle(tile: Rect) -> NDArray[np.float64]:
    return np.array([tile.x + tile.width / 2, tile.y + tile.height / 2])


def _inside(middle: NDArray[np.float64], tile: Rect, zoom: float, reference: Camera) -> Rect:
    width = max(1, min(round(tile.width * zoom), reference.width))
    height = max(1, min(round(tile.height * zoom), reference.height))
    x = min(max(round(float(middle[0]) - width / 2), 0), reference.width - width)
    y = min(max(round(float(middle[1]) - height / 2), 0), reference.height - height)
    return Rect(x, y, width, height)


def _same_pixels(tile: Rect, reference: Camera, seen: float) -> ReferenceWindow:
    rect = _inside(_middle(tile), tile, 1.0, reference)
    return ReferenceWindow(rect=rect, zoom=1.0, is_projected=False, seen=seen)
