"""Videos as captures: all of their frames, where the kind is stated."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from restora.data.geometry import FrameWindow
from restora.data.kinds import Kind
from restora.errors import FileProblemError
from restora.io.captures import CaptureOptions, open_cube
from restora.io.opening import OpenOptions, open_item

FRAMES = 23


def written(path: Path, frames: np.ndarray, codec: str = "FFV1") -> Path:
    """FFV1 keeps every value, MJPG does not."""
    height, width = frames.shape[1:3]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), 30, (width, height))
    assert writer.isOpened()
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[..., ::-1]))
    writer.release()
    return path


def binary(channels: int = 1) -> np.ndarray:
    """Detections, shown as black and white."""
    rng = np.random.default_rng(1)
    return np.repeat(rng.integers(0, 2, (FRAMES, 16, 32, channels), np.uint8), 3 // channels, axis=3) * 255


def test_a_video_is_a_picture_unless_a_capture_is_stated(tmp_path: Path) -> None:
    path = written(tmp_path / "a.avi", binary())
    assert open_item(path).kind is Kind.IMAGE
    item = open_item(path, OpenOptions(kind=Kind.SPAD))
    assert (item.kind, item.probe.frames, item.probe.width, item.probe.height) == (Kind.SPAD, FRAMES, 32, 16)


def test_black_and_white_is_one_bit_and_any_window_can_be_summed(tmp_path: Path) -> None:
    frames = binary()
    cube = open_cube(written(tmp_path / "a.avi", frames))
    assert (cube.bits, cube.channels, cube.frames) == (1, 1, FRAMES)
    counts = frames[..., :1] // 255
    for start, stop in ((0, 1), (5, 9), (0, FRAMES), (FRAMES - 1, FRAMES)):
        np.testing.assert_array_equal(cube.reader.read(start, stop), counts[start:stop])
    np.testing.assert_array_equal(cube.total(FrameWindow(3, 17)), counts[3:20].sum(axis=0))


def test_coloured_frames_have_three_channels_in_their_order(tmp_path: Path) -> None:
    frames = binary(3)
    cube = open_cube(written(tmp_path / "a.mkv", frames))
    assert cube.channels == 3
    np.testing.assert_array_equal(cube.reader.read(2, 4), frames[2:4] // 255)


def test_counts_of_more_bits_are_taken_as_stated(tmp_path: Path) -> None:
    frames = np.repeat(np.random.default_rng(2).integers(0, 201, (5, 16, 32, 1), np.uint8), 3, axis=3)
    path = written(tmp_path / "a.avi", frames)
    with pytest.raises(FileProblemError, match="the most that a frame can hold does not follow"):
        open_cube(path)
    cube = open_cube(path, CaptureOptions.from_pairs({"bits": "8"}))
    np.testing.assert_array_equal(cube.reader.read(0, 5), frames[..., :1])


def test_lossy_compression_is_refused_where_it_changed_detections(tmp_path: Path) -> None:
    path = written(tmp_path / "a.avi", binary(), "MJPG")
    with pytest.raises(FileProblemError, match=r"neither counts of 1 bit\(s\) nor such counts scaled"):
        open_cube(path, CaptureOptions.from_pairs({"bits": "1"}))


def test_a_statement_that_contradicts_the_video_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.avi", binary())
    with pytest.raises(FileProblemError, match=f"frames is 22 as stated, but {FRAMES} in the file"):
        open_cube(path, CaptureOptions.from_pairs({"frames": "22"}))


def test_a_video_that_is_cut_off_gives_a_sentence(tmp_path: Path) -> None:
    path = written(tmp_path / "a.avi", binary())
    cube = open_cube(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(FileProblemError):
        cube.reader.read(0, FRAMES)
