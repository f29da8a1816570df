"""The dock of a scene: what it is, what is selected in it, and how it is changed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QScrollArea, QTabWidget, QWidget

from restora_desktop.scene.edit_tab import EditTab
from restora_desktop.scene.info_tab import InfoTab
from restora_desktop.scene.select_tab import SelectTab


class SceneTools(QTabWidget):
    """Three tabs; what they ask for is answered by the controller."""

    def __init__(
        self, keeping: Sequence[QAction], selecting: Sequence[QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("scene_tools")
        self.info, self.select, self.edit = InfoTab(keeping), SelectTab(selecting), EditTab()
        self.addTab(_scrolled(self.info), self.tr("Scene"))
        self.addTab(_scrolled(self.select), self.tr("Select"))
        self.addTab(_scrolled(self.edit), self.tr("Edit"))
        self.setUsesScrollButtons(False)
        self.set_usable(False)

    def set_usable(self, on: bool) -> None:
        """Whether there is a scene, and nothing is being worked out."""
        self.select.setEnabled(on)
        self.edit.setEnabled(on)


def _scrolled(widget: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows what has the keyboard in it
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
    area.setWidget(widget)
    return area
