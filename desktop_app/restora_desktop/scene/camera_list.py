"""The cameras of a scene as a list, with small pictures that are made when they are first seen."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum, StrEnum

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QImage

from restora.data.camera import Camera, CameraSet

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_DRAGGED = "application/x-restora-camera"


def dragged_camera(data: QMimeData) -> int | None:
    """The row of the camera that is dragged; None where it is something else."""
    text = bytes(data.data(_DRAGGED).data()) if data.hasFormat(_DRAGGED) else b""
    return int(text) if text.isdigit() else None


class Picture(StrEnum):
    """What a row can show."""

    RENDER = "render"
    PHOTO = "photo"
    FIXED = "fixed"


class CameraRole(IntEnum):
    """Roles beyond Qt's own."""

    CAMERA = Qt.ItemDataRole.UserRole + 1
    IMAGE = Qt.ItemDataRole.UserRole + 2
    NOTE = Qt.ItemDataRole.UserRole + 3


class CameraList(QAbstractListModel):
    """One row per camera.

    Signals:
        wanted: the row and the Picture that somebody looks at and that is not there yet.
    """

    wanted = Signal(int, object)

    def __init__(self, owner: QObject | None = None) -> None:
        super().__init__(owner)
        self._cameras = CameraSet()
        self._images: dict[tuple[int, Picture], QImage | None] = {}
        self._asked: set[tuple[int, Picture]] = set()
        self._shown = Picture.RENDER

    @property
    def cameras(self) -> CameraSet:
        """Of the scene that is shown."""
        return self._cameras

    @property
    def shown(self) -> Picture:
        """What the rows show."""
        return self._shown

    def set_cameras(self, cameras: CameraSet) -> None:
        """Of another scene."""
        self.beginResetModel()
        self._cameras = cameras
        self._images, self._asked = {}, set()
        self.endResetModel()

    def set_shown(self, shown: Picture) -> None:
        """Show another kind of picture in all rows."""
        self._shown = shown
        self._tell_all()

    def set_image(self, row: int, kind: Picture, image: QImage | None) -> None:
        """A small picture is there; None: there is none to be had."""
        self._images[row, kind] = image
        if row < len(self._cameras):
            index = self.index(row)
            self.dataChanged.emit(index, index)

    def forget_images(self, kind: Picture) -> None:
        """They are out of date; rows that are seen ask again."""
        self._images = {key: image for key, image in self._images.items() if key[1] is not kind}
        self._asked = {key for key in self._asked if key[1] is not kind}
        self._tell_all()

    def camera(self, row: int) -> Camera | None:
        """The camera of a row."""
        return self._cameras.cameras[row] if 0 <= row < len(self._cameras) else None

    def row_of(self, camera: Camera | None) -> int:
        """Its row, or -1."""
        return next((n for n, each in enumerate(self._cameras) if each is camera), -1)

    def _tell_all(self) -> None:
        if len(self._cameras):
            self.dataChanged.emit(self.index(0), self.index(len(self._cameras) - 1))

    def rowCount(self, parent: Index = _NO_INDEX) -> int:  # noqa: N802 - Qt's name
        """See Qt."""
        return 0 if parent.isValid() else len(self._cameras)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See Qt."""
        camera = self.camera(index.row())
        if not index.isValid() or camera is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return camera.name
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(camera)
            case CameraRole.CAMERA:
                return camera
            case CameraRole.IMAGE:
                return self._image(index.row())
            case CameraRole.NOTE:
                key = (index.row(), self._shown)
                return self._nothing() if key in self._images and self._images[key] is None else ""
        return None

    # -- dragging ------------------------------------------------------------------------------------

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Cameras can be dragged to where a photograph is wanted."""
        more = Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else Qt.ItemFlag.NoItemFlags
        return super().flags(index) | more

    def mimeTypes(self) -> list[str]:  # noqa: N802 - Qt's name
        """Cameras of this scene only."""
        return [_DRAGGED]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:  # noqa: N802 - Qt's name
        """Which camera is dragged: one at a time."""
        data = QMimeData()
        data.setData(_DRAGGED, str(indexes[0].row()).encode())
        return data

    def _image(self, row: int) -> QImage | None:
        key = (row, self._shown)
        if key not in self._images and key not in self._asked:
            self._asked.add(key)
            self.wanted.emit(row, self._shown)
        return self._images.get(key)

    def _nothing(self) -> str:
        return {Picture.PHOTO: "no photo", Picture.FIXED: "not fixed yet"}.get(self._shown, "not drawn")

    def _tip(self, camera: Camera) -> str:
        photo = self._cameras.picture_of(camera)
        lines = [camera.name, f"{camera.width} × {camera.height}"]
        lines.append(f"Photo: {photo.name}" if photo is not None else "Photo: none found")
        if camera.is_distorted:
            lines.append("Distorted lens: the photo is undistorted before it is compared")
        return "\n".join(lines)
