"""One picture: project, order, sort into tiles, blend."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restora.data.camera import Camera, Projection
from restora.data.scene import GaussianScene
from restora.splats.prepared import PreparedScene
from restora.splats.raster_cpu.activation import activate
from restora.splats.raster_cpu.drawing import Picture, Shown, draw
from restora.splats.raster_cpu.ordering import TILE, count_tiles, fill_tiles, gather, sort_pass
from restora.splats.raster_cpu.projection import Projected, View, project
from restora.splats.raster_cpu.workers import ranges, share, thread_count
from restora.splats.rendering import Footprint, Render, RenderOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIECE = 8192
"""Gaussians that one call projects: a few milliseconds."""
_SHARE = 8192
"""Entries that one call draws: a few milliseconds even where every one covers its tile."""
_TILE_COST = 16
"""What an empty tile costs, in entries."""
_BAND = 1 << 24
"""Entries that are listed at once: 64 MiB."""
_MARGIN = 0.15
"""Part of the picture beyond its edge at which directions are clamped."""
_is_ready = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The visible Gaussians of a picture in order, and what its tiles show."""

    view: View
    projected: Projected
    slots: NDArray[np.int32]
    """Rows of `projected`, front to back."""
    columns: int
    rows: int
    counts: NDArray[np.int64]
    """Gaussians per tile."""


def activated(scene: GaussianScene) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Covariances (xx, xy, xz, yy, yz, zz) and opacities of a scene."""
    covariances = np.empty((scene.count, 6), np.float32)
    opacities = np.empty(scene.count, np.float32)
    quats, scales, logits = (plain(a) for a in (scene.quats, scene.log_scales, scene.logit_opacities))
    share(
        ranges(scene.count, PIECE),
        lambda piece: activate(*piece, quats, scales, logits, covariances, opacities),
    )
    return covariances, opacities


def view_of(camera: Camera, options: RenderOptions, scene: GaussianScene) -> View:
    """The camera and options as kernels take them."""
    fx, fy, cx, cy = camera.fx, camera.fy, camera.cx, camera.cy
    pose = camera.world_to_camera
    f = np.float32
    return View(
        rotation=plain(pose[:3, :3]),
        shift=plain(pose[:3, 3]),
        centre=plain(camera.centre),
        fx=f(fx),
        fy=f(fy),
        cx=f(cx),
        cy=f(cy),
        low_x=f(-(cx / fx + _MARGIN * camera.width / fx)),
        high_x=f((camera.width - cx) / fx + _MARGIN * camera.width / fx),
        low_y=f(-(cy / fy + _MARGIN * camera.height / fy)),
        high_y=f((camera.height - cy) / fy + _MARGIN * camera.height / fy),
        near=f(options.near),
        far=f(options.far),
        eps2d=f(options.eps2d),
        width=camera.width,
        height=camera.height,
        degree=options.degree_for(scene),
        is_orthographic=camera.projection is Projection.ORTHOGRAPHIC,
        is_antialiased=options.is_antialiased_for(scene),
        ends_at_tiles=options.footprint is Footprint.TILES,
    )


def lay_out(
    prepared: PreparedScene, camera: Camera, options: RenderOptions, check: Callable[[], None]
) -> Layout:
    """Everything that comes before blending."""
    view = view_of(camera, options, prepared.scene)
    projected, slots = _projected(prepared, view, options.fraction, check)
    check()
    columns, rows = -(-camera.width // TILE), -(-camera.height // TILE)
    counts = np.zeros(columns * rows, np.int64)
    count_tiles(slots, projected.boxes, columns, counts)
    return Layout(view=view, projected=projected, slots=slots, columns=columns, rows=rows, counts=counts)


def _projected(
    prepared: PreparedScene, view: View, fraction: float, check: Callable[[], None]
) -> tuple[Projected, NDArray[np.int32]]:
    """What can be seen, and its rows from front to back."""
    scene, chosen = prepared.scene, prepared.foremost(fraction)
    count = len(chosen) or scene.count
    projected = Projected(
        records=np.empty((count, 10), np.float32),
        boxes=np.empty((count, 4), np.uint16),
        keys=np.empty(count, np.uint32),
        sources=np.empty(count, np.int32),
    )
    pieces = ranges(count, PIECE)
    seen = np.zeros(len(pieces), np.int64)
    means, sh = plain(scene.means), plain(scene.sh)

    def project_piece(piece: int) -> None:
        seen[piece] = project(
            *pieces[piece], chosen, means, prepared.covariances, prepared.opacities, sh, view, projected
        )

    share(range(len(pieces)), project_piece, check)
    starts = np.array([start for start, _ in pieces], np.int64)
    return projected, _sorted_slots(starts, seen, projected.keys)


def _sorted_slots(
    starts: NDArray[np.int64], seen: NDArray[np.int64], stored_keys: NDArray[np.uint32]
) -> NDArray[np.int32]:
    total = int(seen.sum())
    keys, slots = np.empty(total, np.uint32), np.empty(total, np.int32)
    spare_keys, spare_slots = np.empty_like(keys), np.empty_like(slots)
    gather(starts, seen, stored_keys, keys, slots)
    for shift in (0, 11, 22):
        sort_pass(shift, keys, slots, spare_keys, spare_slots)
        keys, slots, spare_keys, spare_slots = spare_keys, spare_slots, keys, slots
    return slots


def bands(layout: Layout) -> Iterator[tuple[int, Shown]]:
    """The picture in bands of tile rows whose lists fit into memory, with their numbers of rows."""
    per_row = layout.counts.reshape(layout.rows, layout.columns).sum(axis=1)
    first = 0
    while first < layout.rows:
        total = np.cumsum(per_row[first:])
        rows = max(1, int(np.searchsorted(total, _BAND, side="right")))
        counts = layout.counts[first * layout.columns : (first + rows) * layout.columns]
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
        entries = np.empty(int(offsets[-1]), np.int32)
        places = offsets[:-1].copy()
        boxes = layout.projected.boxes
        fill_tiles(layout.slots, boxes, layout.columns, first, first + rows, places, entries)
        yield rows, Shown(entries=entries, offsets=offsets, columns=layout.columns, first_row=first)
        first += rows


def portions(shown: Shown, rows: int) -> list[tuple[int, int]]:
    """Runs of tiles within one tile row each, of about equal work."""
    total = int(shown.offsets[-1]) + _TILE_COST * (len(shown.offsets) - 1)
    most = min(_SHARE, max(1, total // (8 * thread_count())))
    found = []
    for row in range(rows):
        start, end = row * shown.columns, (row + 1) * shown.columns
        while start < end:
            work = shown.offsets[start + 1 : end + 1] - shown.offsets[start]
            work = work + _TILE_COST * np.arange(1, len(work) + 1)
            stop = start + max(1, int(np.searchsorted(work, most, side="right")))
            found.append((start, stop))
            start = stop
    return found


class _FinishedRows:
    """Tells of tile rows once all their tiles are drawn. Any thread adds, only the drawing one tells."""

    def __init__(
        self, columns: int, first_row: int, result: Render, on_rows: Callable[[int, int, Render], None] | None
    ) -> None:
        self._columns = columns
        self._first_row = first_row
        self._result = result
        self._on_rows = on_rows
        self._drawn: deque[tuple[int, int]] = deque()
        self._missing: dict[int, int] = {}

    def add(self, portion: tuple[int, int]) -> None:
        self._drawn.append(portion)

    def tell(self) -> None:
        while self._on_rows is not None and self._drawn:
            start, end = self._drawn.popleft()
            row = start // self._columns
            self._missing[row] = self._missing.get(row, self._columns) - (end - start)
            if self._missing[row] == 0:
                top = (self._first_row + row) * TILE
                self._on_rows(top, min(top + TILE, len(self._result.alpha)), self._result)


def draw_frame(
    prepared: PreparedScene,
    camera: Camera,
    options: RenderOptions,
    *,
    check: Callable[[], None] | None = None,
    on_rows: Callable[[int, int, Render], None] | None = None,
) -> Render:
    """See `restora.splats.rendering.render`."""
    check = check or never
    layout = lay_out(prepared, camera, options, check)
    return draw_bands(layout, bands(layout), options, check=check, on_rows=on_rows)


def draw_bands(
    layout: Layout,
    found: Iterable[tuple[int, Shown]],
    options: RenderOptions,
    *,
    check: Callable[[], None],
    on_rows: Callable[[int, int, Render], None] | None = None,
) -> Render:
    """Draw the bands of a layout into a new picture."""
    width, height = layout.view.width, layout.view.height
    picture = Picture(
        rgb=np.empty((height, width, 3), np.float32),
        alpha=np.empty((height, width), np.float32),
        depth=np.empty((height, width), np.float32),
    )
    result = Render(rgb=picture.rgb, alpha=picture.alpha, depth=picture.depth)
    for rows, shown in found:
        finished = _FinishedRows(layout.columns, shown.first_row, result, on_rows)
        _draw_band(layout, shown, portions(shown, rows), options, picture, finished, check)
    return result


def _draw_band(
    layout: Layout,
    shown: Shown,
    tiles: list[tuple[int, int]],
    options: RenderOptions,
    picture: Picture,
    finished: _FinishedRows,
    check: Callable[[], None],
) -> None:
    background, alpha_max = np.array(options.background, np.float32), np.float32(options.alpha_max)
    records, boxes = layout.projected.records, layout.projected.boxes

    def draw_portion(portion: tuple[int, int]) -> None:
        draw(*portion, shown, records, boxes, background, alpha_max, picture)
        finished.add(portion)

    def between() -> None:
        finished.tell()
        check()

    share(tiles, draw_portion, between)
    finished.tell()


def never() -> None:
    """What is asked between pieces where nobody can cancel."""


def plain(array: NDArray[np.floating]) -> NDArray[np.float32]:
    """The array as kernels take it.

    Always read-only and aligned: each other kind of array would make numba compile the kernel once more.
    """
    view = np.require(array, np.float32, ["C", "A"]).view()
    view.flags.writeable = False
    return view


def get_ready() -> None:
    """Compile all that a picture takes, or load it from the cache, so that no picture has to wait for it."""
    global _is_ready
    if _is_ready:
        return
    _is_ready = True  # at once: the scene below comes here too
    one = GaussianScene(
        means=np.zeros((1, 3), np.float32),
        quats=np.ones((1, 4), np.float32),
        log_scales=np.zeros((1, 3), np.float32),
        logit_opacities=np.zeros(1, np.float32),
        sh=np.zeros((1, 1, 3), np.float32),
    )
    pose = np.eye(4)
    pose[2, 3] = 1.0
    camera = Camera(name="", width=1, height=1, fx=1, fy=1, cx=0.5, cy=0.5, world_to_camera=pose)
    draw_frame(PreparedScene(one), camera, RenderOptions())
