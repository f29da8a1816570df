"""Numbers written into pixels that are large enough, prepared off the GUI thread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from restora.data.arrays import ImageArray
from restora.data.geometry import Rect
from restora_desktop.viewer.background import Background, Latest, Token
from restora_desktop.viewer.layers import Layer, SceneRect
from restora_desktop.viewer.viewport import Viewport

if TYPE_CHECKING:
    from restora_desktop.viewer.picture_pane import Shown

LEAST_PIXEL = 24.0
"""Qt pixels per pixel of the picture from which numbers are written."""
_LARGEST_FONT = 15
_WIDTH_OF_DIGIT = 0.62
"""Of a digit in a fixed-width font, as a share of the font's size."""
_DIGITS = 5
_TEXT = QColor(255, 255, 255)
_INKS = (QColor(255, 170, 170), QColor(165, 255, 165), QColor(185, 200, 255), _TEXT)
"""Red, green, blue, alpha."""
_HALO = QColor(0, 0, 0, 140)
_CENTRED = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip
_LINE = 1.25
"""Of a line of text, as a share of the font's size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Which numbers are written where: equal pages look the same."""

    layer: Layer
    cell: float
    """Device pixels per pixel."""
    rect: Rect
    """The picture's own pixels."""
    ratio: float
    """Device pixels per Qt pixel: fonts grow with it."""
    clip: tuple[int, int, int, int]


class PixelValues(QObject):
    """Draws numbers over the pixels of a pane; while one moves, the last ones move along.

    Signals:
        changed: new numbers are there; draw again.
    """

    changed = Signal()

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pages: dict[_Page, QImage] = {}
        self._asked: tuple[_Page, ...] = ()
        self._work = Latest(background, self)
        self._work.ready.connect(self._take)

    @property
    def is_busy(self) -> bool:
        """Whether numbers are on their way."""
        return self._work.is_busy

    def draw(self, painter: QPainter, viewport: Viewport, parts: Sequence[tuple[Shown, QRect]]) -> None:
        """Draw in device pixels; asks for what is missing."""
        pages = tuple(
            page for shown, clip in parts if (page := _page(shown.source.layer, viewport, clip)) is not None
        )
        if set(pages) != self._pages.keys() and pages and not (self._work.is_busy and pages == self._asked):
            self._asked = pages
            self._work.request(lambda token: {page: _written(page, token) for page in pages})
        if not pages:
            return
        cells = {page.layer: page.cell for page in pages}
        for page, image in self._pages.items():
            if cells.get(page.layer) == page.cell:
                self._place(painter, viewport, page, image)

    def _place(self, painter: QPainter, viewport: Viewport, page: _Page, image: QImage) -> None:
        corner = viewport.to_device(_covered(page))
        painter.save()
        painter.setClipRect(QRect(*page.clip))
        painter.drawImage(QPointF(round(corner.x), round(corner.y)), image)
        painter.restore()

    @Slot(object)
    def _take(self, pages: dict[_Page, QImage]) -> None:
        self._pages = pages
        self.changed.emit()


def _page(layer: Layer, viewport: Viewport, clip: QRect) -> _Page | None:
    across, down = layer.image.width / layer.scene.width, layer.image.height / layer.scene.height
    cell, least = viewport.scale / across, LEAST_PIXEL * viewport.ratio
    if min(cell, viewport.scale / down) < least or abs(across - down) > across * 1e-6:
        return None
    left, top = viewport.to_scene(clip.x() / viewport.ratio, clip.y() / viewport.ratio)
    part = SceneRect(left, top, clip.width() / viewport.scale, clip.height() / viewport.scale)
    visible = part.intersected(layer.scene)
    if visible is None:
        return None
    inner = SceneRect(
        (visible.x - layer.scene.x) * across,
        (visible.y - layer.scene.y) * down,
        visible.width * across,
        visible.height * down,
    )
    rect = inner.whole_pixels()
    right, bottom = min(rect.right, layer.image.width), min(rect.bottom, layer.image.height)
    kept = Rect(rect.x, rect.y, right - rect.x, bottom - rect.y)
    return _Page(
        layer=layer,
        cell=cell,
        rect=kept,
        clip=(clip.x(), clip.y(), clip.width(), clip.height()),
        ratio=viewport.ratio,
    )


def _covered(page: _Page) -> SceneRect:
    layer = page.layer
    unit = layer.scene.width / layer.image.width
    x, y = layer.scene.x + page.rect.x * unit, layer.scene.y + page.rect.y * unit
    return SceneRect(x, y, page.rect.width * unit, page.rect.height * unit)


def _written(page: _Page, token: Token) -> QImage:
    pixels = page.layer.image.pixels[page.rect.rows, page.rect.columns]
    height, width, channels = pixels.shape
    image = QImage(
        round(width * page.cell), round(height * page.cell), QImage.Format.Format_ARGB32_Premultiplied
    )
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    try:
        font = QFont("DejaVu Sans Mono")
        font.setStyleHint(QFont.StyleHint.Monospace)
        fitting = min(page.cell / ((_DIGITS + 1) * _WIDTH_OF_DIGIT), page.cell / (channels * _LINE))
        font.setPixelSize(max(5, min(int(_LARGEST_FONT * page.ratio), int(fitting))))
        painter.setFont(font)
        for row in range(height):
            token.check()
            _write_row(painter, pixels[row], row * page.cell, page.cell)
    finally:
        painter.end()
    return image


def _write_row(painter: QPainter, pixels: ImageArray, top: float, cell: float) -> None:
    metrics = painter.fontMetrics()
    line, digit = metrics.height(), metrics.horizontalAdvance("0")
    inks = _INKS if pixels.shape[1] >= 3 else (_TEXT,)
    for column, values in enumerate(pixels.tolist()):
        texts = [brief(value) for value in values]
        width = min(cell, (max(map(len, texts)) + 1) * digit)
        left, first = (column + 0.5) * cell - width / 2, top + (cell - len(texts) * line) / 2
        painter.fillRect(QRectF(left, first, width, len(texts) * line), _HALO)
        for number, (text, ink) in enumerate(zip(texts, inks, strict=False)):
            painter.setPen(ink)
            painter.drawText(QRectF(left, first + number * line, width, line), _CENTRED, text)


def brief(value: float) -> str:
    """A number in at most five characters, as exactly as they allow."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{value:+}"
    if value == int(value) and abs(value) < 10 ** (_DIGITS - 1):
        return str(int(value))
    for digits in range(_DIGITS - 1, -1, -1):
        text = f"{value:.{digits}f}"
        if text.removeprefix("-").startswith("0."):
            text = text.replace("0.", ".", 1)
        if len(text) <= _DIGITS and float(text) != 0:
            return text
    return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
