from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from restora.errors import FileProblemError
from restora.io.opening import OpenOptions, open_item, probe


def test_a_video_states_its_frames_and_shows_the_first(place: Callable[[str], Path]) -> None:
    item = open_item(place("video.avi"))
    assert (item.probe.frames, item.probe.width, item.probe.height) == (12, 32, 16)
    assert any("12 frames" in warning for warning in item.probe.warnings)
    assert item.image().pixels.mean() * 255 == pytest.approx(0, abs=2)


@pytest.mark.parametrize("frame", [1, 7, 11])
def test_the_stated_frame_is_read(place: Callable[[str], Path], frame: int) -> None:
    item = open_item(place("video.avi"), OpenOptions(frame=frame))
    assert item.probe.warnings == ()
    assert item.image().pixels.mean() * 255 == pytest.approx(20 * frame, abs=2)


def test_a_frame_that_is_not_there_is_refused(place: Callable[[str], Path]) -> None:
    with pytest.raises(FileProblemError, match="frame 12 was asked for, but it has frames 0 to 11"):
        probe(place("video.avi"), OpenOptions(frame=12))


def test_a_damaged_video_is_refused_in_one_sentence(
    place: Callable[[str], Path], capfd: pytest.CaptureFixture[str]
) -> None:
    path = place("video.avi")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(FileProblemError, match="video"):
        open_item(path).data()
    assert capfd.readouterr().out == ""


def test_frames_are_counted_through_where_the_file_cannot_be_searched(
    place: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stubborn:
        def __init__(self, *arguments: object) -> None:
            self.real = real(*arguments)

        def set(self, what: int, value: float) -> bool:
            return value == 0 and self.real.set(what, value)

        def __getattr__(self, name: str) -> object:
            return getattr(self.real, name)

    real = cv2.VideoCapture
    monkeypatch.setattr(cv2, "VideoCapture", Stubborn)
    item = open_item(place("video.avi"), OpenOptions(frame=9))
    assert item.image().pixels.mean() * 255 == pytest.approx(180, abs=2)
