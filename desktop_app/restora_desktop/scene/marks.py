"""What is drawn over the picture of a scene: the selection, a box, what is being drawn, and cameras."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from restora.data.camera import Camera

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points: TypeAlias = NDArray[np.float32]
    Vector: TypeAlias = NDArray[np.float64]

Rectangle: TypeAlias = tuple[float, float, float, float]
"""Two corners as shares of the picture's size."""

MOST_POINTS: Final = 20_000
"""Of a selection; more would cost time and show nothing more."""
_CHOSEN = QColor(255, 170, 40)
_BOX = QColor(120, 220, 255)
_PATH = QColor(140, 255, 160)
_DARK = QColor(0, 0, 0, 170)
_NO_POINTS: Final = np.zeros((0, 3), np.float32)
_CIRCLE: Final = np.linspace(0, 2 * np.pi, 49)
_NEAR: Final = 1e-3
_EDGES: Final = tuple((one, one | bit) for one in range(8) for bit in (1, 2, 4) if not one & bit)
"""Of a box whose corners are numbered by their bits."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marks:
    """Everything that is drawn over the picture."""

    selection: Points = field(default_factory=lambda: _NO_POINTS)
    """Middles of the Gaussians that are selected, or of some of them."""
    box: tuple[Vector, Vector] | None = None
    """Lower and upper corner, along the scene's axes."""
    path: Points = field(default_factory=lambda: _NO_POINTS)
    """Where a camera path leads along."""
    rectangle: Rectangle | None = None
    sphere: tuple[Vector, float] | None = None

    def with_selection(self, points: Points) -> Marks:
        """With other Gaussians selected."""
        return replace(self, selection=points)

    def with_box(self, box: tuple[Vector, Vector] | None) -> Marks:
        """With another box, or none."""
        return replace(self, box=box)

    def with_rectangle(self, rectangle: Rectangle) -> Marks:
        """While one is drawn."""
        return replace(self, rectangle=rectangle, sphere=None)

    def with_sphere(self, centre: Vector, radius: float) -> Marks:
        """While one is drawn."""
        return replace(self, sphere=(centre, radius), rectangle=None)

    def without_sketch(self) -> Marks:
        """Once it is drawn."""
        return replace(self, rectangle=None, sphere=None)


def draw_marks(painter: QPainter, marks: Marks, camera: Camera, area: QRectF) -> None:
    """Draw in Qt's coordinates over a picture that lies in `area`."""
    if len(marks.selection):
        places = _places(marks.selection, camera, area)
        painter.setPen(QPen(_CHOSEN, 3))
        painter.drawPoints(QPolygonF([QPointF(x, y) for x, y in places]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if marks.box is not None:
        _draw_box(painter, marks.box, camera, area)
    if len(marks.path) > 1:
        _draw_lines(painter, marks.path, camera, area, _PATH)
    if marks.sphere is not None:
        _draw_sphere(painter, marks.sphere, camera, area)
    if marks.rectangle is not None:
        x0, y0, x1, y1 = marks.rectangle
        corner = QPointF(area.x() + x0 * area.width(), area.y() + y0 * area.height())
        far = QPointF(area.x() + x1 * area.width(), area.y() + y1 * area.height())
        for pen in (QPen(_DARK, 3), QPen(_CHOSEN, 1, Qt.PenStyle.DashLine)):
            painter.setPen(pen)
            painter.drawRect(QRectF(corner, far).normalized())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _seen(points: NDArray[np.floating], camera: Camera) -> Vector:
    pose = camera.world_to_camera
    return np.asarray(points.astype(np.float64) @ pose[:3, :3].T + pose[:3, 3])


def _flat(seen: Vector, camera: Camera, area: QRectF) -> Vector:
    ratio_x, ratio_y = area.width() / camera.width, area.height() / camera.height
    x = (seen[:, 0] / seen[:, 2] * camera.fx + camera.cx) * ratio_x + area.x()
    y = (seen[:, 1] / seen[:, 2] * camera.fy + camera.cy) * ratio_y + area.y()
    return np.stack([x, y], axis=1)


def _places(points: NDArray[np.floating], camera: Camera, area: QRectF) -> Vector:
    """Where points lie on the pane; those behind the camera or outside are left out."""
    seen = _seen(points, camera)
    flat = _flat(seen[seen[:, 2] > _NEAR], camera, area)
    inside = (flat[:, 0] >= area.left()) & (flat[:, 0] <= area.right())
    return flat[inside & (flat[:, 1] >= area.top()) & (flat[:, 1] <= area.bottom())]


def _draw_box(painter: QPainter, box: tuple[Vector, Vector], camera: Camera, area: QRectF) -> None:
    low, high = box
    is_high = np.arange(8)[:, None] >> np.arange(3) & 1 == 1
    corners = np.where(is_high, high, low)
    for one, other in _EDGES:
        steps = np.linspace(0, 1, 17)[:, None]  # in pieces: an edge may pass the camera
        _draw_lines(painter, corners[one] * (1 - steps) + corners[other] * steps, camera, area, _BOX)


def _draw_lines(
    painter: QPainter, points: NDArray[np.floating], camera: Camera, area: QRectF, colour: QColor
) -> None:
    """A line through points, where it is in front of the camera."""
    seen = _seen(points, camera)
    is_before = seen[:, 2] > _NEAR
    flat = _flat(np.where(is_before[:, None], seen, 1.0), camera, area)
    for pen in (QPen(_DARK, 3), QPen(colour, 1.5)):
        painter.setPen(pen)
        for number in np.flatnonzero(is_before[:-1] & is_before[1:]):
            painter.drawLine(QPointF(*flat[number]), QPointF(*flat[number + 1]))


def _draw_sphere(painter: QPainter, sphere: tuple[Vector, float], camera: Camera, area: QRectF) -> None:
    centre, radius = sphere
    right, down = camera.world_to_camera[0, :3], camera.world_to_camera[1, :3]
    ring = centre + radius * (np.cos(_CIRCLE)[:, None] * right + np.sin(_CIRCLE)[:, None] * down)
    _draw_lines(painter, ring, camera, area, _CHOSEN)
