"""One layer with its pyramid, shared by all panes that show it."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, Signal, Slot

from restora.data.arrays import ImageArray
from restora_desktop.viewer.background import Background, Latest
from restora_desktop.viewer.layers import Layer
from restora_desktop.viewer.pyramid import Pyramid

_log = logging.getLogger("restora.desktop.viewer")


class PictureSource(QObject):
    """Builds the smaller versions of a layer's picture in the background, coarser and coarser.

    Signals:
        changed: another level is there.
    """

    changed = Signal()

    def __init__(self, layer: Layer, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.layer = layer
        self.pyramid = Pyramid(layer.image.pixels)
        self._builder = Latest(background, self, is_slow=True)
        self._builder.ready.connect(self._take)
        self._builder.failed.connect(self._give_up)
        self._build()

    def dispose(self) -> None:
        """Stop building; the source is no longer shown."""
        self._builder.withdraw()
        self.deleteLater()

    def _build(self) -> None:
        if not self.pyramid.is_complete:
            self._builder.request(self.pyramid.next_level)

    @Slot(object)
    def _take(self, level: ImageArray) -> None:
        self.pyramid.add(level)
        self._build()
        self.changed.emit()

    @Slot(object)
    def _give_up(self, error: object) -> None:
        # The picture stays visible, only grainier when it is small.
        _log.warning("%s: no smaller versions for display: %s", self.layer.name, error)
