"""The tab with curves along a line, and their numbers as a table for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from restora_desktop.panels.curve_plot import CurvePlot
from restora_desktop.panels.dimmed import Dimmed
from restora_desktop.viewer.profile import Profile

_CHANNELS = {1: ("grey",), 3: ("red", "green", "blue"), 4: ("red", "green", "blue", "alpha")}
_TOLD_STYLES = ("solid", "dashed", "dotted", "dash-dot")


class CurvePanel(QWidget):
    """Shows profiles.

    Signals:
        csv_wanted: the text of a table is to be written to a file.
    """

    csv_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curve_panel")
        self._profiles: tuple[Profile, ...] = ()
        self.plot = CurvePlot()
        self.note = Dimmed()
        self.copy = QPushButton(self.tr("Copy"))
        self.copy.clicked.connect(self._copy)
        self.save = QPushButton(self.tr("Save as CSV…"))
        self.save.clicked.connect(self._save)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.copy)
        buttons.addWidget(self.save)
        column = QVBoxLayout(self)
        column.addWidget(self.plot, 1)
        column.addWidget(self.note)
        column.addLayout(buttons)
        self.show_profiles(())

    def show_profiles(self, profiles: Sequence[Profile]) -> None:
        """Draw these, the first solid."""
        self._profiles = tuple(profiles)
        self.plot.show_profiles(profiles)
        told = [
            f"{each.layer.name}: {style}" for each, style in zip(profiles, _TOLD_STYLES * 9, strict=False)
        ]
        hint = self.tr("Choose View > Draw line (L), then drag over the picture.")
        self.note.setText(", ".join(told) if told else hint)
        for button in (self.copy, self.save):
            button.setEnabled(bool(profiles))
            button.setToolTip("" if profiles else self.tr("Not now: no line is drawn."))

    def csv_text(self) -> str:
        """One line per place and picture; numbers as they are stored."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["picture", "x", "y", "distance", "channel", "value"])
        for each in self._profiles:
            names = _CHANNELS[each.values.shape[1]]
            for place, values in enumerate(each.values.tolist()):
                where = [f"{float(axis[place]):.6g}" for axis in (each.xs, each.ys, each.distances)]
                for name, value in zip(names, values, strict=True):
                    writer.writerow([each.layer.name, *where, name, repr(value)])
        return out.getvalue()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.csv_text())

    def _save(self) -> None:
        self.csv_wanted.emit(self.csv_text())
