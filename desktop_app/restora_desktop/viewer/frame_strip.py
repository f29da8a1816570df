"""Choosing which frames of a capture are looked at."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSpinBox,
    QStyle,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from restora.data.geometry import FrameWindow
from restora_desktop.viewer.capture_pictures import CaptureView
from restora_desktop.viewer.frame_track import FrameTrack

_TICK_MS = 80
"""While playing: quick enough to look like a film, slow enough for sums of a thousand frames."""


class FrameStrip(QWidget):
    """A track with the window, its numbers, playing, and which view of the frames is shown.

    Signals:
        window_changed: the FrameWindow chosen by the user or reached by playing.
        view_chosen: the CaptureView.
    """

    window_changed = Signal(object)
    view_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("frame_strip")
        self.setAccessibleName(self.tr("Frames"))
        self._track = FrameTrack(self)
        self._track.window_changed.connect(self._take)
        self._play = QToolButton(self)
        self._play.setObjectName("play")
        self._play.setCheckable(True)
        self._play.toggled.connect(self._set_playing)
        self._start = self._spin_box("window_start", self.tr("First frame"), 0)
        self._start.valueChanged.connect(self._take_start)
        self._length = self._spin_box("window_length", self.tr("Number of frames"), 1)
        self._length.valueChanged.connect(self._take_length)
        self._view = QComboBox(self)
        self._view.setObjectName("capture_view")
        self._view.setAccessibleName(self.tr("What is shown"))
        self._view.setToolTip(self.tr("What is shown of the frames in the window"))
        for view in CaptureView:
            self._view.addItem(view.value, view)
        self._view.setCurrentIndex(list(CaptureView).index(CaptureView.COUNT))
        self._view.currentIndexChanged.connect(self._choose_view)
        self._total = QLabel(self)
        self._note = QLabel(self)
        self._note.setObjectName("light_level")
        self._note.setProperty("role", "dim")
        self._note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._advance)
        self._set_playing(False)
        self._lay_out()
        self.set_frames(1, FrameWindow(0, 1))

    @property
    def window_of_frames(self) -> FrameWindow:
        """The frames chosen."""
        return self._track.window_of_frames

    @property
    def view(self) -> CaptureView:
        """What is shown of them."""
        return list(CaptureView)[self._view.currentIndex()]

    @property
    def is_playing(self) -> bool:
        """Whether the window moves by itself."""
        return self._timer.isActive()

    def set_frames(self, count: int, window: FrameWindow) -> None:
        """Offer the frames of another capture."""
        self._play.setChecked(False)
        self._track.set_frames(count, window)
        self._total.setText(self.tr("of {:,}").format(count))
        self._show_numbers()

    def show_note(self, text: str, tip: str) -> None:
        """Tell about the frames in the window."""
        self._note.setText(text)
        self._note.setToolTip(tip)

    def set_window(self, window: FrameWindow) -> None:
        """Show another window without telling anybody."""
        self._track.set_window(window)
        self._show_numbers()

    def _spin_box(self, name: str, title: str, least: int) -> QSpinBox:
        box = QSpinBox(self)
        box.setObjectName(name)
        box.setAccessibleName(title)
        box.setToolTip(title)
        box.setMinimum(least)
        box.setKeyboardTracking(False)
        return box

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self._play)
        for title, widget in ((self.tr("from"), self._start), (self.tr("frames"), self._length)):
            label = QLabel(title, self)
            label.setBuddy(widget)
            row.addWidget(label)
            row.addWidget(widget)
        row.addWidget(self._total)
        row.addSpacing(8)
        row.addWidget(self._note, 1)
        row.addWidget(self._view)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(4)
        column.addWidget(self._track)
        column.addLayout(row)

    def _show_numbers(self) -> None:
        window, count = self._track.window_of_frames, self._track.count
        with QSignalBlocker(self._start), QSignalBlocker(self._length):
            self._start.setMaximum(count - 1)
            self._start.setValue(window.start)
            self._length.setMaximum(count)
            self._length.setValue(window.length)

    @Slot(object)
    def _take(self, window: FrameWindow) -> None:
        self._show_numbers()
        self.window_changed.emit(window)

    @Slot(int)
    def _take_start(self, start: int) -> None:
        # A window over all frames could not begin later at all unless it became shorter.
        self._track.choose(start, min(self._length.value(), self._track.count - start))

    @Slot(int)
    def _take_length(self, length: int) -> None:
        self._track.choose(self._start.value(), length)

    @Slot(bool)
    def _set_playing(self, on: bool) -> None:
        style = QStyle.StandardPixmap.SP_MediaPause if on else QStyle.StandardPixmap.SP_MediaPlay
        title = self.tr("Pause") if on else self.tr("Play: move the window on by its length, over and over")
        self._play.setIcon(self.style().standardIcon(style))
        self._play.setAccessibleName(self.tr("Pause") if on else self.tr("Play"))
        self._play.setToolTip(title)
        if on:
            self._timer.start()
        else:
            self._timer.stop()

    @Slot()
    def _advance(self) -> None:
        window, count = self._track.window_of_frames, self._track.count
        start = window.stop if window.stop + window.length <= count else 0
        self._track.choose(start, window.length)

    @Slot()
    def _choose_view(self) -> None:
        self.view_chosen.emit(self.view)
