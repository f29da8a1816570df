from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from restora.data.geometry import FrameWindow
from restora.data.image import Image
from restora.data.kinds import ColourFilter, Kind
from restora.data.photon_cube import Origin
from restora.errors import BadInputError
from restora.io.captures import CaptureOptions, open_cube
from restora.io.captures.writing import write_packed
from restora.io.opening import OpenOptions, open_item
from restora.photons.forward import Sensor, simulate


@pytest.mark.parametrize(("channels", "width"), [(1, 16), (1, 21), (3, 13)])
def test_written_captures_open_with_every_fact_known(tmp_path: Path, channels: int, width: int) -> None:
    frames = (np.random.default_rng(0).random((9, 10, width, channels)) < 0.5).astype(np.uint8)
    path = write_packed(tmp_path, frames, count=9, brightness=0.5, exposure_us=10.0)
    cube = open_cube(path)
    assert_array_equal(cube.read(FrameWindow(0, 9)), frames)
    assert [fact.name for fact in cube.facts if fact.origin is Origin.ASSUMED] == []
    assert json.loads((tmp_path / "transforms.json").read_text())["bitpack_dim"] == 2


def test_the_common_door_opens_captures_and_keeps_pictures(tmp_path: Path) -> None:
    frames = (np.random.default_rng(0).random((9, 10, 16, 1)) < 0.5).astype(np.uint8)
    item = open_item(write_packed(tmp_path, frames, count=9))
    assert (item.kind, item.probe.frames) == (Kind.SPAD, 9)
    assert_array_equal(item.cube().read(FrameWindow(0, 9)), frames)
    np.save(tmp_path / "picture.npy", np.zeros((10, 16, 3), np.float32))
    assert open_item(tmp_path / "picture.npy").kind is Kind.IMAGE
    np.save(tmp_path / "counts.npy", np.full((10, 16), 7, np.uint8))
    stated = CaptureOptions.from_pairs({"bits": "3"})
    assert open_item(tmp_path / "counts.npy", OpenOptions(capture=stated)).kind is Kind.SPAD


def test_numpy_reads_what_was_written(tmp_path: Path) -> None:
    frames = (np.random.default_rng(0).random((4, 6, 20, 1)) < 0.5).astype(np.uint8)
    stored = np.load(write_packed(tmp_path, frames, count=4), allow_pickle=False)
    assert_array_equal(np.unpackbits(stored, axis=2, count=20), frames[..., 0])


def test_a_simulated_capture_keeps_its_filter_and_repeats_bit_for_bit(tmp_path: Path) -> None:
    picture = Image(pixels=np.random.default_rng(0).random((12, 14, 3), np.float32))
    sensor = Sensor(colour_filter=ColourFilter.GRBG)
    hashes = set()
    for name in ("one", "two"):
        made = simulate(picture, frames=10, seed=5, sensor=sensor)
        folder = tmp_path / name
        folder.mkdir()
        path = write_packed(folder, made.frames, count=10, colour_filter=sensor.colour_filter)
        cube = open_cube(path)
        assert cube.colour_filter is ColourFilter.GRBG
        hashes.add(path.read_bytes())
    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("frames", "count", "sentence"),
    [
        (np.zeros((3, 4, 5, 1), np.uint8), 4, "4 frames were announced, but 3 came"),
        (np.zeros((3, 4, 5, 1), np.uint8), 2, "2 frames"),
        (np.full((3, 4, 5, 1), 2, np.uint8), 3, "only 0 or 1 can be packed"),
        (np.zeros((3, 4, 5, 2), np.uint8), 3, "height x width x 1 or 3"),
        (np.zeros((0, 4, 5, 1), np.uint8), 0, "0 frames were announced"),
    ],
)
def test_frames_that_cannot_be_packed_leave_no_file(
    tmp_path: Path, frames: np.ndarray, count: int, sentence: str
) -> None:
    with pytest.raises(BadInputError, match=sentence):
        write_packed(tmp_path, frames, count=count)
    assert list(tmp_path.iterdir()) == []
