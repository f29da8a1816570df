"""The dock that tells about what is on the screen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QTabWidget, QWidget

from restora.data.geometry import Rect
from restora_desktop.panels.curve import CurvePanel
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
        self.curve = CurvePanel()
        self.facts = FactsPanel()
        self.addTab(self.pixel, self.tr("Pixel"))
        self.addTab(self.figures, self.tr("Figures"))
        self.addTab(self.curve, self.tr("Curve"))
        self.addTab(self.facts, self.tr("Facts"))

    def add_levels(self, levels: QWidget) -> None:
        """Show the levels first."""
        scroll = QScrollArea()
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows what has the keyboard in it
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(levels)
        bar = scroll.verticalScrollBar().sizeHint().width()
        scroll.setMinimumWidth(levels.minimumSizeHint().width() + bar)
        self.insertTab(0, scroll, self.tr("Levels"))
        self.setCurrentIndex(0)
