"""Looking around in a scene: what the hand does, as a model without a widget."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QObject, Signal

from restora.data.camera import Camera
from restora.splats.framing import UpAxis
from restora_desktop.scene.viewpoint import Viewpoint

if TYPE_CHECKING:
    from restora_desktop.scene.viewpoint import Vector

_FIRST_DIRECTION: Final = (0.35, 0.3, 1.0)
"""A little from the side and from above: right, down, forward."""
_MARGIN: Final = 1.15
"""How much more than the framed ball is visible."""


class Navigator(QObject):
    """One view of one scene.

    Attributes:
        camera: the dataset camera that the view stands at exactly; None once it has moved.
        extent: radius of the scene in its units, which flying is measured by.

    Signals:
        moved: another part of the scene is in view.
    """

    moved = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.extent = 1.0
        self._centre = np.zeros(3)
        self._up = UpAxis.MINUS_Y
        self._first: Camera | None = None
        self.camera: Camera | None = None
        self._view = self._home()

    @property
    def view(self) -> Viewpoint:
        """Where the view stands."""
        return self._view

    @property
    def up(self) -> UpAxis:
        """What counts as up."""
        return self._up

    def set_extent(self, centre: Vector, radius: float, home: Camera | None = None) -> None:
        """Where another scene is, and how far it reaches for the most part; the view stays where it is.

        `home` is the dataset camera that it is first seen from, if there is one.
        """
        self._centre, self.extent = np.asarray(centre, np.float64), max(float(radius), 1e-6)
        self._first = home

    def use_up(self, up: UpAxis) -> None:
        """Take an axis for up from now on, without turning the view."""
        self._up = up

    def camera_for(self, width: int, height: int) -> Camera:
        """The camera that a picture of this size is drawn from; a dataset camera keeps its own shape."""
        if self.camera is None:
            return self._view.camera(max(1, width), max(1, height))
        return resized(self.camera, width, height)

    # -- moving ------------------------------------------------------------------------------------

    def orbit(self, yaw: float, pitch: float) -> None:
        """Turn around the pivot, in radians."""
        self._take(self._view.orbited(yaw, pitch, self._up.direction))

    def look(self, yaw: float, pitch: float) -> None:
        """Turn the head, in radians."""
        self._take(self._view.looked(yaw, pitch, self._up.direction))

    def pan(self, right: float, down: float) -> None:
        """Move sideways, in shares of the visible height."""
        self._take(self._view.panned(right, down))

    def dolly(self, factor: float) -> None:
        """Go nearer to the pivot (below 1) or away from it."""
        self._take(self._view.dollied(factor))

    def fly(self, right: float, down: float, forward: float) -> None:
        """Move through the scene, in shares of its extent."""
        self._take(self._view.moved(right * self.extent, down * self.extent, forward * self.extent))

    def roll(self, angle: float) -> None:
        """Turn about the line of sight, in radians."""
        self._take(self._view.rolled(angle))

    def level(self) -> None:
        """Take the roll away."""
        self._take(self._view.levelled(self._up.direction))

    def set_fov(self, degrees: float) -> None:
        """Another angle of view, from the same place."""
        self._take(self._view.with_fov(degrees))

    def set_pivot(self, point: Vector) -> None:
        """Bring a point to the middle and orbit it from now on."""
        self._take(self._view.around(np.asarray(point, np.float64)))

    def set_up(self, up: UpAxis) -> None:
        """Take another axis for up; the camera turns, the data do not."""
        old, self._up = self._up, up
        self._take(self._view.turned_up(old.direction, up.direction))

    def frame(self, centre: Vector | None = None, radius: float | None = None) -> None:
        """See a ball from the present direction; by default what flying is measured by."""
        middle = self._centre if centre is None else np.asarray(centre, np.float64)
        reach = self.extent if radius is None else max(float(radius), 1e-6)
        distance = _MARGIN * reach / math.sin(math.radians(self._view.fov) / 2)
        place = middle - self._view.rotation[2] * distance
        self._take(replace(self._view, pivot=middle, position=place))

    def reset(self) -> None:
        """As it was when the scene was opened."""
        if self._first is None:
            self._take(self._home())
        else:
            self.snap(self._first)

    def snap(self, camera: Camera) -> None:
        """Stand exactly where a camera stands, with its lens."""
        distance = float(np.linalg.norm(self._centre - camera.centre))
        self._view, self.camera = Viewpoint.of_camera(camera, distance), camera
        self.moved.emit()

    def show(self, view: Viewpoint) -> None:
        """Stand at a place, such as one of a path."""
        self._take(view)

    def _take(self, view: Viewpoint) -> None:
        self._view, self.camera = view, None
        self.moved.emit()

    def _home(self) -> Viewpoint:
        up = self._up.direction
        level = np.cross(up, np.array([1.0, 0.0, 0.0]))
        if np.linalg.norm(level) < 1e-6:
            level = np.array([0.0, 1.0, 0.0])
        side = np.cross(level, up)
        direction = _FIRST_DIRECTION[0] * side - _FIRST_DIRECTION[1] * up + _FIRST_DIRECTION[2] * level
        view = Viewpoint.looking(direction, up, self._centre, 1.0)
        distance = _MARGIN * self.extent / math.sin(math.radians(view.fov) / 2)
        return view.dollied(distance)


def resized(camera: Camera, width: int, height: int) -> Camera:
    """The same view in the largest picture of the camera's own shape within `width` x `height`."""
    share = min(width / camera.width, height / camera.height)
    return scaled(camera, max(1, round(camera.width * share)), max(1, round(camera.height * share)))


def scaled(camera: Camera, width: int, height: int) -> Camera:
    """The same view with other pixels."""
    across, down = width / camera.width, height / camera.height
    return replace(
        camera,
        width=width,
        height=height,
        fx=camera.fx * across,
        fy=camera.fy * down,
        cx=camera.cx * across,
        cy=camera.cy * down,
    )
