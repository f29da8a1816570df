"""The widgets beside the panes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QPushButton, QSpinBox, QToolButton
from pytestqt.qtbot import QtBot

from restora.data.geometry import FrameWindow
from restora.data.image import Image
from restora_desktop.viewer.background import Background
from restora_desktop.viewer.capture_pictures import CaptureView
from restora_desktop.viewer.frame_strip import FrameStrip
from restora_desktop.viewer.frame_track import FrameTrack
from restora_desktop.viewer.histogram_view import HistogramView
from restora_desktop.viewer.ladder import Ladder, Rung
from restora_desktop.viewer.layers import Layer
from restora_desktop.viewer.levels import Levels
from restora_desktop.viewer.track_handle import TrackHandle

Make = Callable[..., Image]
LEFT = Qt.MouseButton.LeftButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def strip(qtbot: QtBot) -> FrameStrip:
    widget = FrameStrip()
    qtbot.addWidget(widget)
    widget.resize(820, 90)
    widget.set_frames(1000, FrameWindow(100, 50))
    widget.show()
    return widget


@pytest.fixture
def track(strip: FrameStrip) -> FrameTrack:
    found = strip.findChild(FrameTrack)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("key", "modifier", "expected"),
    [
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, FrameWindow(101, 50)),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, FrameWindow(99, 50)),
        (Qt.Key.Key_Right, SHIFT, FrameWindow(150, 50)),
        (Qt.Key.Key_Left, SHIFT, FrameWindow(50, 50)),
        (Qt.Key.Key_Right, CONTROL, FrameWindow(100, 51)),
        (Qt.Key.Key_Left, CONTROL, FrameWindow(100, 49)),
        (Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier, FrameWindow(0, 50)),
        (Qt.Key.Key_End, Qt.KeyboardModifier.NoModifier, FrameWindow(950, 50)),
    ],
)
def test_keys_choose_the_window(
    qtbot: QtBot,
    strip: FrameStrip,
    track: FrameTrack,
    key: Qt.Key,
    modifier: Qt.KeyboardModifier,
    expected: FrameWindow,
) -> None:
    with qtbot.waitSignal(strip.window_changed) as told:
        qtbot.keyClick(track, key, modifier)
    assert told.args == [expected]
    assert strip.window_of_frames == expected
    assert strip.findChild(QSpinBox, "window_start").value() == expected.start
    assert strip.findChild(QSpinBox, "window_length").value() == expected.length


def test_the_window_never_leaves_the_capture(qtbot: QtBot, strip: FrameStrip, track: FrameTrack) -> None:
    strip.set_window(FrameWindow(990, 50))
    assert strip.window_of_frames == FrameWindow(950, 50)
    with qtbot.assertNotEmitted(strip.window_changed):
        qtbot.keyClick(track, Qt.Key.Key_Right)
    strip.set_window(FrameWindow(-5, 5000))
    assert strip.window_of_frames == FrameWindow(0, 1000)


def drag(qtbot: QtBot, track: FrameTrack, start: float, end: float) -> None:
    """In frames."""
    first, last = (QPoint(round(track._x_of(frame)), 20) for frame in (start, end))
    qtbot.mousePress(track, LEFT, pos=first)
    qtbot.mouseMove(track, last)
    qtbot.mouseRelease(track, LEFT, pos=last)


def test_dragging_the_bar_moves_it_and_dragging_an_edge_changes_its_length(
    qtbot: QtBot, strip: FrameStrip, track: FrameTrack
) -> None:
    strip.set_window(FrameWindow(200, 200))
    drag(qtbot, track, 300, 400)
    assert strip.window_of_frames.start == pytest.approx(300, abs=2)
    assert strip.window_of_frames.length == 200
    drag(qtbot, track, 300, 350)
    assert strip.window_of_frames.start == pytest.approx(350, abs=3)
    assert strip.window_of_frames.stop == pytest.approx(500, abs=3)
    drag(qtbot, track, 500, 700)
    assert strip.window_of_frames.stop == pytest.approx(700, abs=3)


def test_a_click_elsewhere_brings_the_window_there(
    qtbot: QtBot, strip: FrameStrip, track: FrameTrack
) -> None:
    qtbot.mouseClick(track, LEFT, pos=QPoint(round(track._x_of(800)), 20))
    assert strip.window_of_frames.start == pytest.approx(775, abs=2)
    assert strip.window_of_frames.length == 50


def test_typed_numbers_choose_the_window(qtbot: QtBot, strip: FrameStrip) -> None:
    with qtbot.waitSignal(strip.window_changed) as told:
        strip.findChild(QSpinBox, "window_length").setValue(10)
    assert told.args == [FrameWindow(100, 10)]


def test_a_window_over_all_frames_becomes_shorter_when_it_is_to_begin_later(strip: FrameStrip) -> None:
    strip.set_window(FrameWindow(0, 1000))
    strip.findChild(QSpinBox, "window_start").setValue(40)
    assert strip.window_of_frames == FrameWindow(40, 960)
    strip.findChild(QSpinBox, "window_length").setValue(16)
    assert strip.window_of_frames == FrameWindow(40, 16)


def test_playing_moves_on_by_one_window_and_begins_again_at_the_end(qtbot: QtBot, strip: FrameStrip) -> None:
    strip.set_window(FrameWindow(900, 50))
    with qtbot.waitSignals([strip.window_changed, strip.window_changed]):
        qtbot.mouseClick(strip.findChild(QToolButton, "play"), LEFT)
    assert strip.window_of_frames == FrameWindow(0, 50)
    qtbot.mouseClick(strip.findChild(QToolButton, "play"), LEFT)
    assert not strip.is_playing


def test_another_capture_stops_playing(qtbot: QtBot, strip: FrameStrip) -> None:
    strip.findChild(QToolButton, "play").setChecked(True)
    strip.set_frames(10, FrameWindow(0, 5))
    assert not strip.is_playing


def test_the_view_is_chosen(qtbot: QtBot, strip: FrameStrip) -> None:
    assert strip.view is CaptureView.COUNT
    box = strip.findChild(QComboBox, "capture_view")
    with qtbot.waitSignal(strip.view_chosen) as told:
        box.setCurrentText("rate")
    assert told.args == [CaptureView.RATE]


@pytest.fixture
def counted(qtbot: QtBot, background: Background, noise: Make) -> HistogramView:
    widget = HistogramView(background)
    qtbot.addWidget(widget)
    widget.resize(424, 160)
    widget.show()
    widget.show_layer(Layer.source("a", "a", noise(64, 64)))
    qtbot.waitUntil(lambda: widget.histogram is not None)
    return widget


def test_dragging_a_handle_tells_the_levels(qtbot: QtBot, counted: HistogramView) -> None:
    handle = counted.findChild(TrackHandle, "white_level")
    with qtbot.waitSignal(counted.levels_dragged) as told:
        qtbot.mousePress(handle, LEFT)
        qtbot.mouseMove(handle, handle.mapFrom(counted, counted.track().center()))
    qtbot.mouseRelease(handle, LEFT)
    assert told.args is not None
    assert told.args[0].white == pytest.approx(0.5, abs=0.01)
    assert told.args[0].black == 0


def test_handles_move_by_key(qtbot: QtBot, counted: HistogramView) -> None:
    handle = counted.findChild(TrackHandle, "black_level")
    assert handle.accessibleName() == "Black level"
    with qtbot.waitSignal(counted.levels_dragged) as told:
        qtbot.keyClick(handle, Qt.Key.Key_Right)
    assert told.args is not None
    assert told.args[0].black == pytest.approx(0.005, abs=1e-3)


def test_levels_set_from_outside_are_shown_and_not_told(qtbot: QtBot, counted: HistogramView) -> None:
    with qtbot.assertNotEmitted(counted.levels_dragged):
        counted.set_levels(Levels(black=-1.0, white=3.0))
    assert counted.findChild(TrackHandle, "black_level").value() == 0
    assert counted.findChild(TrackHandle, "white_level").value() == 10_000


def test_without_a_picture_the_histogram_says_so(qtbot: QtBot, counted: HistogramView) -> None:
    before = counted.grab().toImage()
    counted.show_layer(None)
    assert counted.histogram is None
    assert counted.grab().toImage() != before


def rungs(flat: Make) -> list[Rung]:
    return [Rung(label=f"{value:g}", value=value, image=flat(value)) for value in (0.1, 0.3, 0.5, 0.7)]


@pytest.fixture
def ladder(qtbot: QtBot, background: Background, flat: Make) -> Ladder:
    widget = Ladder(background)
    qtbot.addWidget(widget)
    widget.resize(900, 300)
    widget.show_rungs([*rungs(flat), Rung(label="0.9", value=0.9)], current=0.3)
    widget.show()
    qtbot.waitUntil(lambda: widget.is_settled)
    return widget


def test_each_rung_shows_its_picture_on_the_same_view(ladder: Ladder) -> None:
    middles = []
    for pane in ladder.panes[:4]:
        image = pane.grab().toImage()
        middles.append(image.pixelColor(image.rect().center()).red())
    assert middles == pytest.approx([value * 255 for value in (0.1, 0.3, 0.5, 0.7)], abs=1)
    assert {pane.state for pane in ladder.panes} == {ladder.state}


def test_a_click_on_the_picture_or_the_button_takes_the_value(qtbot: QtBot, ladder: Ladder) -> None:
    with qtbot.waitSignal(ladder.taken) as told:
        qtbot.mouseClick(ladder.panes[2], LEFT)
    assert told.args == [0.5]
    with qtbot.waitSignal(ladder.taken) as told:
        qtbot.mouseClick(ladder.findChild(QPushButton, "take_0"), LEFT)
    assert told.args == [0.1]


def test_what_cannot_be_taken_says_why(qtbot: QtBot, ladder: Ladder) -> None:
    current, waiting = (ladder.findChild(QPushButton, f"take_{number}") for number in (1, 4))
    assert (current.isEnabled(), current.toolTip()) == (False, "The value in use")
    assert (waiting.isEnabled(), waiting.toolTip()) == (False, "Still being computed")
    with qtbot.assertNotEmitted(ladder.taken):
        qtbot.mouseClick(ladder.panes[4], LEFT)


def test_fewer_rungs_leave_no_pane_behind(ladder: Ladder, flat: Make) -> None:
    ladder.show_rungs(rungs(flat)[:2])
    assert len(ladder.panes) == 2
    assert np.isfinite(ladder.state.scale)
