"""The only way from a lane's thread into the window: events become queued signals."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from restora.jobs.job import Event, Logged, Previewed, Progressed, StateChanged


class LaneBridge(QObject):
    """Hears every lane. Connect its signals only to methods of QObjects that live on the GUI thread.

    A lambda or a method of a plain class would be called on the lane's thread.

    Signals:
        state_changed: a StateChanged event.
        progressed: a Progressed event.
        previewed: a Previewed event; its array is shared and must not be written to.
        logged: a Logged event.
    """

    state_changed = Signal(object)
    progressed = Signal(object)
    previewed = Signal(object)
    logged = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_open = True

    def hear(self, event: Event) -> None:
        """Pass one event on; called by lanes on their threads."""
        if not self._is_open:
            return
        match event:
            case StateChanged():
                self.state_changed.emit(event)
            case Progressed():
                self.progressed.emit(event)
            case Previewed():
                self.previewed.emit(event)
            case Logged():
                self.logged.emit(event)

    def close(self) -> None:
        """Pass nothing on any more: the window is about to go."""
        self._is_open = False
