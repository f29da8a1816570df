"""What a scene is, and what lies under the place that was clicked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QColor, QIcon, QPixmap
from PySide6.QtWidgets import QFormLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from restora.data.item import Item
from restora.data.scene import GaussianScene
from restora.splats.contributions import Contribution
from restora_desktop.panels.action_button import ActionButton
from restora_desktop.panels.dimmed import Dimmed

_BYTES_PER_FLOAT = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inspected:
    """What lies under a place of the picture."""

    scene: GaussianScene
    found: tuple[Contribution, ...]


class InfoTab(QWidget):
    """Facts, the Gaussian that was clicked, and the ways to keep the scene.

    Signals:
        row_wanted: the row of a Gaussian that is to be selected.
    """

    row_wanted = Signal(int)

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: int | None = None
        self.facts = QFormLayout()
        self.heading = QLabel(self.tr("Under the pointer"))
        self.heading.setProperty("role", "heading")
        self.found = Dimmed()
        self.select = QPushButton(self.tr("Select this Gaussian"))
        self.select.clicked.connect(self._want_row)
        layout = QVBoxLayout(self)
        layout.addLayout(self.facts)
        for widget in (self.heading, self.found, self.select):
            layout.addWidget(widget)
        for action in actions:
            layout.addWidget(ActionButton(action))
        layout.addStretch(1)
        self.show_inspected(None)

    def show_scene(self, item: Item | None, scene: GaussianScene | None) -> None:
        """Tell what a scene is."""
        while self.facts.rowCount():
            self.facts.removeRow(0)
        if item is None or scene is None:
            self.facts.addRow(Dimmed(self.tr("No scene is shown.")))
            return
        for name, value in _facts(item, scene):
            label = QLabel(value)
            label.setWordWrap(True)
            self.facts.addRow(name, label)
        self.show_inspected(None)

    def show_inspected(self, inspected: Inspected | None) -> None:
        """Tell which Gaussian weighs most under a place."""
        self._row = None
        self.select.setVisible(False)
        if inspected is None:
            self.found.setText(self.tr("Click the scene to see which Gaussian is there."))
            return
        if not inspected.found:
            self.found.setText(self.tr("Nothing is there."))
            return
        heaviest = max(inspected.found, key=lambda each: each.weight)
        self._row = heaviest.row
        self.select.setVisible(True)
        self.select.setIcon(_swatch(heaviest.colour))
        self.found.setText(_told(inspected.scene, heaviest, len(inspected.found)))

    @Slot()
    def _want_row(self) -> None:
        if self._row is not None:
            self.row_wanted.emit(self._row)


def _facts(item: Item, scene: GaussianScene) -> list[tuple[str, str]]:
    numbers = 11 + scene.sh.shape[1] * 3 + len(scene.extra)
    size = scene.count * numbers * _BYTES_PER_FLOAT / 2**20
    facts = [
        ("Gaussians", f"{scene.count:,}"),
        ("Harmonics", f"degree {scene.degree}"),
        ("Memory", f"{size:,.1f} MiB"),
        ("Format", item.probe.format),
        ("Antialiased", "yes" if scene.is_antialiased else "no"),
        ("Cameras", f"{len(scene.cameras)}  {scene.cameras.source}".strip()),
    ]
    if scene.dropped:
        facts.append(("Left out", f"{scene.dropped:,} rows that were not finite"))
    if scene.extra:
        facts.append(("Further columns", ", ".join(scene.extra)))
    low, high = scene.means.min(axis=0), scene.means.max(axis=0)
    facts.append(
        ("Extent", "  ".join(f"{a} {b:.3g}…{c:.3g}" for a, b, c in zip("xyz", low, high, strict=True)))
    )
    return facts


def _told(scene: GaussianScene, heaviest: Contribution, count: int) -> str:
    row = heaviest.row
    place = ", ".join(f"{value:.4g}" for value in scene.means[row])
    sizes = " × ".join(f"{value:.3g}" for value in sorted(np.exp(scene.log_scales[row]), reverse=True))
    opacity = 1 / (1 + math.exp(-float(scene.logit_opacities[row])))
    colour = ", ".join(f"{value:.3f}" for value in heaviest.colour)
    return (
        f"Gaussian {row:,}: {heaviest.weight:.1%} of this pixel, {count} in all\n"
        f"at {place}, depth {heaviest.depth:.4g}\n"
        f"size {sizes}, opacity {opacity:.3f}\n"
        f"colour from here {colour}"
    )


def _swatch(colour: tuple[float, float, float]) -> QIcon:
    pixmap = QPixmap(16, 16)
    pixmap.fill(QColor.fromRgbF(*(min(max(value, 0.0), 1.0) for value in colour)))
    return QIcon(pixmap)
