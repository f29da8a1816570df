"""Numbers written into pixels that are large enough, prepared off the GUI thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from restora.data.arrays import ImageArray
from restora.data.geometry import Rect
from restora_desktop.viewer.background import Background, Latest, Token
from restora_desktop.viewer.layers import Layer, SceneRect
from restora_desktop.viewer.viewport import Viewport

if TYPE_CHECKING:
    from restora_desktop.viewer.picture_pane import Shown

LEAST_PIXEL = 24.0
"""Device pixels per pixel of the picture from which numbers are written."""
_LARGEST_FONT = 15
_WIDTH_OF_DIGIT = 0.62
"""Of a digit in a fixed-width font, as a share of the font's size."""
_DIGITS = 5
_TEXT = QColor(255, 255, 255)
_HALO = QColor(0, 0, 0, 150)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Which numbers are written where: equal pages look the same."""

    layer: Layer
    cell: float
    """Device pixels per pixel."""
    rect: Rect
    """The picture's own pixels."""
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
        for page, image in self._pages.items():
            if page.cell == pages[0].cell:
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
    cell = viewport.scale / across
    if min(cell, viewport.scale / down) < LEAST_PIXEL or abs(across - down) > across * 1e-6:
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
    kept = Rect(rect.x, rect.y, min(rect.right, layer.image.width) - rect.x, min(rect.bottom, layer.image.height) - rect.y)
    return _Page(layer=layer, cell=cell, rect=kept, clip=(clip.x(), clip.y(), clip.width(), clip.height()))


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
        fitting = min(page.cell / (_DIGITS * _WIDTH_OF_DIGIT), page.cell / (channels + 0.4))
        font.setPixelSize(max(5, min(_LARGEST_FONT, int(fitting))))
        painter.setFont(font)
        for row in range(height):
            token.check()
            _write_row(painter, pixels[row], row * page.cell, page.cell, font.pixelSize())
    finally:
        painter.end()
    return image


def _write_row(painter: QPainter, pixels: ImageArray, top: float, cell: float, line: int) -> None:
    numbers = pixels.tolist()
    height = len(numbers[0]) * line * 1.1
    for column, values in enumerate(numbers):
        text = "\n".join(brief(value) for value in values)
        box = QRectF(column * cell, top, cell, cell)
        middle = box.center()
        painter.fillRect(QRectF(box.x() + 1, middle.y() - height / 2, cell - 2, height), _HALO)
        painter.setPen(QPen(_TEXT))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, text)


def brief(value: float) -> str:
    """A number in at most five characters, as exactly as they allow."""
    if value != value:  # noqa: PLR0124 - the definition of NaN
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+inf" if value > 0 else "−inf"
    if value == int(value) and abs(value) < 10**_DIGITS:
        return str(int(value)).replace("-", "−")
    for digits in (4, 3, 2, 1, 0):
        text = f"{value:.{digits}f}".replace("-", "−")
        text = text.replace("0.", ".", 1) if text.lstrip("−").startswith("0.") else text
        if len(text) <= _DIGITS and float(text.replace("−", "-")) != 0:
            return text
    return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e").replace("-", "−")
