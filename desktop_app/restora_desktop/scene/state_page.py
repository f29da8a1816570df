"""What stands in the place of a scene that is not there: empty, being read, or why it cannot be shown."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from restora_desktop.panels.dimmed import Dimmed


class StatePage(QWidget):
    """A sentence, and while something is read a bar with a way out.

    Signals:
        cancelled: nobody wants to wait.
        retried: try to read it again.
    """

    cancelled = Signal()
    retried = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("scene_state")
        self.title = QLabel()
        self.title.setProperty("role", "title")
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title.setWordWrap(True)
        self.detail = Dimmed()
        self.detail.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.bar = QProgressBar()
        self.bar.setFormat("%p %")
        self.bar.setMaximumWidth(320)
        self.bar.setAccessibleName(self.tr("Reading"))
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.clicked.connect(self.cancelled)
        self.retry = QPushButton(self.tr("Try again"))
        self.retry.clicked.connect(self.retried)
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        layout.addWidget(self.title)
        layout.addWidget(self.detail)
        for widget in (self.bar, self.cancel, self.retry):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        self.show_empty()

    def show_empty(self) -> None:
        """Nothing is to be shown."""
        self._show(self.tr("No scene is shown"), self.tr("Select a scene in the list, or open one."))

    def show_reading(self, name: str, detail: str) -> None:
        """A scene is being read."""
        self.bar.setRange(0, 0)  # busy, until the reader says how far it is
        self._show(self.tr("Reading {name}…").format(name=name), detail, is_reading=True)

    def show_progress(self, percents: int) -> None:
        """So much of the scene is read."""
        self.bar.setRange(0, 100)
        self.bar.setValue(percents)

    def show_problem(self, sentence: str, advice: str) -> None:
        """A scene cannot be read, and why."""
        self._show(sentence, advice, can_retry=True)

    def show_cancelled(self, name: str) -> None:
        """Somebody did not want to wait."""
        self._show(self.tr("{name} was not read").format(name=name), "", can_retry=True)

    def _show(self, title: str, detail: str, *, is_reading: bool = False, can_retry: bool = False) -> None:
        self.title.setText(title)
        self.title.setAccessibleName(title)
        self.detail.setText(detail)
        self.bar.setVisible(is_reading)
        self.cancel.setVisible(is_reading)
        self.retry.setVisible(can_retry)
