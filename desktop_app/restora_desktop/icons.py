"""Restora's own icons, drawn in the colour of the text around them."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from restora.data.kinds import Kind

_SIZES = (16, 24, 32, 48)
_DISABLED_ALPHA = 0.35


def kind_icon_name(kind: Kind) -> str:
    """The icon that stands for a kind of data."""
    return {Kind.SPAD: "capture", Kind.SPLAT: "scene"}.get(kind, "picture")


def icon(name: str, colour: QColor | None = None) -> QIcon:
    """The icon of that name in `colour`, by default that of the window's text as it is now."""
    wanted = colour or QGuiApplication.palette().color(QPalette.ColorRole.WindowText)
    return _icon(name, wanted.name())


@lru_cache(maxsize=256)
def _icon(name: str, colour: str) -> QIcon:
    from PySide6.QtSvg import QSvgRenderer

    source = resources.files("restora_resources").joinpath("icons", f"{name}.svg").read_bytes()
    renderer = QSvgRenderer(QByteArray(source.replace(b"#000", colour.encode())))
    made = QIcon()
    for size in _SIZES:
        pixmap = QPixmap(QSize(size, size))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter)
        painter.end()
        made.addPixmap(pixmap)
        made.addPixmap(_faded(pixmap), QIcon.Mode.Disabled)
    return made


def _faded(pixmap: QPixmap) -> QPixmap:
    faded = QPixmap(pixmap.size())
    faded.fill(Qt.GlobalColor.transparent)
    painter = QPainter(faded)
    painter.setOpacity(_DISABLED_ALPHA)
    painter.drawPixmap(0, 0, pixmap)
    painter.end()
    return faded


class IconButton(QToolButton):
    """A button with an icon only; it has a name for screen readers and follows the theme."""

    def __init__(self, icon_name: str, name: str, tip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = icon_name
        self.setAccessibleName(name)
        self.setToolTip(tip or name)
        self.setAutoRaise(True)
        self.setIconSize(QSize(16, 16))
        self.setIcon(icon(icon_name))

    def show_icon(self, icon_name: str) -> None:
        """Another icon from now on."""
        self._icon_name = icon_name
        self.setIcon(icon(icon_name))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Follow the theme's colours."""
        if event.type() == QEvent.Type.PaletteChange:
            self.setIcon(icon(self._icon_name))
        super().changeEvent(event)


class Sign(QLabel):
    """An icon that is no button; it follows the theme."""

    def __init__(self, icon_name: str, side: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name, self._side = icon_name, side
        self._draw()

    def _draw(self) -> None:
        self.setPixmap(icon(self._icon_name).pixmap(self._side, self._side))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Follow the theme's colours."""
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()
        super().changeEvent(event)
