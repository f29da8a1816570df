"""The viewer with what belongs below it: strips and bars that come and go with what is looked at."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget


class ViewerColumn(QWidget):
    """The viewer takes the room; whatever is put below it decides itself whether it is shown."""

    def __init__(self, viewer: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        self._layout.addWidget(viewer, 1)

    def put_below(self, widget: QWidget) -> None:
        """Show this below everything else."""
        self._layout.addWidget(widget)
