from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from restora.data.geometry import FrameWindow
from restora.data.kinds import Transfer
from restora.data.photon_cube import PhotonCube
from restora_desktop.viewer.background import Background
from restora_desktop.viewer.capture_pictures import DEAD, HOT, CapturePicture, CapturePictures, CaptureView


class Frames:
    def __init__(self, frames: np.ndarray) -> None:
        self.frames = frames

    def read(self, start: int, stop: int) -> np.ndarray:
        return self.frames[start:stop]


@pytest.fixture
def frames() -> np.ndarray:
    """600 binary frames, 12 x 16, a third of the pixels firing; one pixel always and one never."""
    found = (np.random.default_rng(0).random((600, 12, 16, 1)) < 0.33).astype(np.uint8)
    found[:, 5, 6], found[:, 8, 3] = 1, 0
    return found


@pytest.fixture
def cube(frames: np.ndarray) -> PhotonCube:
    return PhotonCube(reader=Frames(frames), frames=len(frames), height=12, width=16)


@pytest.fixture
def pictures(cube: PhotonCube, background: Background) -> CapturePictures:
    return CapturePictures(cube, background)


def picture(
    qtbot: QtBot, pictures: CapturePictures, window: FrameWindow, view: CaptureView
) -> CapturePicture:
    with qtbot.waitSignal(pictures.ready) as told:
        pictures.request(window, view)
    assert told.args is not None
    found: CapturePicture = told.args[0]
    assert (found.window, found.view, found.image.transfer) == (window, view, Transfer.LINEAR)
    return found


def test_counts_are_the_sums_over_exactly_the_window(
    qtbot: QtBot, pictures: CapturePictures, frames: np.ndarray
) -> None:
    for window in (FrameWindow(0, 600), FrameWindow(3, 500), FrameWindow(4, 500), FrameWindow(599, 1)):
        found = picture(qtbot, pictures, window, CaptureView.COUNT)
        np.testing.assert_array_equal(found.image.pixels, frames[window.start : window.stop].sum(axis=0))
        assert found.image.nominal_white == window.length


def test_a_binary_frame_is_the_first_of_the_window(
    qtbot: QtBot, pictures: CapturePictures, frames: np.ndarray
) -> None:
    found = picture(qtbot, pictures, FrameWindow(7, 100), CaptureView.BINARY)
    np.testing.assert_array_equal(found.image.pixels, frames[7])
    assert found.note == "frame 7"


def test_the_rate_undoes_saturation(qtbot: QtBot, pictures: CapturePictures) -> None:
    found = picture(qtbot, pictures, FrameWindow(0, 600), CaptureView.RATE)
    assert float(np.median(found.image.pixels)) == pytest.approx(-np.log(1 - 0.33), abs=0.03)
    assert np.isfinite(found.image.pixels).all()


def test_invalid_pixels_are_marked_and_counted(qtbot: QtBot, pictures: CapturePictures) -> None:
    found = picture(qtbot, pictures, FrameWindow(0, 600), CaptureView.INVALID)
    assert found.image.pixels[5, 6, 0] == HOT
    assert found.image.pixels[8, 3, 0] == DEAD
    assert found.note == "1 hot (1), 1 dead (0.5)"


def test_pixels_that_the_capture_itself_calls_bad_are_marked(
    qtbot: QtBot, cube: PhotonCube, background: Background
) -> None:
    bad = np.zeros((12, 16), bool)
    bad[0, 0] = True
    pictures = CapturePictures(replace(cube, bad_pixels=bad), background)
    found = picture(qtbot, pictures, FrameWindow(0, 600), CaptureView.INVALID)
    assert found.image.pixels[0, 0, 0] == HOT


def test_frames_that_do_not_exist_are_explained(qtbot: QtBot, pictures: CapturePictures) -> None:
    with qtbot.waitSignal(pictures.failed) as told:
        pictures.request(FrameWindow(590, 50), CaptureView.COUNT)
    assert told.args == ["frames 590 to 639 were asked for, but the capture has frames 0 to 599"]


def test_scrubbing_quickly_ends_with_the_last_window(qtbot: QtBot, pictures: CapturePictures) -> None:
    windows: list[FrameWindow] = []
    pictures.ready.connect(lambda found: windows.append(found.window))
    for start in range(100):
        pictures.request(FrameWindow(start, 300), CaptureView.COUNT)
    qtbot.waitUntil(lambda: windows[-1:] == [FrameWindow(99, 300)])
    assert len(windows) < 100
