"""The numbers under the pointer, of every picture on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from restora_desktop.panels.dimmed import Dimmed

if TYPE_CHECKING:
    from restora_desktop.viewer.readout import Readout


class PixelPanel(QWidget):
    """Keeps the last numbers, so that they can be copied after the pointer has left."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.last: Readout | None = None
        self._text = QLabel()
        self._text.setObjectName("pixel_values")
        self._text.setAccessibleName(self.tr("Values under the pointer"))
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.addWidget(self._text)
        layout.addWidget(Dimmed(self.tr("Stored numbers, not those of the screen. Ctrl+Alt+C copies them.")))
        layout.addStretch(1)
        self.show_readout(None)

    @Slot(object)
    def show_readout(self, readout: Readout | None) -> None:
        """Show what lies under the pointer; the last numbers stay when it leaves."""
        if readout is None or not readout.readings:
            if self.last is None:
                self._text.setText(self.tr("Point at the picture."))
            return
        self.last = readout
        self._text.setText("\n\n".join(_told(readout)))

    def copied_text(self) -> str:
        """The last numbers as text."""
        return "" if self.last is None else "\n".join(reading.text() for reading in self.last.readings)


def _told(readout: Readout) -> list[str]:
    blocks = []
    for reading in readout.readings:
        names = _CHANNELS.get(len(reading.values), tuple(str(n) for n in range(len(reading.values))))
        values = "\n".join(
            f"  {name}  {value:.6g}" for name, value in zip(names, reading.values, strict=True)
        )
        place = f"  {reading.column}, {reading.row}  {reading.transfer}"
        blocks.append(f"{reading.letter} {reading.name}\n{place}\n{values}".strip())
    return blocks


_CHANNELS = {1: ("grey",), 3: ("R", "G", "B"), 4: ("R", "G", "B", "A")}
