from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from restora.data.kinds import Transfer
from restora.errors import FileProblemError
from restora.io.opening import OpenOptions, open_item, probe, read_image

RNG = np.random.default_rng(7)
LIGHT = RNG.normal(0, 50, (9, 6, 3)).astype(np.float32)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def make(channels: dict[str, np.ndarray], **header: object) -> Path:
        base = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        path = tmp_path / "a.exr"
        packed = {name: np.ascontiguousarray(values) for name, values in channels.items()}
        OpenEXR.File({**base, **header}, packed).write(str(path))
        return path

    return make


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("compression", ["NO", "RLE", "ZIPS", "ZIP", "PIZ"])
def test_half_and_float_keep_every_bit(write: Callable[..., Path], dtype: type, compression: str) -> None:
    light = LIGHT.astype(dtype)
    image = read_image(write({"RGB": light}, compression=getattr(OpenEXR, f"{compression}_COMPRESSION")))
    assert np.array_equal(image.pixels, light.astype(np.float32))
    assert image.transfer is Transfer.LINEAR
    assert image.metadata.source_bits == light.itemsize * 8


def test_tiles_are_read(write: Callable[..., Path]) -> None:
    tiles = OpenEXR.TileDescription()
    tiles.xSize = tiles.ySize = 4
    path = write({"RGB": LIGHT}, type=OpenEXR.tiledimage, tiles=tiles)
    assert np.array_equal(read_image(path).pixels, LIGHT)


def test_alpha_is_divided_out_and_light_without_alpha_stays(write: Callable[..., Path]) -> None:
    pixels = np.array([[[0.2, 0.1, 0.0, 0.5], [7, 8, 9, 0]]], np.float32)
    assert np.allclose(read_image(write({"RGBA": pixels})).pixels, [[[0.4, 0.2, 0, 0.5], [7, 8, 9, 0]]])


def test_luminance_and_a_single_channel_of_any_name_are_grey(write: Callable[..., Path]) -> None:
    for name in ("Y", "depth"):
        image = read_image(write({name: LIGHT[..., 0]}))
        assert np.array_equal(image.pixels[..., 0], LIGHT[..., 0])


def test_further_channels_and_layers_can_be_chosen_and_are_all_listed(write: Callable[..., Path]) -> None:
    path = write(
        {
            "RGB": LIGHT,
            "Z": LIGHT[..., 0] + 1,
            "glow.R": LIGHT[..., 0] + 2,
            "glow.G": LIGHT[..., 1],
            "glow.B": LIGHT[..., 2],
        }
    )
    fact = next(fact for fact in probe(path).facts if fact.name == "channels")
    assert fact.value == "B, G, R, Z, glow.B, glow.G, glow.R"
    assert np.array_equal(read_image(path, OpenOptions(array="Z")).pixels[..., 0], LIGHT[..., 0] + 1)
    assert np.array_equal(read_image(path, OpenOptions(array="glow")).pixels[..., 0], LIGHT[..., 0] + 2)
    with pytest.raises(FileProblemError, match="none of them is 'fog'"):
        probe(path, OpenOptions(array="fog"))


def test_channels_without_a_usual_name_must_be_stated(write: Callable[..., Path]) -> None:
    with pytest.raises(FileProblemError, match="N, Z; which one is meant must be stated"):
        probe(write({"Z": LIGHT[..., 0], "N": LIGHT[..., 1]}))


def test_whole_numbers_are_refused(write: Callable[..., Path]) -> None:
    with pytest.raises(FileProblemError, match="hold whole numbers"):
        probe(write({"id": np.ones((4, 4), np.uint32)}))


def test_luminance_with_chroma_is_not_read_as_grey(write: Callable[..., Path]) -> None:
    with pytest.raises(FileProblemError, match="BY, RY, Y"):
        probe(write(dict.fromkeys(("Y", "RY", "BY"), LIGHT[..., 0])))


def test_a_data_window_that_is_not_the_display_window_is_pointed_out(write: Callable[..., Path]) -> None:
    window = (np.array([0, 0], np.int32), np.array([99, 49], np.int32))
    found = probe(write({"RGB": LIGHT}, displayWindow=window))
    assert (found.width, found.height) == (6, 9)
    assert any("display window" in warning for warning in found.warnings)


def test_several_parts_are_pointed_out_and_the_first_is_read(tmp_path: Path) -> None:
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    parts = [OpenEXR.Part(dict(header), {"RGB": LIGHT + index}, f"part {index}") for index in range(2)]
    OpenEXR.File(parts).write(str(tmp_path / "a.exr"))
    assert any("several parts" in warning for warning in probe(tmp_path / "a.exr").warnings)
    assert np.array_equal(read_image(tmp_path / "a.exr").pixels, LIGHT)


def test_texts_are_kept(write: Callable[..., Path]) -> None:
    item = open_item(write({"RGB": LIGHT}, comments="ein Gärtchen"))
    assert item.image().metadata.text["comments"] == "ein Gärtchen"
