"""A line drawn over the pictures, and the curves of their numbers along it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Slot

from restora_desktop.actions import ActionBoard
from restora_desktop.overlaying import OverlayController
from restora_desktop.panels.curve import CurvePanel
from restora_desktop.viewer.compare_view import CompareView
from restora_desktop.viewer.grips import Grip, LineMark
from restora_desktop.viewer.pane import Tool
from restora_desktop.viewer.profile import Point, profile

_START, _END = "line.start", "line.end"


class CurveController(QObject):
    """Keeps the line; its ends are grips."""

    def __init__(
        self,
        view: CompareView,
        board: ActionBoard,
        overlays: OverlayController,
        panel: CurvePanel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._board, self._overlays, self._panel = view, board, overlays, panel
        self.line: tuple[Point, Point] | None = None
        view.line_drawn.connect(self._draw)
        view.grip_moved.connect(self._move)

    def commands(self) -> Mapping[str, Callable[[bool], None]]:
        """What the commands about tools and the line do."""
        return {
            "view.line": self._use_line,
            "view.select": self._use_rectangle,
            "view.no_line": lambda _on: self._set(None),
        }

    @Slot()
    def refresh(self) -> None:
        """Other pictures are on the screen, or the same with other numbers."""
        self._set(self.line if self._view.layers else None)

    def _use_line(self, on: bool) -> None:
        if on:
            self._board["view.select"].setChecked(False)
        self._view.set_tool(Tool.LINE if on else Tool.LOOK)

    def _use_rectangle(self, on: bool) -> None:
        if on:
            self._board["view.line"].setChecked(False)
        self._view.set_tool(Tool.SELECT if on else Tool.LOOK)

    @Slot(float, float, float, float)
    def _draw(self, x: float, y: float, end_x: float, end_y: float) -> None:
        self._set(((x, y), (end_x, end_y)))

    @Slot(str, float, float)
    def _move(self, key: str, x: float, y: float) -> None:
        if self.line is None or key not in (_START, _END):
            return
        start, end = self.line
        self._set(((x, y), end) if key == _START else (start, (x, y)))

    def _set(self, line: tuple[Point, Point] | None) -> None:
        self.line = line
        if line is None:
            self._overlays.lay("line", (), ())
            self._panel.show_profiles(())
            return
        start, end = line
        grips = (Grip(key=_START, x=start[0], y=start[1]), Grip(key=_END, x=end[0], y=end[1]))
        self._overlays.lay("line", (LineMark(start=start, end=end),), grips)
        self._panel.show_profiles([profile(layer, start, end) for layer in self._view.layers])
