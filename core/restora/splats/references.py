"""Which photographs can serve as references for a view: by pose, and by what both cameras see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restora.data.camera import Camera
from restora.errors import BadInputError
from restora.splats.camera_points import NEAR, is_in_frame, pixel_centres, project, unproject
from restora.splats.poses import pose_distances, poses_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SAMPLES_PER_SIDE = 48
"""A picture is asked at a grid of at most so many places per side: overlap needs no single pixels."""
_DEPTH_AGREEMENT = 0.05
"""A point is hidden from a camera whose rendered depth there is smaller by more than this share."""
_SOLID = 0.5
"""Rendered alpha from which on a pixel shows a surface."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DepthView:
    """A camera with what was rendered from it."""

    camera: Camera
    depth: NDArray[np.float32]
    """Height x width: expected depth along the axis, scene units."""
    alpha: NDArray[np.float32]
    """Height x width."""

    def __post_init__(self) -> None:
        shape = (self.camera.height, self.camera.width)
        if self.depth.shape != shape or self.alpha.shape != shape:
            raise BadInputError(
                f"{self.camera.name}: depth and alpha must be {shape[1]} x {shape[0]} pixels, "
                f"got {self.depth.shape[::-1]} and {self.alpha.shape[::-1]}"
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reference:
    """A candidate and how well it serves."""

    camera: Camera
    index: int
    """Its place among the candidates."""
    distance: float
    """The pose distance; smaller is nearer."""
    overlap: float | None = None
    """The share of the view's surface that it sees; None where that was not asked."""
    score: float = 0.0
    """What it was ranked by: higher is better."""


def nearest(
    camera: Camera,
    candidates: Sequence[Camera],
    *,
    count: int = 1,
    rotation_weight: float = 1.0,
    position_weight: float = 1.0,
) -> tuple[Reference, ...]:
    """The `count` candidates whose poses are nearest, best first; their score is minus the distance.

    The distance is the published one: scene units between the places plus radians between the directions.
    """
    _check(candidates, count)
    distances = pose_distances(
        poses_of([camera]),
        poses_of(candidates),
        rotation_weight=rotation_weight,
        position_weight=position_weight,
    )[0]
    order = np.argsort(distances, kind="stable")[:count]
    return tuple(
        Reference(
            camera=candidates[index],
            index=int(index),
            distance=float(distances[index]),
            score=-float(distances[index]),
        )
        for index in order
    )


def by_overlap(
    view: DepthView,
    candidates: Sequence[Camera],
    *,
    count: int = 1,
    seen: Sequence[DepthView | None] | None = None,
) -> tuple[Reference, ...]:
    """The `count` candidates that see most of what `view` shows, from the most similar direction.

    Points of the view's rendered surface are projected into each candidate. With the candidate's own
    render in `seen`, points that something hides there do not count. Score = mean over all points of
    (seen or not) · cosine of the angle between the two rays: 1 for the view itself. A view without any
    surface is ranked by pose alone.
    """
    _check(candidates, count)
    if seen is not None and len(seen) != len(candidates):
        raise BadInputError(f"{len(candidates)} candidates need as many renders, got {len(seen)}")
    points = surface_points(view)
    by_pose = sorted(nearest(view.camera, candidates, count=len(candidates)), key=lambda each: each.index)
    if not len(points):
        return tuple(sorted(by_pose, key=lambda each: each.distance)[:count])
    renders = seen or [None] * len(candidates)
    ranked = [
        _judged(view.camera, points, each, render) for each, render in zip(by_pose, renders, strict=True)
    ]
    # Where nothing overlaps at all, the nearer pose goes first.
    return tuple(sorted(ranked, key=lambda each: (-each.score, each.distance))[:count])


def surface_points(view: DepthView, samples_per_side: int = _SAMPLES_PER_SIDE) -> NDArray[np.float64]:
    """Points of the scene on the surfaces that a view shows, from an even grid of its pixels: N x 3."""
    rows = _grid(view.camera.height, samples_per_side)
    columns = _grid(view.camera.width, samples_per_side)
    depth = view.depth[np.ix_(rows, columns)]
    pixels = pixel_centres(view.camera.width, view.camera.height)[np.ix_(rows, columns)]
    shown = (view.alpha[np.ix_(rows, columns)] > _SOLID) & np.isfinite(depth) & (depth > NEAR)
    return unproject(view.camera, pixels[shown], depth[shown])


def is_seen_by(
    camera: Camera, points: NDArray[np.float64], render: DepthView | None = None
) -> NDArray[np.bool_]:
    """Which points lie in a camera's picture and, by its own render, are not hidden there."""
    inside = is_in_frame(camera, points)
    if render is None or not inside.any():
        return inside
    pixels, depth = project(camera, points[inside])
    columns, rows = np.floor(pixels).astype(int).T
    front = render.depth[rows, columns]
    hidden = (render.alpha[rows, columns] > _SOLID) & (depth > front * (1 + _DEPTH_AGREEMENT))
    visible = inside.copy()
    visible[inside] = ~hidden
    return visible


def _judged(
    camera: Camera, points: NDArray[np.float64], candidate: Reference, render: DepthView | None
) -> Reference:
    visible = is_seen_by(candidate.camera, points, render)
    rays = _directions(camera, points), _directions(candidate.camera, points)
    cosine = np.maximum(np.einsum("ni,ni->n", *rays), 0.0)
    return Reference(
        camera=candidate.camera,
        index=candidate.index,
        distance=candidate.distance,
        overlap=float(visible.mean()),
        score=float((visible * cosine).mean()),
    )


def _directions(camera: Camera, points: NDArray[np.float64]) -> NDArray[np.float64]:
    rays = points - camera.centre
    return np.asarray(rays / np.maximum(np.linalg.norm(rays, axis=1, keepdims=True), 1e-12))


def _grid(side: int, samples: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, side - 1, min(side, samples)).round().astype(np.int64))


def _check(candidates: Sequence[Camera], count: int) -> None:
    if not candidates:
        raise BadInputError("there is no photograph to choose a reference from: the scene has no cameras")
    if count < 1:
        raise BadInputError(f"the number of references must be 1 or more, got {count}")
