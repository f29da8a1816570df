"""Further pictures of a result: laid over it as a map, or opened beside it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QSlider, QWidget

_USUAL_PERCENT = 55


class MapBar(QWidget):
    """Offers the further pictures by name.

    Signals:
        chosen: the name of the picture to lay over, or an empty text for none.
        opacity_changed: how much of it is seen, 0..1.
        open_wanted: the name of the picture to open as an item of its own.
    """

    chosen = Signal(str)
    opacity_changed = Signal(float)
    open_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("map_bar")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        label = QLabel(self.tr("Further pictures"))
        self.names = QComboBox()
        self.names.setObjectName("map_names")
        self.names.setAccessibleName(self.tr("Picture to lay over"))
        self.names.setToolTip(self.tr("Lay a further picture of this result over it"))
        self.names.currentIndexChanged.connect(self._choose)
        label.setBuddy(self.names)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(5, 100)
        self.opacity.setValue(_USUAL_PERCENT)
        self.opacity.setAccessibleName(self.tr("Opacity"))
        self.opacity.setToolTip(self.tr("How much of it is seen"))
        self.opacity.valueChanged.connect(self._tell_opacity)
        self.open = QPushButton(self.tr("Open beside"))
        self.open.setObjectName("open_map")
        self.open.clicked.connect(self._want_open)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 4, 6, 4)
        row.addWidget(label)
        row.addWidget(self.names, 1)
        row.addWidget(self.opacity, 1)
        row.addWidget(self.open)
        self.hide()

    @property
    def name(self) -> str:
        """What is chosen; empty for nothing."""
        return str(self.names.currentData() or "")

    @property
    def share(self) -> float:
        """How much of it is seen."""
        return self.opacity.value() / 100

    def show_names(self, names: Sequence[str], chosen: str) -> None:
        """Offer these without telling anybody; hides where there are none."""
        with QSignalBlocker(self.names):
            self.names.clear()
            self.names.addItem(self.tr("None laid over"), "")
            for name in names:
                self.names.addItem(name[:1].upper() + name[1:], name)
            self.names.setCurrentIndex(max(0, self.names.findData(chosen)))
        self.setVisible(bool(names))
        self._refresh()

    def _refresh(self) -> None:
        has_one = bool(self.name)
        self.opacity.setEnabled(has_one)
        self.open.setEnabled(has_one)
        tip = self.tr("Open it as an item of its own, to compare or to export it")
        self.open.setToolTip(tip if has_one else f"{tip}\n" + self.tr("Not now: none is chosen."))

    def _choose(self) -> None:
        self._refresh()
        self.chosen.emit(self.name)

    def _tell_opacity(self) -> None:
        self.opacity_changed.emit(self.share)

    def _want_open(self) -> None:
        self.open_wanted.emit(self.name)
