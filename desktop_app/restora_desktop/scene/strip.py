"""The strip of cameras below a scene: a click stands at one of them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from restora.data.camera import Camera
from restora_desktop.panels.dimmed import Dimmed
from restora_desktop.scene.camera_list import CameraList, CameraRole, Picture
from restora_desktop.theme import colours

WIDTH: Final = 112
HEIGHT: Final = 74
_MARGIN: Final = 4
_TITLES: Final = {Picture.RENDER: "Renders", Picture.PHOTO: "Photos", Picture.FIXED: "Fixed"}


class CameraDelegate(QStyledItemDelegate):
    """A small picture over a name."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802, ARG002 - Qt's name and arguments
        """All of one size."""
        line = int(option.fontMetrics.height())
        return QSize(WIDTH + 2 * _MARGIN, HEIGHT + line + 3 * _MARGIN)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one camera."""
        theme, area = colours(), QRect(option.rect)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if is_selected:
            painter.fillRect(area, QColor(theme.selection))
        frame = QRect(area.left() + _MARGIN, area.top() + _MARGIN, WIDTH, HEIGHT)
        image = index.data(CameraRole.IMAGE)
        if isinstance(image, QImage):
            size = image.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect(QPoint(0, 0), size)
            place.moveCenter(frame.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, image)
        else:
            painter.fillRect(frame, QColor(theme.raised))
            painter.setPen(QColor(theme.dim_text))
            painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, str(index.data(CameraRole.NOTE) or "…"))
        painter.setPen(QColor(theme.selection_text if is_selected else theme.text))
        line = QRect(frame.left(), frame.bottom() + _MARGIN, WIDTH, painter.fontMetrics().height())
        name = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideMiddle, WIDTH)
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, name)
        painter.restore()


class CameraStrip(QWidget):
    """Shows a CameraList.

    Signals:
        chosen: the Camera that somebody wants to stand at.
    """

    chosen = Signal(object)

    def __init__(self, model: CameraList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("camera_strip")
        self._model = model
        self._make_list()
        self.source = QComboBox()
        self.source.setAccessibleName(self.tr("What the strip shows"))
        self.source.setToolTip(self.tr("What the strip shows of each camera"))
        for kind, title in _TITLES.items():
            self.source.addItem(self.tr(title), kind)
        self.source.activated.connect(self._show_kind)
        self.note = Dimmed()
        head = QHBoxLayout()
        head.addWidget(self.source)
        head.addWidget(self.note, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 0, 4, 4)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self.list)
        model.modelReset.connect(self._count)
        self._count()

    def _make_list(self) -> None:
        self.list = QListView()
        self.list.setObjectName("cameras")
        self.list.setAccessibleName(self.tr("Cameras of the scene"))
        self.list.setModel(self._model)
        self.list.setItemDelegate(CameraDelegate(self.list))
        self.list.setFlow(QListView.Flow.LeftToRight)
        self.list.setWrapping(False)
        self.list.setUniformItemSizes(True)
        self.list.setDragEnabled(True)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFixedHeight(HEIGHT + self.fontMetrics().height() + 5 * _MARGIN + 16)
        self.list.clicked.connect(self._choose)
        self.list.activated.connect(self._choose)

    def mark(self, camera: Camera | None) -> None:
        """Select the camera that the view stands at, or none."""
        row = self._model.row_of(camera)
        if row < 0:
            self.list.clearSelection()
            return
        index = self._model.index(row)
        self.list.setCurrentIndex(index)
        self.list.scrollTo(index)

    @Slot()
    def _count(self) -> None:
        cameras = self._model.cameras
        text = self.tr("{n} cameras").format(n=len(cameras))
        self.note.setText(f"{text} · {cameras.source}" if cameras.source else text)
        self.setVisible(len(cameras) > 0)

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        camera = self._model.camera(index.row())
        if camera is not None:
            self.chosen.emit(camera)

    @Slot()
    def _show_kind(self) -> None:
        self._model.set_shown(Picture(self.source.currentData()))  # Qt hands texts back as plain ones
