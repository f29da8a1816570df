"""How many seeds to try."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from restora_desktop.dialogs.heading import Heading
from restora_desktop.panels.dimmed import Dimmed

_MOST = 64


class SeedsDialog(QDialog):
    """Asks how many; `seeds` is the answer."""

    def __init__(self, first: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("seeds_dialog")
        self.setWindowTitle(self.tr("Seeds"))
        self._first = first
        self.count = QSpinBox()
        self.count.setRange(2, _MOST)
        self.count.setValue(4)
        form = QFormLayout()
        form.addRow(self.tr("How many"), self.count)
        form.addRow(self.tr("From"), QLabel(str(first)))
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText(self.tr("Run"))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(Heading(self.windowTitle()))
        layout.addWidget(
            Dimmed(
                self.tr(
                    "One result per seed. Where they differ, the data did not decide what is there: "
                    "see Tools > Spread over seeds."
                )
            )
        )
        layout.addLayout(form)
        layout.addWidget(buttons)

    def seeds(self) -> tuple[int, ...]:
        """The seeds, one after the other."""
        return tuple(range(self._first, self._first + self.count.value()))
