"""Where the scene lies on one widget, in whole device pixels."""

from __future__ import annotations

from dataclasses import dataclass

from restora_desktop.viewer.layers import SceneRect


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewport:
    """Maps the scene to the device pixels of a widget; its corner lies on a whole one, so 1:1 is exact."""

    centre_x: float
    centre_y: float
    scale: float
    """Device pixels per scene unit."""
    width: int
    height: int
    """The widget, in device pixels."""
    ratio: float = 1.0
    """Device pixels per pixel of Qt's own coordinates."""

    @property
    def origin_x(self) -> int:
        """The device column of scene column 0."""
        return round(self.width / 2 - self.centre_x * self.scale)

    @property
    def origin_y(self) -> int:
        """The device row of scene row 0."""
        return round(self.height / 2 - self.centre_y * self.scale)

    @property
    def visible(self) -> SceneRect:
        """The part of the scene that the widget can show."""
        x, y = self.to_scene(0, 0)
        return SceneRect(x, y, self.width / self.scale, self.height / self.scale)

    def to_scene(self, x: float, y: float) -> tuple[float, float]:
        """The scene point under a point in Qt's coordinates."""
        scene_x = (x * self.ratio - self.origin_x) / self.scale
        return scene_x, (y * self.ratio - self.origin_y) / self.scale

    def to_device(self, rect: SceneRect) -> SceneRect:
        """A rectangle of the scene in device pixels."""
        x, y = self.origin_x + rect.x * self.scale, self.origin_y + rect.y * self.scale
        return SceneRect(x, y, rect.width * self.scale, rect.height * self.scale)

    def to_widget(self, rect: SceneRect) -> SceneRect:
        """A rectangle of the scene in Qt's coordinates."""
        device = self.to_device(rect)
        x, y, width, height = (
            side / self.ratio for side in (device.x, device.y, device.width, device.height)
        )
        return SceneRect(x, y, width, height)
