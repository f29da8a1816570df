"""Draws one layer on one pane from the best pixels at hand, and asks for better ones."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QImage, QPainter

from restora.data.geometry import Rect
from restora_desktop.viewer.background import Background, Latest, Token
from restora_desktop.viewer.display import render
from restora_desktop.viewer.layers import SceneRect
from restora_desktop.viewer.levels import Look
from restora_desktop.viewer.picture_source import PictureSource
from restora_desktop.viewer.viewport import Viewport

LARGEST_SIDE = 4096
"""Pixels per side of anything handed to Qt at once."""
NEAREST_FROM = 2.0
"""Magnification from which pixels are drawn as squares."""
_SOFTENING = 0.15
"""How far (in powers of two) a smaller version may be magnified instead of shrinking the next larger one."""
_MARGIN = 0.12
"""Share of the visible side that is prepared beyond each edge, for panning."""
_LEAST_MARGIN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A rectangle of one level of the pyramid."""

    level: int
    rect: Rect

    def covers(self, other: _Part) -> bool:
        inner, outer = other.rect, self.rect
        fits_x = outer.x <= inner.x and inner.right <= outer.right
        return self.level == other.level and fits_x and outer.y <= inner.y and inner.bottom <= outer.bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What is to be made ready for drawing."""

    part: _Part
    look: Look | None
    """None for pixels of another picture."""
    is_built: bool
    """False where the level of the pyramid was still a grainy stand-in."""

    def answers(self, needed: _Part, look: Look, *, is_built: bool) -> bool:
        return self.look == look and self.is_built == is_built and self.part.covers(needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Patch:
    """Pixels ready to be drawn."""

    wish: _Wish
    image: QImage

    @property
    def part(self) -> _Part:
        return self.wish.part


class LayerCanvas(QObject):
    """Never computes on the GUI thread: draws what is there and repeats when better pixels have come.

    Signals:
        changed: better pixels are there; draw again.
        failed: the exception that kept pixels from being made.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, source: PictureSource, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.source = source
        self._patch: _Patch | None = None
        self._overview: _Patch | None = None
        self._detail_work = self._stream(background)
        self._detail_work.ready.connect(self._take_patch)
        self._overview_work = self._stream(background)
        self._overview_work.ready.connect(self._take_overview)
        self._asked: dict[Latest, _Wish] = {}
        source.changed.connect(self.changed)

    @property
    def is_busy(self) -> bool:
        """Whether better pixels are on their way."""
        return self._detail_work.is_busy or self._overview_work.is_busy

    @property
    def has_pixels(self) -> bool:
        """Whether there is anything to be drawn yet."""
        return self._patch is not None or self._overview is not None

    def inherit(self, other: LayerCanvas) -> None:
        """Show the pixels of another picture of the same size and place until there are own ones."""
        mine, theirs = self.source.layer, other.source.layer
        same_pixels = mine.image.pixels.shape[:2] == theirs.image.pixels.shape[:2]
        if same_pixels and mine.scene == theirs.scene:
            self._patch, self._overview = _outdated(other._patch), _outdated(other._overview)

    def dispose(self) -> None:
        """Ask for nothing any more."""
        self._detail_work.withdraw()
        self._overview_work.withdraw()
        self.deleteLater()

    def draw(self, painter: QPainter, viewport: Viewport, look: Look) -> None:
        """Draw in device pixels what of the layer lies in the viewport."""
        visible = viewport.visible.intersected(self.source.layer.scene)
        if visible is None:
            return
        wanted = self._wanted(viewport, visible)
        patch = self._patch
        is_covered = patch is not None and patch.part.covers(wanted)
        if not is_covered:
            # First, because it is small: something to see at once.
            self._draw_overview(painter, viewport, look)
        if patch is None or not is_covered or self._is_stale(patch, look):
            self._ask(self._detail_work, wanted, look)
        if patch is not None:
            self._draw_patch(painter, viewport, patch)

    def _stream(self, background: Background) -> Latest:
        stream = Latest(background, self)
        stream.failed.connect(self.failed)
        return stream

    def _is_stale(self, patch: _Patch, look: Look) -> bool:
        is_built = self.source.pyramid.is_built(patch.part.level)
        return patch.wish.look != look or patch.wish.is_built != is_built

    def _draw_overview(self, painter: QPainter, viewport: Viewport, look: Look) -> None:
        overview = self._overview
        if overview is None or self._is_stale(overview, look):
            level = self.source.pyramid.count - 1
            height, width = self._size(level)
            self._ask(self._overview_work, _Part(level=level, rect=Rect(0, 0, width, height)), look)
        if overview is not None:
            self._draw_patch(painter, viewport, overview)

    def _ask(self, stream: Latest, needed: _Part, look: Look) -> None:
        pyramid, image = self.source.pyramid, self.source.layer.image
        is_built = pyramid.is_built(needed.level)
        asked = self._asked.get(stream)
        if stream.is_busy and asked is not None and asked.answers(needed, look, is_built=is_built):
            return
        wish = _Wish(part=self._with_margin(needed), look=look, is_built=is_built)
        self._asked[stream] = wish
        pixels = pyramid.level(wish.part.level)[wish.part.rect.rows, wish.part.rect.columns]

        def work(token: Token) -> _Patch:
            token.check()
            words = render(pixels, look, image.transfer, image.nominal_white)
            height, width = words.shape
            drawn = QImage(words.data, width, height, 4 * width, QImage.Format.Format_RGB32)
            return _Patch(wish=wish, image=drawn)

        stream.request(work)

    @Slot(object)
    def _take_patch(self, patch: _Patch) -> None:
        self._patch = patch
        self.changed.emit()

    @Slot(object)
    def _take_overview(self, overview: _Patch) -> None:
        self._overview = overview
        self.changed.emit()

    def _size(self, level: int) -> tuple[int, int]:
        height, width = self.source.pyramid.level(level).shape[:2]
        return height, width

    def _density(self) -> tuple[float, float]:
        """Pixels of the picture per scene unit, across and down."""
        layer = self.source.layer
        return layer.image.width / layer.scene.width, layer.image.height / layer.scene.height

    def _wanted(self, viewport: Viewport, visible: SceneRect) -> _Part:
        magnification = viewport.scale / min(self._density())
        shrink = max(0, math.floor(-math.log2(magnification) + _SOFTENING))
        level = min(shrink, self.source.pyramid.count - 1)
        part = self._part(level, visible)
        while max(part.rect.width, part.rect.height) * (1 + 2 * _MARGIN) > LARGEST_SIDE:
            level += 1
            part = self._part(level, visible)
        return part

    def _part(self, level: int, visible: SceneRect) -> _Part:
        across, down = (density / 2**level for density in self._density())
        scene = self.source.layer.scene
        inner = SceneRect(
            (visible.x - scene.x) * across,
            (visible.y - scene.y) * down,
            visible.width * across,
            visible.height * down,
        )
        return _Part(level=level, rect=self._inside(inner.whole_pixels(), level))

    def _with_margin(self, part: _Part) -> _Part:
        rect = part.rect
        dx = max(_LEAST_MARGIN, int(rect.width * _MARGIN))
        dy = max(_LEAST_MARGIN, int(rect.height * _MARGIN))
        grown = Rect(rect.x - dx, rect.y - dy, rect.width + 2 * dx, rect.height + 2 * dy)
        return _Part(level=part.level, rect=self._inside(grown, part.level))

    def _inside(self, rect: Rect, level: int) -> Rect:
        height, width = self._size(level)
        x, y = min(max(rect.x, 0), width - 1), min(max(rect.y, 0), height - 1)
        return Rect(x, y, max(1, min(rect.right, width) - x), max(1, min(rect.bottom, height) - y))

    def _draw_patch(self, painter: QPainter, viewport: Viewport, patch: _Patch) -> None:
        across, down = (density / 2**patch.part.level for density in self._density())
        rect, layer = patch.part.rect, self.source.layer
        covered = SceneRect(
            layer.scene.x + rect.x / across,
            layer.scene.y + rect.y / down,
            rect.width / across,
            rect.height / down,
        )
        magnification = viewport.scale / min(across, down)
        is_smooth = magnification < NEAREST_FROM and magnification != 1
        painter.save()
        # The last pixel of a smaller version may reach beyond the picture's edge.
        painter.setClipRect(_rounded(viewport.to_device(layer.scene)), Qt.ClipOperation.IntersectClip)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
        painter.drawImage(_exact(viewport.to_device(covered)), patch.image)
        painter.restore()


def _outdated(patch: _Patch | None) -> _Patch | None:
    return None if patch is None else replace(patch, wish=replace(patch.wish, look=None))


def _exact(rect: SceneRect) -> QRectF:
    return QRectF(rect.x, rect.y, rect.width, rect.height)


def _rounded(rect: SceneRect) -> QRectF:
    left, top = round(rect.x), round(rect.y)
    return QRectF(left, top, round(rect.right) - left, round(rect.bottom) - top)
