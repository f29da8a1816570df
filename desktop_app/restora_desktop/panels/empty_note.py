"""The sentence that stands in a list while it is empty."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractItemView

from restora_desktop.panels.dimmed import Dimmed

_MARGIN = 12


class EmptyNote(Dimmed):
    """Covers the middle of a view as long as its model has no row."""

    def __init__(self, view: QAbstractItemView, text: str) -> None:
        super().__init__(text)
        self._view = view
        self.setParent(view.viewport())
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        view.viewport().installEventFilter(self)
        model = view.model()
        for signal in (model.rowsInserted, model.rowsRemoved, model.modelReset):
            signal.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show or hide."""
        self.setVisible(self._view.model().rowCount() == 0)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Follow the view's size."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        self.setGeometry(self._view.viewport().rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN))
