from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from restora.data.geometry import FrameWindow
from restora.data.photon_cube import PhotonCube
from restora.errors import BadInputError
from restora.io.captures import CaptureOptions, open_cube
from restora.io.captures.blocks import BLOCK_FRAMES, WindowSums
from restora.io.captures.packed_sums import BitCounter


@settings(deadline=None, max_examples=50)
@given(
    frames=st.integers(0, 300), rows=st.integers(1, 5), size=st.integers(1, 20), seed=st.integers(0, 2**32)
)
def test_counters_count_every_bit(frames: int, rows: int, size: int, seed: int) -> None:
    packed = np.random.default_rng(seed).integers(0, 256, (frames, rows, size), dtype=np.uint8)
    counter = BitCounter((rows, size))
    for part in np.array_split(packed, 3):
        counter.add(part)
    total = np.zeros((rows, size * 8), np.uint32)
    for weight, plane in enumerate(counter.planes()):
        total += np.unpackbits(plane, axis=1).astype(np.uint32) << np.uint32(weight)
    assert_array_equal(total, np.unpackbits(packed, axis=2).sum(axis=0))


def test_counters_stay_small_over_many_batches() -> None:
    counter = BitCounter((1, 8))
    ones = np.full((3, 1, 8), 255, np.uint8)
    for _ in range(500):
        counter.add(ones)
    assert len(counter.planes()) == (1500).bit_length()
    assert sum(int(plane[0, 0] & 1) << weight for weight, plane in enumerate(counter.planes())) == 1500


class CountingReader:
    """Passes everything on and counts the frames it was asked for."""

    def __init__(self, cube: PhotonCube) -> None:
        self.inner = cube.reader
        self.frames_read = 0

    def read(self, start: int, stop: int) -> np.ndarray:
        self.frames_read += stop - start
        return np.asarray(self.inner.read(start, stop))


@pytest.fixture
def frames() -> np.ndarray:
    return (np.random.default_rng(1).random((1500, 6, 16)) < 0.3).astype(np.uint8)


@pytest.fixture
def cube(frames: np.ndarray, tmp_path: Path) -> PhotonCube:
    np.save(tmp_path / "a.npy", np.packbits(frames, axis=2))
    return open_cube(tmp_path / "a.npy", CaptureOptions.from_pairs({"packing": "width"}))


@settings(deadline=None, max_examples=30)
@given(
    windows=st.lists(
        st.tuples(st.integers(0, 899), st.integers(1, 600)).map(lambda pair: FrameWindow(*pair)),
        min_size=1,
        max_size=6,
    )
)
def test_any_path_of_windows_gives_the_direct_sums(windows: list[FrameWindow]) -> None:
    stack = (np.random.default_rng(2).random((1500, 2, 3, 1)) < 0.5).astype(np.uint8)

    class Stack:
        def read(self, start: int, stop: int) -> np.ndarray:
            return stack[start:stop]

    cube = PhotonCube(reader=Stack(), frames=1500, height=2, width=3)
    sums = WindowSums(cube)
    for window in windows:
        for start in (window.start, window.start + 1):
            found = sums.total(FrameWindow(start, window.length))
            assert_array_equal(found, stack[start : start + window.length].sum(axis=0))


def test_sliding_by_a_frame_reads_two_frames(cube: PhotonCube) -> None:
    reader = CountingReader(cube)
    sums = WindowSums(replace(cube, reader=reader))
    sums.total(FrameWindow(0, 1200))
    reader.frames_read = 0
    sums.total(FrameWindow(1, 1200))
    assert reader.frames_read == 2


def test_jumping_reads_no_whole_block_twice(cube: PhotonCube, frames: np.ndarray) -> None:
    reader = CountingReader(cube)
    sums = WindowSums(replace(cube, reader=reader))
    sums.total(FrameWindow(0, 1500))
    reader.frames_read = 0
    found = sums.total(FrameWindow(300, 1150))
    assert_array_equal(found[..., 0], frames[300:1450].sum(axis=0))
    assert reader.frames_read < 2 * BLOCK_FRAMES


def test_a_small_cache_forgets_and_stays_right(cube: PhotonCube, frames: np.ndarray) -> None:
    sums = WindowSums(cube, cache_bytes=1)
    for window in (FrameWindow(0, 1500), FrameWindow(700, 10), FrameWindow(0, 1500)):
        expected = frames[window.start : window.stop].sum(axis=0)
        assert_array_equal(sums.total(window)[..., 0], expected)
    assert len(sums._blocks) == 1


def test_what_a_caller_does_to_a_sum_does_not_come_back(cube: PhotonCube) -> None:
    sums = WindowSums(cube)
    first = sums.total(FrameWindow(0, 600))
    kept = first.copy()
    first[:] = 7
    assert_array_equal(sums.total(FrameWindow(0, 600)), kept)


def test_windows_outside_are_refused_with_the_frames_there_are(cube: PhotonCube) -> None:
    with pytest.raises(BadInputError, match="has frames 0 to 1499"):
        WindowSums(cube).total(FrameWindow(1000, 600))
