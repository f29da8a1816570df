"""The pane that shows a scene: it draws what comes from the render thread, and asks for more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora_desktop.scene.drawing import Look
from restora_desktop.scene.keys import PaneKeys
from restora_desktop.scene.marks import Marks, draw_marks
from restora_desktop.scene.mouse import Hand, PaneMouse
from restora_desktop.scene.navigator import Navigator
from restora_desktop.scene.pane_texts import draw_names, draw_statistics
from restora_desktop.scene.quality import REST_MS
from restora_desktop.scene.render_worker import RenderThread
from restora_desktop.scene.side import SceneSide
from restora_desktop.viewer.pane import SURROUND
from restora_desktop.viewer.wipe_handle import WipeHandle

if TYPE_CHECKING:
    from restora_desktop.scene.viewpoint import Vector


class ScenePane(QWidget):
    """Shows one scene, or two things from the same camera with a wipe between them.

    Mouse: left orbits, right or Shift+left pans, middle or Alt+drag dollies, Ctrl+left looks around, the
    wheel dollies, a double click makes the point under the pointer the pivot.
    Keys: W A S D, E, Q, arrows and Page Up/Down fly (Shift: faster); Ctrl+arrows orbit, Shift+arrows pan,
    Alt+arrows look around, + and - dolly, comma and full stop roll, Return makes the middle of the view the
    pivot.

    Signals:
        pointed: the scene's point under the pointer (an array), or None.
        inspected: where in the picture somebody clicked, as shares (x, y) of its size.
        rectangle_drawn: two corners (x0, y0, x1, y1) as shares of the picture, and the keyboard modifiers.
        sphere_drawn: the middle (an array), the radius, and the keyboard modifiers.
        failed: the exception that kept a picture from being drawn.
        drawn: another picture is on the screen.
    """

    pointed = Signal(object)
    inspected = Signal(float, float)
    rectangle_drawn = Signal(object, object)
    sphere_drawn = Signal(object, float, object)
    failed = Signal(object)
    drawn = Signal()

    def __init__(self, thread: RenderThread, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("scene_pane")
        self.setAccessibleName(self.tr("Scene"))
        self.navigator = Navigator(self)
        self.side, self.other = SceneSide(thread, self), SceneSide(thread, self)
        self.photo: QImage | None = None
        self.photo_title = ""
        self.look = Look()
        self.hand = Hand.ORBIT
        self.marks = Marks()
        self.has_statistics = True
        self._wipe: WipeHandle | None = None
        self._mouse = PaneMouse(self)
        self._keys = PaneKeys(self)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._draw_full)
        self.navigator.moved.connect(self._move)
        for side in (self.side, self.other):
            side.changed.connect(self._show)
            side.failed.connect(self.failed)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    # -- what is shown -------------------------------------------------------------------------------

    @property
    def is_settled(self) -> bool:
        """Whether the screen shows the full picture, and nothing better is on its way."""
        return not self._rest.isActive() and self.side.is_settled and self.other.is_settled

    @property
    def wipe(self) -> WipeHandle | None:
        """The handle between the two sides, while there is one."""
        return self._wipe

    def show_scene(self, scene: GaussianScene | None, title: str) -> None:
        """Show this scene; the view stays where it is."""
        self.side.set_scene(scene, title)
        self._move()

    def compare_scene(self, scene: GaussianScene | None, title: str = "") -> None:
        """Show a second scene from the same camera, right of a wipe; None ends that."""
        self.photo = None
        self.other.set_scene(scene, title)
        self._arrange_wipe()
        self._move()

    def compare_photo(self, photo: QImage | None, title: str = "") -> None:
        """Show a picture of the camera that the view stands at, right of a wipe; None ends that."""
        self.other.set_scene(None, "")
        self.photo, self.photo_title = photo, title
        self._arrange_wipe()
        self.update()

    def draw_again(self) -> None:
        """What draws is another one."""
        self._move()

    def set_look(self, look: Look) -> None:
        """Draw otherwise from now on."""
        if look != self.look:
            self.look = look
            self._move()

    def set_hand(self, hand: Hand) -> None:
        """What dragging does from now on; the pointer tells."""
        self.hand = hand
        self.setCursor(Qt.CursorShape.ArrowCursor if hand is Hand.ORBIT else Qt.CursorShape.CrossCursor)

    def set_marks(self, marks: Marks) -> None:
        """Draw these over the picture."""
        self.marks = marks
        self.update()

    def rest(self) -> None:
        """Ask for nothing any more, because nobody looks."""
        self._rest.stop()
        self._keys.stop()
        self.side.withdraw()
        self.other.withdraw()

    def picture_area(self) -> QRectF:
        """Where the picture lies, in Qt's coordinates: all of the pane, or the shape of a dataset camera."""
        ratio = self.devicePixelRatioF()
        camera = self.camera()
        width, height = camera.width / ratio, camera.height / ratio
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)

    def camera(self) -> Camera:
        """What the view is drawn from, in device pixels."""
        ratio = self.devicePixelRatioF()
        return self.navigator.camera_for(round(self.width() * ratio), round(self.height() * ratio))

    def share_at(self, place: QPointF) -> tuple[float, float]:
        """A place of the pane as shares of the picture's size."""
        area = self.picture_area()
        return (place.x() - area.x()) / area.width(), (place.y() - area.y()) / area.height()

    def point_at(self, place: QPointF) -> Vector | None:
        """The scene's point under a place of the pane."""
        return self.side.point_at(*self.share_at(place))

    # -- asking --------------------------------------------------------------------------------------

    @Slot()
    def _move(self) -> None:
        if self.isVisible():
            camera = self.camera()
            self.side.move_to(camera, self.look)
            self.other.move_to(camera, self.look)
            self._rest.start()
        self.update()

    @Slot()
    def _draw_full(self) -> None:
        if not self.isVisible() or self._keys.is_flying:
            return
        camera = self.camera()
        self.side.rest_at(camera, self.look)
        self.other.rest_at(camera, self.look)

    def pivot_in_the_middle(self) -> None:
        """What is in the middle of the view is orbited from now on."""
        point = self.side.point_at(0.5, 0.5)
        if point is not None:
            self.navigator.set_pivot(point)

    @Slot()
    def _show(self) -> None:
        self.update()
        self.drawn.emit()

    def _arrange_wipe(self) -> None:
        is_wanted = self.photo is not None or self.other.scene is not None
        if is_wanted and self._wipe is None:
            self._wipe = WipeHandle(Qt.Orientation.Horizontal, self)
            self._wipe.valueChanged.connect(self.update)
            self._wipe.show()
        elif not is_wanted and self._wipe is not None:
            self._wipe.leave()
            self._wipe = None

    # -- painting ------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The picture, or both sides of the wipe; marks, names and figures over it."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), SURROUND)
        area = self.picture_area()
        edge = self._edge()
        self._paint_side(painter, self.side.image, area, QRect(0, 0, edge, self.height()))
        if self._wipe is not None:
            image = self.photo if self.photo is not None else self.other.image
            self._paint_side(painter, image, area, QRect(edge, 0, self.width() - edge, self.height()))
        draw_marks(painter, self.marks, self.camera(), area)
        draw_names(painter, self)
        if self.has_statistics:
            draw_statistics(painter, self)
        if self.hasFocus():
            painter.setPen(self.palette().highlight().color())
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _edge(self) -> int:
        return self.width() if self._wipe is None else round(self.width() * self._wipe.share)

    def _paint_side(self, painter: QPainter, image: QImage | None, area: QRectF, clip: QRect) -> None:
        if image is None:
            return
        painter.save()
        painter.setClipRect(clip)
        is_smaller = image.width() < round(area.width() * self.devicePixelRatioF())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smaller)
        painter.drawImage(area, image)
        painter.restore()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A scene wants room."""
        return QSize(640, 480)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Small enough for a small screen."""
        return QSize(160, 120)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Another size needs another picture."""
        super().resizeEvent(event)
        if self._wipe is not None:
            self._wipe.place()
        self._move()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Somebody looks: draw."""
        super().showEvent(event)
        self._move()

    # -- mouse and keys ------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Nearer or farther."""
        self._mouse.turn_wheel(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Begin to move or to select."""
        self._mouse.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Move, select, or only tell what the pointer is over."""
        self._mouse.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """End moving or selecting; a click asks what is there."""
        self._mouse.release(event)
        self.set_hand(self.hand)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """The point under the pointer is orbited from now on."""
        point = self.point_at(event.position())
        if point is not None:
            self.navigator.set_pivot(point)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Nothing is pointed at any more."""
        super().leaveEvent(event)
        self.pointed.emit(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """A key that is let go elsewhere would never be seen."""
        super().focusOutEvent(event)
        self._keys.stop()
        self._rest.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Everything that the mouse can do."""
        if not self._keys.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Stop flying; the full picture comes when the view has rested."""
        if not self._keys.release(event):
            super().keyReleaseEvent(event)
        elif not self._keys.is_flying:
            self._rest.start()
