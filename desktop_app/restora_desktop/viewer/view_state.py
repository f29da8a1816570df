"""What linked panes share: where one looks, at which frame, and how numbers become brightness."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from restora.data.geometry import Rect
from restora_desktop.viewer.layers import SceneRect
from restora_desktop.viewer.levels import Channel, Levels, Look

LARGEST_SCALE = 1024.0
"""Device pixels per scene unit."""
SMALLEST_SCENE = 16.0
"""Device pixels that the longer side of the scene keeps at least."""
_NOWHERE = SceneRect(0.0, 0.0, 1.0, 1.0)


class ViewState(QObject):
    """Centre and scale in scene units, frame, channel, levels and selection.

    Panes are linked because they hold the same state; `copied` gives a pane its own.

    Signals:
        view_changed: centre or scale.
        frame_changed: the frame's number.
        look_changed: levels, channel, marks, or whether levels are shared.
        selection_changed: the selected rectangle (Rect of whole source pixels) or None.
    """

    view_changed = Signal()
    frame_changed = Signal(int)
    look_changed = Signal()
    selection_changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scene = _NOWHERE
        self._centre = _NOWHERE.centre
        self._scale = 1.0
        self._is_fitted = True
        self._frame = 0
        self._look = Look()
        self._own_levels: dict[str, Levels] = {}
        self._shares_levels = True
        self._selection: Rect | None = None

    @property
    def scene(self) -> SceneRect:
        """The rectangle that can be looked at."""
        return self._scene

    @property
    def centre(self) -> tuple[float, float]:
        """The scene point in the middle of a pane."""
        return self._centre

    @property
    def scale(self) -> float:
        """Device pixels per scene unit."""
        return self._scale

    @property
    def is_fitted(self) -> bool:
        """Whether the whole scene is wanted, so that panes that change their size fit it again."""
        return self._is_fitted

    def set_scene(self, scene: SceneRect) -> None:
        """Look at another scene; one of the same place and size keeps the view."""
        if scene != self._scene:
            self._scene = scene
            self._is_fitted = True
            self.set_selection(None)
            self.view_changed.emit()

    def look_at(self, x: float, y: float, scale: float) -> None:
        """Put a scene point into the middle at a scale; both are kept within reason."""
        self._is_fitted = False
        self._place(x, y, scale)

    def pan_by(self, dx: float, dy: float) -> None:
        """Move the middle by scene units."""
        self.look_at(self._centre[0] + dx, self._centre[1] + dy, self._scale)

    def zoom(self, factor: float, anchor: tuple[float, float] | None = None) -> None:
        """Magnify by `factor`; the scene point `anchor` (the middle by default) stays where it is."""
        x, y = self._centre if anchor is None else anchor
        scale = self._clamped_scale(self._scale * factor)
        kept = self._scale / scale
        self.look_at(x + (self._centre[0] - x) * kept, y + (self._centre[1] - y) * kept, scale)

    def fit(self, width: float, height: float) -> None:
        """Show the whole scene in so many device pixels."""
        scale = min(width / self._scene.width, height / self._scene.height)
        self._place(*self._scene.centre, scale)
        self._is_fitted = True

    def want_fit(self) -> None:
        """Ask whoever knows the panes' sizes to fit the scene."""
        self._is_fitted = True
        self.view_changed.emit()

    @property
    def frame(self) -> int:
        """The frame shown, of a capture or another stack."""
        return self._frame

    def set_frame(self, frame: int) -> None:
        """Show another frame."""
        if frame != self._frame:
            self._frame = frame
            self.frame_changed.emit(frame)

    @property
    def channel(self) -> Channel:
        """Which part of the pictures is shown."""
        return self._look.channel

    def set_channel(self, channel: Channel) -> None:
        """Show another part of the pictures."""
        self._set_look(replace(self._look, channel=channel))

    @property
    def has_marks(self) -> bool:
        """Whether numbers outside black to white are hatched."""
        return self._look.marks

    def set_marks(self, on: bool) -> None:
        """Hatch numbers outside black to white, or not."""
        self._set_look(replace(self._look, marks=on))

    @property
    def shares_levels(self) -> bool:
        """Whether the same levels count for every picture."""
        return self._shares_levels

    def set_shares_levels(self, on: bool) -> None:
        """Use the same levels for every picture, or each picture's own, which start from the shared ones."""
        if on != self._shares_levels:
            self._shares_levels = on
            self.look_changed.emit()

    def levels(self, key: str = "") -> Levels:
        """The levels of the layer `key`."""
        return self._look.levels if self._shares_levels else self._own_levels.get(key, self._look.levels)

    def set_levels(self, levels: Levels, key: str = "") -> None:
        """Change the levels of the layer `key`; of all, where levels are shared."""
        if self._shares_levels:
            self._set_look(replace(self._look, levels=levels))
        elif self._own_levels.get(key) != levels:
            self._own_levels[key] = levels
            self.look_changed.emit()

    def look(self, key: str, channels: int) -> Look:
        """How the layer `key` with so many channels is to be drawn."""
        channel = self._look.channel if self._look.channel.available(channels) else Channel.COLOUR
        return replace(self._look, levels=self.levels(key), channel=channel)

    @property
    def selection(self) -> Rect | None:
        """The selected whole source pixels."""
        return self._selection

    def set_selection(self, selection: Rect | None) -> None:
        """Select whole source pixels; what lies outside the scene is cut off."""
        kept = None if selection is None else self._inside(selection)
        if kept != self._selection:
            self._selection = kept
            self.selection_changed.emit(kept)

    def copied(self, parent: QObject | None = None) -> ViewState:
        """A state of its own that starts out equal: for a pane that is unlinked."""
        other = ViewState(parent)
        for name in ("_scene", "_centre", "_scale", "_is_fitted", "_frame", "_look"):
            setattr(other, name, getattr(self, name))
        other._own_levels = dict(self._own_levels)
        other._shares_levels = self._shares_levels
        other._selection = self._selection
        return other

    def _set_look(self, look: Look) -> None:
        if look != self._look:
            self._look = look
            self.look_changed.emit()

    def _place(self, x: float, y: float, scale: float) -> None:
        scene = self._scene
        centre = (min(max(x, scene.x), scene.right), min(max(y, scene.y), scene.bottom))
        scale = self._clamped_scale(scale)
        if (centre, scale) != (self._centre, self._scale):
            self._centre, self._scale = centre, scale
            self.view_changed.emit()

    def _clamped_scale(self, scale: float) -> float:
        least = min(SMALLEST_SCENE / max(self._scene.width, self._scene.height), 1.0)
        return min(max(scale, least), LARGEST_SCALE)

    def _inside(self, rect: Rect) -> Rect | None:
        wanted = SceneRect(float(rect.x), float(rect.y), float(rect.width), float(rect.height))
        kept = wanted.intersected(self._scene)
        return None if kept is None else kept.whole_pixels()
