"""Gradients of a picture by what its scene stores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restora.data.camera import Camera
from restora.splats.prepared import PreparedScene
from restora.splats.raster_cpu.drawing import Picture, Shown
from restora.splats.raster_cpu.frame import (
    PIECE,
    Layout,
    bands,
    draw_bands,
    lay_out,
    never,
    plain,
    portions,
)
from restora.splats.raster_cpu.parameter_gradients import Stored, chain
from restora.splats.raster_cpu.pixel_gradients import Upstream, allot, pull
from restora.splats.raster_cpu.workers import ranges, share
from restora.splats.rendering import Render, RenderOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A picture with all that its gradients need."""

    prepared: PreparedScene
    options: RenderOptions
    layout: Layout
    shown: tuple[tuple[int, Shown], ...]
    picture: Render

    @property
    def radii(self) -> NDArray[np.float32]:
        """Half the longer side of each Gaussian's box, pixels; 0 where it is not seen."""
        boxes = self.layout.projected.boxes[self.layout.slots].astype(np.float32)
        radii = np.zeros(self.prepared.scene.count, np.float32)
        radii[self.rows] = np.maximum(boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2]) / 2
        return radii

    @property
    def rows(self) -> NDArray[np.int32]:
        """The rows of the scene that are seen."""
        return self.layout.projected.sources[self.layout.slots]


def draw_for_gradients(prepared: PreparedScene, camera: Camera, options: RenderOptions) -> Drawn:
    """Draw, and keep what is needed to go back."""
    layout = lay_out(prepared, camera, options, never)
    shown = tuple(bands(layout))
    picture = draw_bands(layout, shown, options, check=never)
    return Drawn(prepared=prepared, options=options, layout=layout, shown=shown, picture=picture)


def gradients(drawn: Drawn, upstream: Upstream) -> tuple[Stored, NDArray[np.float32]]:
    """The gradients by the stored arrays, and by each Gaussian's position on the picture (pixels)."""
    layout, prepared, projected = drawn.layout, drawn.prepared, drawn.layout.projected
    # In the scene's own order memory is read in a row: three times as fast as from front to back.
    slots = np.sort(layout.slots)
    places, moments = _moments(drawn, slots, upstream)
    stored = _stored(prepared)
    out = Stored(*(np.zeros(array.shape, np.float32) for array in stored))
    screen = np.zeros((len(stored.means), 2), np.float32)
    cov, opacities = prepared.covariances, prepared.opacities
    sources, records = projected.sources, projected.records

    def chain_piece(piece: tuple[int, int]) -> None:
        chain(
            *piece, slots, places, moments, sources, records, cov, opacities, layout.view, stored, out, screen
        )

    share(ranges(len(slots), PIECE), chain_piece)
    return out, screen


def _stored(prepared: PreparedScene) -> Stored:
    scene = prepared.scene
    arrays = (scene.means, scene.quats, scene.log_scales, scene.logit_opacities, scene.sh)
    return Stored(*(plain(array) for array in arrays))


def _moments(
    drawn: Drawn, slots: NDArray[np.int32], upstream: Upstream
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    layout, picture = drawn.layout, drawn.picture
    records, boxes = layout.projected.records, layout.projected.boxes
    places = np.empty((len(records), 2), np.int64)
    moments = np.zeros((allot(slots, boxes, places), 10), np.float32)
    seen = Picture(rgb=picture.rgb, alpha=picture.alpha, depth=picture.depth)
    alpha_max = np.float32(drawn.options.alpha_max)
    for rows, shown in drawn.shown:

        def pull_portion(portion: tuple[int, int], shown: Shown = shown) -> None:
            pull(*portion, shown, records, boxes, places, alpha_max, upstream, seen, moments)

        share(portions(shown, rows), pull_portion)
    return places, moments
