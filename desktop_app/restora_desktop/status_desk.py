"""The line below the window: what is under the pointer, zoom, memory, jobs, problems."""

from __future__ import annotations

import psutil
from PySide6.QtCore import QObject, QTimer, Slot

from restora.jobs.wording import readable_memory
from restora_desktop.viewer.compare_view import CompareView
from restora_desktop.viewer.readout import Readout
from restora_desktop.window import MainWindow

_MEMORY_MS = 3000
_MIB = 2**20


class StatusDesk(QObject):
    """Keeps the labels true; `close` ends the looking at the memory."""

    def __init__(self, window: MainWindow, view: CompareView, parent: QObject) -> None:
        super().__init__(parent)
        self._window, self._view = window, view
        view.view_changed.connect(self.show_zoom)
        view.pointed.connect(self._show_pointer)
        window.jobs.activity_changed.connect(self._show_activity)
        window.banners.count_changed.connect(self._show_problems)
        self._timer = QTimer(self)
        self._timer.setInterval(_MEMORY_MS)
        self._timer.timeout.connect(self._show_memory)
        self._timer.start()
        self._show_memory()
        self._show_activity()

    def close(self) -> None:
        """Look no more."""
        self._timer.stop()

    @Slot()
    def show_zoom(self) -> None:
        """How large the picture in front is drawn."""
        has_picture = bool(self._view.layers)
        self._window.zoom_label.setText(f"{self._view.active_state.scale:.3g} ×" if has_picture else "")

    @Slot(object)
    def _show_pointer(self, readout: Readout | None) -> None:
        self._window.inspect_panel.pixel.show_readout(readout)
        readings = () if readout is None else readout.readings
        self._window.pointer_label.setText("   ".join(reading.text() for reading in readings[:2]))

    @Slot()
    def _show_activity(self) -> None:
        count = len(self._window.jobs.active())
        text = self.tr("1 job") if count == 1 else self.tr("{n} jobs").format(n=count)
        self._window.queue_label.setText(text if count else self.tr("idle"))

    @Slot(int)
    def _show_problems(self, count: int) -> None:
        self._window.problem_label.setText(f"⚠ {count}" if count else "")

    @Slot()
    def _show_memory(self) -> None:
        memory = psutil.virtual_memory()
        label = self._window.memory_label
        label.setText(self.tr("{m} free").format(m=readable_memory(memory.available / _MIB)))
        told = self.tr("Main memory: {free} free of {all}")
        label.setToolTip(
            told.format(
                free=readable_memory(memory.available / _MIB), all=readable_memory(memory.total / _MIB)
            )
        )
