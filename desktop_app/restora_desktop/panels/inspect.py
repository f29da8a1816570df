"""The dock that tells about what is on the screen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QTabWidget, QWidget

from restora.data.geometry import Rect
from restora_desktop.panels.facts import FactsPanel
from restora_desktop.panels.figures import FiguresPanel
from restora_desktop.panels.pixel import PixelPanel


class InspectPanel(QTabWidget):
    """Pixel, figures and facts; the levels join them with the viewer."""

    def __init__(
        self,
        visible: Callable[[], Rect | None],
        rectangle: Callable[[], Rect | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("inspect_tabs")
        self.setDocumentMode(True)
        self.pixel = PixelPanel()
        self.figures = FiguresPanel(visible, rectangle)
        self.facts = FactsPanel()
        self.addTab(self.pixel, self.tr("Pixel"))
        self.addTab(self.figures, self.tr("Figures"))
        self.addTab(self.facts, self.tr("Facts"))

    def add_levels(self, levels: QWidget) -> None:
        """Show the levels first."""
        self.insertTab(0, levels, self.tr("Levels"))
        self.setCurrentIndex(0)
