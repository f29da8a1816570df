from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from restora.data.kinds import Transfer
from restora.data.photon_cube import Origin
from restora.errors import FileProblemError
from restora.io.opening import open_item, probe, read_image


def test_a_sensor_picture_becomes_linear_light_in_colour(place: Callable[[str], Path]) -> None:
    item = open_item(place("raw.dng"))
    assert item.probe.format == "camera raw, 16 bit linear"
    assert (item.probe.width, item.probe.height, item.probe.channels) == (48, 32, 3)
    image = item.image()
    assert image.transfer is Transfer.LINEAR
    assert 0.1 < image.pixels.mean() < 0.9


def test_the_camera_is_known_and_the_white_balance_reported(place: Callable[[str], Path]) -> None:
    item = open_item(place("raw.dng"))
    facts = {fact.name: fact for fact in item.probe.facts}
    assert facts["white balance"].value == "as shot"
    assert facts["transfer"].origin is Origin.FILE
    assert b"Made" in (item.image().metadata.exif or b"")


def test_more_light_gives_proportionally_larger_numbers(place: Callable[[str], Path]) -> None:
    path = place("raw.dng")
    means = []
    for level in (600, 1000):
        whole = bytearray(path.read_bytes())
        with tifffile.TiffFile(path) as tif:
            start, count = tif.pages[0].dataoffsets[0], tif.pages[0].databytecounts[0]
        whole[start : start + count] = np.full(count // 2, level, np.uint16).tobytes()
        path.write_bytes(whole)
        means.append(float(read_image(path).pixels[8:-8, 8:-8].mean()))
    assert means[1] / means[0] == pytest.approx((1000 - 200) / (600 - 200), rel=0.01)


def test_an_ordinary_tiff_is_not_taken_for_a_sensor_picture(place: Callable[[str], Path]) -> None:
    assert probe(place("16.tif")).format.startswith("TIFF")


@pytest.mark.parametrize(
    "start", [b"FUJIFILMCCD-RAW 0201", b"\0\0\0\x18ftypcrx isom", b"II*\0\x10\0\0\0CR\2\0", b"IIRO\x08\0\0\0"]
)
def test_makers_formats_that_are_damaged_are_refused(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "a.raw").write_bytes(start + bytes(500))
    with pytest.raises(FileProblemError, match="cannot be read as camera raw"):
        probe(tmp_path / "a.raw")


def test_a_tiff_whose_inner_table_speaks_of_a_sensor_is_taken_for_camera_raw(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as tif:
        tif.write(np.zeros((8, 8, 3), np.uint8), photometric="rgb", subifds=1, metadata=None)
        tif.write(np.zeros((16, 16), np.uint16), photometric=32803, metadata=None)
    with pytest.raises(FileProblemError, match="camera raw") as caught:
        open_item(tmp_path / "a.tif").data()
    assert "raw" in str(caught.value)
