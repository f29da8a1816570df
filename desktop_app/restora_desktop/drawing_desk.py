"""Everything that is drawn over the pictures, with the commands that show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject

from restora_desktop.measuring import CurveController
from restora_desktop.models.items import Node
from restora_desktop.overlaying import OverlayController
from restora_desktop.placing import PlaceController
from restora_desktop.viewer.background import Background
from restora_desktop.viewer.compare_view import CompareView
from restora_desktop.window import MainWindow


class DrawingDesk(QObject):
    """Maps, rings and tiles; the line with its curves; the places that a method takes."""

    def __init__(
        self, window: MainWindow, view: CompareView, background: Background, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.overlays = OverlayController(view, window.board, background, self)
        self.curves = CurveController(view, window.board, self.overlays, window.inspect_panel.curve, self)
        self.places = PlaceController(view, window.plan, self.overlays, self)

    def show(self, node: Node | None) -> None:
        """Something else is looked at."""
        self.overlays.show(node)
        self.curves.refresh()
        self.places.refresh()

    def commands(self) -> Mapping[str, Callable[[bool], None]]:
        """What its commands do."""
        return {
            **self.curves.commands(),
            **dict.fromkeys(("view.rings", "view.tiles"), self._draw),
        }

    def _draw(self, _on: bool) -> None:
        self.overlays.draw()
