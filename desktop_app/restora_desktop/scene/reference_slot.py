"""One reference of a render: a menu of photographs onto which another one can be dropped."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QComboBox, QWidget

from restora_desktop.scene.camera_list import dragged_camera


class ReferenceSlot(QComboBox):
    """Takes a camera of the strip, or one file.

    Signals:
        camera_dropped: the row of the camera among those of the scene.
        file_dropped: the Path of a file that may be a picture.
    """

    camera_dropped = Signal(int)
    file_dropped = Signal(object)

    def __init__(self, icon_size: QSize, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.setIconSize(icon_size)
        self.setStyleSheet(
            f"QComboBox {{ min-height: {icon_size.height() + 8}px; }}"
        )  # the theme has its own

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Welcome what can be a reference."""
        self._welcome(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802 - Qt's name
        """The same at every place of the slot."""
        self._welcome(event)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Tell what was dropped."""
        row, file = dragged_camera(event.mimeData()), _file_of(event.mimeData())
        if row is not None:
            self.camera_dropped.emit(row)
        elif file is not None:
            self.file_dropped.emit(file)
        else:
            return
        event.acceptProposedAction()

    def _welcome(self, event: QDragMoveEvent) -> None:
        data = event.mimeData()
        if dragged_camera(data) is not None or _file_of(data) is not None:
            event.acceptProposedAction()


def _file_of(data: QMimeData) -> Path | None:
    """The only file that is dragged."""
    urls = data.urls()
    return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
