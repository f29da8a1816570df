"""Rectangles and points that a method takes as parameters, to be moved on the picture itself."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from restora.data.geometry import Rect
from restora.plugins.parameters import PointParam, RectParam
from restora_desktop.models.parameters import ParameterSet
from restora_desktop.models.plan import PlanModel
from restora_desktop.overlaying import OverlayController
from restora_desktop.viewer.compare_view import CompareView
from restora_desktop.viewer.grips import Grip, NamedPoint, NamedRect
from restora_desktop.viewer.layers import SceneRect
from restora_desktop.viewer.overlays import Overlay

_CORNERS = ("left top", "right top", "left bottom", "right bottom")


class PlaceController(QObject):
    """Shows those that have a value; an empty one is filled in the panel first."""

    def __init__(
        self,
        view: CompareView,
        plan: PlanModel,
        overlays: OverlayController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._plan, self._overlays = view, plan, overlays
        plan.edited.connect(self.refresh)
        view.grip_moved.connect(self._move)

    @Slot()
    def refresh(self) -> None:
        """Show them where they are now."""
        marks: list[Overlay] = []
        grips: list[Grip] = []
        values = self._plan.parameters
        for param in () if values is None or not self._view.layers else values.info.params:
            if values is not None and values.is_visible(param.id):
                self._add(values, param.id, param.label, marks, grips)
        self._overlays.lay("places", tuple(marks), tuple(grips))

    def _add(
        self, values: ParameterSet, param_id: str, label: str, marks: list[Overlay], grips: list[Grip]
    ) -> None:
        param, value = values.info.param(param_id), values.value(param_id)
        if isinstance(param, RectParam) and isinstance(value, Rect):
            scene = SceneRect(float(value.x), float(value.y), float(value.width), float(value.height))
            marks.append(NamedRect(name=label, rect=scene))
            for corner in _CORNERS:
                x = scene.x if "left" in corner else scene.right
                y = scene.y if "top" in corner else scene.bottom
                grips.append(Grip(key=f"{param_id}/{corner}", x=x, y=y))
        elif isinstance(param, PointParam) and isinstance(value, tuple):
            x, y = (float(number) + 0.5 for number in value)
            marks.append(NamedPoint(name=label, x=x, y=y))
            grips.append(Grip(key=f"{param_id}/", x=x, y=y))

    @Slot(str, float, float)
    def _move(self, key: str, x: float, y: float) -> None:
        param_id, slash, corner = key.partition("/")
        values = self._plan.parameters
        param = None if values is None or not slash else values.info.param(param_id)
        if values is None or param is None:
            return
        value = values.value(param_id)
        scene = self._view.state.scene
        x, y = min(max(x, scene.x), scene.right), min(max(y, scene.y), scene.bottom)
        if isinstance(param, PointParam):
            column, row = min(int(x), int(scene.right) - 1), min(int(y), int(scene.bottom) - 1)
            values.set(param_id, (max(0, column), max(0, row)))
        elif isinstance(value, Rect):
            values.set(param_id, _moved(value, corner, round(x), round(y)))


def _moved(rect: Rect, corner: str, x: int, y: int) -> Rect:
    """`rect` with one corner elsewhere; it keeps a pixel of width and height, and never turns over."""
    left, top, right, bottom = rect.x, rect.y, rect.right, rect.bottom
    if "left" in corner:
        left = min(x, right - 1)
    else:
        right = max(x, left + 1)
    if "top" in corner:
        top = min(y, bottom - 1)
    else:
        bottom = max(y, top + 1)
    return Rect(left, top, right - left, bottom - top)
