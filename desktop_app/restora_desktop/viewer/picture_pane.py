"""A pane that shows pictures: one, or two divided by a wipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QWidget

from restora_desktop.viewer.background import Background
from restora_desktop.viewer.layer_canvas import LayerCanvas
from restora_desktop.viewer.levels import Look
from restora_desktop.viewer.overlays import RULER_SIDE, draw_tag, shortened, tag_width
from restora_desktop.viewer.pane import Pane
from restora_desktop.viewer.picture_source import PictureSource
from restora_desktop.viewer.pixel_values import PixelValues
from restora_desktop.viewer.view_state import ViewState
from restora_desktop.viewer.viewport import Viewport
from restora_desktop.viewer.wipe_handle import WipeHandle

_GAP = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """One picture on a pane."""

    letter: str
    """A, B, …; empty where there is nothing to tell apart."""
    source: PictureSource
    look: Look | None = None
    """How it is drawn whatever the levels say; for pictures that explain their own colours."""
    note: str = ""
    """Said after the name."""

    @property
    def title(self) -> str:
        """What is written over it."""
        return "  ".join(part for part in (self.letter, self.source.layer.name, self.note) if part)


class PicturePane(Pane):
    """Shows the picture in front, or the first two with a wipe between them.

    Signals:
        failed: a sentence about a picture that cannot be drawn.
    """

    failed = Signal(str)

    def __init__(self, state: ViewState, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(state, background, parent)
        self._shown: tuple[Shown, ...] = ()
        self._canvases: dict[PictureSource, LayerCanvas] = {}
        self._front = 0
        self._trouble = ""
        self.placeholder = ""
        self._wipe: WipeHandle | None = None
        self._values = PixelValues(background, self)
        self._values.changed.connect(self.redraw)
        self.has_values = True

    @property
    def is_settled(self) -> bool:
        """Whether everything on it is as good as it gets."""
        works = self._values.is_busy or any(canvas.is_busy for canvas in self._canvases.values())
        return super().is_settled and not works

    @property
    def canvases(self) -> tuple[LayerCanvas, ...]:
        """What draws its pictures, in their order."""
        return tuple(self._canvases[entry.source] for entry in self._shown)

    @property
    def shown(self) -> tuple[Shown, ...]:
        """Its pictures."""
        return self._shown

    @property
    def front(self) -> int:
        """Index of the picture in front."""
        return self._front

    @property
    def wipe(self) -> WipeHandle | None:
        """The handle, while there is one."""
        return self._wipe

    def show_pictures(self, shown: Sequence[Shown]) -> None:
        """Show these instead; pixels of pictures that stay are kept."""
        self._shown = tuple(shown)
        sources = {entry.source for entry in shown}
        gone = {source.layer.key: source for source in self._canvases if source not in sources}
        for source in sources - self._canvases.keys():
            canvas = LayerCanvas(source, self.background, self)
            canvas.changed.connect(self._improve)
            canvas.failed.connect(self._report)
            if source.layer.key in gone:  # the same row with another picture: nothing flickers
                canvas.inherit(self._canvases[gone[source.layer.key]])
            self._canvases[source] = canvas
        for source in [source for source in self._canvases if source not in sources]:
            self._canvases.pop(source).dispose()
        self._trouble = ""
        self.set_front(self._front)

    def set_front(self, index: int) -> None:
        """Show another one of its pictures."""
        self._front = min(max(index, 0), max(0, len(self._shown) - 1))
        self.setAccessibleName(self.tr("Picture: {}").format(", ".join(entry.title for entry in self.shown)))
        self.redraw()

    def set_wipe(self, orientation: Qt.Orientation | None) -> None:
        """Divide the pane between its first two pictures by a handle that moves this way, or not at all."""
        if orientation is None:
            if self._wipe is not None:
                self._wipe.leave()
                self._wipe = None
        elif self._wipe is None:
            self._wipe = WipeHandle(orientation, self)
            self._wipe.valueChanged.connect(self.redraw)
            self._wipe.show()
        else:
            self._wipe.turn(orientation)
        self.redraw()

    def step(self, dx: int, dy: int, modifiers: Qt.KeyboardModifier) -> None:
        """Arrow keys along the wipe move it; others do what they do in every pane."""
        wipe = self._wipe
        along = 0 if wipe is None else dx if wipe.orientation() is Qt.Orientation.Horizontal else dy
        if wipe is not None and along and not modifiers:
            wipe.setValue(wipe.value() + along * wipe.singleStep())
        else:
            super().step(dx, dy, modifiers)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The handle keeps its share."""
        super().resizeEvent(event)
        if self._wipe is not None:
            self._wipe.place()

    def paint_scene(self, painter: QPainter, viewport: Viewport) -> None:
        """The picture in front, or both sides of the wipe."""
        for entry, clip in self._parts(viewport.width, viewport.height):
            painter.save()
            painter.setClipRect(clip)
            look = self._look(entry)
            self._canvases[entry.source].draw(painter, viewport, look)
            painter.restore()
        if self.has_values and self._shown:
            self._values.draw(painter, viewport, self._parts(viewport.width, viewport.height))

    def paint_names(self, painter: QPainter) -> None:
        """Each name in the corner of its own side."""
        inset = RULER_SIDE if self.has_rulers else 0
        left, top = float(_GAP + inset), float(_GAP + inset)
        for number, (entry, clip) in enumerate(self._parts(self.width(), self.height())):
            title = shortened(painter, entry.title, self.width() - left - _GAP)
            if self._wipe is None or number == 0:
                corner = QPointF(left, top)
            elif self._wipe.orientation() is Qt.Orientation.Horizontal:
                corner = QPointF(self.width() - _GAP - tag_width(painter, title, bold=True), top)
            else:
                corner = QPointF(left, self.height() - _GAP - painter.fontMetrics().height() - 6)
            painter.setClipRect(clip)
            draw_tag(painter, corner, title, bold=True)
        painter.setClipping(False)
        if self.placeholder and not self._shown:
            draw_tag(painter, QPointF(left, top), self.placeholder)
        if self._trouble:
            draw_tag(painter, QPointF(left, top + 40), self._trouble)

    def _look(self, entry: Shown) -> Look:
        if entry.look is not None:
            return entry.look
        layer = entry.source.layer
        return self.state.look(layer.key, layer.image.channels)

    def _parts(self, width: int, height: int) -> list[tuple[Shown, QRect]]:
        """Which picture fills which part of a pane of that size."""
        if self._wipe is None or len(self._shown) < 2:
            return [
                (entry, QRect(0, 0, width, height)) for entry in self._shown[self._front : self._front + 1]
            ]
        first, second = self._shown[:2]
        if self._wipe.orientation() is Qt.Orientation.Horizontal:
            edge = round(width * self._wipe.share)
            return [(first, QRect(0, 0, edge, height)), (second, QRect(edge, 0, width - edge, height))]
        edge = round(height * self._wipe.share)
        return [(first, QRect(0, 0, width, edge)), (second, QRect(0, edge, width, height - edge))]

    @Slot()
    def _improve(self) -> None:
        self._trouble = ""
        self.redraw()

    @Slot(object)
    def _report(self, error: object) -> None:
        text = self.tr("This picture cannot be drawn: {}").format(error)
        # Drawing again would ask for the same pixels again, without end.
        if text != self._trouble:
            self._trouble = text
            self.failed.emit(text)
            self.redraw()
