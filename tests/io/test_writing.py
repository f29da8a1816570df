from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image as PillowImage

from restora.data.image import Image, Metadata
from restora.data.kinds import Transfer
from restora.errors import Cancelled, FileProblemError
from restora.io.opening import OpenOptions, probe, read_image, read_metadata
from restora.io.recipe_text import read_recipe_text
from restora.io.writing import Depth, WriteOptions, can_embed_recipe, writable_suffixes, write_image

RECIPE = '{"restora": "1", "note": "<grün> & \\"日本\\"\\n"}'
EMBEDDING = (".png", ".tif", ".tiff", ".exr", ".jpg", ".jpeg", ".webp")

folder_is_reused = settings(
    deadline=None,
    max_examples=40,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
shapes = st.tuples(st.integers(1, 23), st.integers(1, 23), st.sampled_from((1, 3, 4)))


@folder_is_reused
@given(
    codes=shapes.flatmap(lambda shape: arrays.arrays(np.uint16, shape)),
    suffix=st.sampled_from((".png", ".tif", ".npy")),
    transfer=st.sampled_from(Transfer),
)
def test_sixteen_bits_come_back_as_they_were(
    tmp_path: Path, codes: np.ndarray, suffix: str, transfer: Transfer
) -> None:
    image = Image(pixels=(codes / np.float32(65535)).astype(np.float32), transfer=transfer)
    path = tmp_path / f"a{suffix}"
    write_image(path, image, WriteOptions(depth=Depth.U16, transfer=transfer))
    found = read_image(path, OpenOptions(kind=probe_kind(suffix), transfer=transfer))
    assert np.array_equal(found.pixels, image.pixels)


@folder_is_reused
@given(
    codes=shapes.flatmap(lambda shape: arrays.arrays(np.uint8, shape)),
    suffix=st.sampled_from((".png", ".tif", ".webp", ".npy")),
)
def test_eight_bits_come_back_as_they_were(tmp_path: Path, codes: np.ndarray, suffix: str) -> None:
    image = Image(pixels=(codes / np.float32(255)).astype(np.float32))
    path = tmp_path / f"a{suffix}"
    write_image(path, image, WriteOptions(depth=Depth.U8, quality=100))
    found = read_image(path, OpenOptions(kind=probe_kind(suffix)))
    # WebP knows neither grey nor an alpha that is opaque everywhere.
    channels = min(found.channels, image.channels) if suffix == ".webp" else image.channels
    assert np.array_equal(found.pixels[:, :, :channels], image.pixels[:, :, :channels])


@folder_is_reused
@given(
    pixels=shapes.flatmap(lambda shape: arrays.arrays(np.float32, shape, elements=st.floats(width=32))),
    suffix=st.sampled_from((".tif", ".npy", ".exr")),
)
def test_floats_come_back_bit_for_bit_with_nan_and_infinity(
    tmp_path: Path, pixels: np.ndarray, suffix: str
) -> None:
    if suffix == ".exr":
        pixels = pixels[:, :, :3] if pixels.shape[2] == 4 else pixels
    image = Image(pixels=np.ascontiguousarray(pixels), transfer=Transfer.LINEAR)
    path = tmp_path / f"a{suffix}"
    write_image(path, image, WriteOptions(depth=Depth.F32))
    found = read_image(path)
    assert np.array_equal(found.pixels, image.pixels, equal_nan=True)
    assert found.transfer is Transfer.LINEAR


@folder_is_reused
@given(
    pixels=shapes.flatmap(lambda shape: arrays.arrays(np.float16, shape, elements=st.floats(width=16))),
    suffix=st.sampled_from((".tif", ".npy", ".exr")),
)
def test_halves_come_back_bit_for_bit(tmp_path: Path, pixels: np.ndarray, suffix: str) -> None:
    if suffix == ".exr":
        pixels = pixels[:, :, :3] if pixels.shape[2] == 4 else pixels
    image = Image(pixels=np.ascontiguousarray(pixels, np.float32), transfer=Transfer.LINEAR)
    path = tmp_path / f"a{suffix}"
    write_image(path, image, WriteOptions(depth=Depth.F16))
    assert np.array_equal(read_image(path).pixels, image.pixels, equal_nan=True)


def test_alpha_in_exr_comes_back_within_one_rounding(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).random((9, 9, 4), dtype=np.float32)
    pixels[0, 0] = 3, 4, 5, 0
    write_image(tmp_path / "a.exr", Image(pixels=pixels, transfer=Transfer.LINEAR))
    found = read_image(tmp_path / "a.exr").pixels
    assert np.allclose(found, pixels, rtol=3e-7)
    assert found[0, 0].tolist() == [3, 4, 5, 0]


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp", ".jpg"])
def test_profile_and_exif_come_back_and_the_orientation_is_upright(
    tmp_path: Path, srgb_profile: bytes, camera_exif: Callable[[int], bytes], suffix: str
) -> None:
    metadata = Metadata(exif=camera_exif(1), icc=srgb_profile, source_bits=8)
    path = tmp_path / f"a{suffix}"
    write_image(path, Image(pixels=np.zeros((4, 6, 3), np.float32), metadata=metadata))
    found = read_metadata(path)
    assert found.icc == srgb_profile
    assert _told(found.exif) == _told(camera_exif(1))
    with PillowImage.open(path) as opened:
        other = opened.getexif()
        assert other[271] == "Maker"
        assert other.get_ifd(0x8769)[36867] == "2021:03:04 05:06:07"


@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_in_either_byte_order_comes_through_tiff(tmp_path: Path, order: str) -> None:
    exif = PillowImage.Exif()
    exif.endian = order
    exif[271], exif[272] = "Maker", "Model"
    below = exif.get_ifd(0x8769)
    below[33434], below[34855], below[37380] = (1, 50), (100, 200), -0.5
    block = exif.tobytes()[6:]
    write_image(
        tmp_path / "a.tif", Image(pixels=np.zeros((4, 6, 3), np.float32), metadata=Metadata(exif=block))
    )
    assert _told(read_metadata(tmp_path / "a.tif").exif) == _told(block)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp", ".jpg"])
def test_metadata_and_profile_can_be_left_out(
    tmp_path: Path, srgb_profile: bytes, camera_exif: Callable[[int], bytes], suffix: str
) -> None:
    metadata = Metadata(exif=camera_exif(1), icc=srgb_profile, text={"ImageDescription": "secret"})
    path = tmp_path / f"a{suffix}"
    image = Image(pixels=np.zeros((4, 6, 3), np.float32), metadata=metadata)
    write_image(path, image, WriteOptions(keep_metadata=False, keep_profile=False))
    found = read_metadata(path)
    assert (found.exif, found.icc) == (None, None)
    assert b"secret" not in path.read_bytes()
    assert b"Maker" not in path.read_bytes()


def test_texts_come_back_from_png_and_tiff(tmp_path: Path) -> None:
    texts = {"ImageDescription": "ein Garten, 日本", "Author": "Someone", "x" * 80: "too long a name"}
    image = Image(pixels=np.zeros((4, 6, 3), np.float32), metadata=Metadata(text=texts))
    for name in ("a.png", "a.tif"):
        write_image(tmp_path / name, image)
    assert read_metadata(tmp_path / "a.png").text == {
        key: texts[key] for key in ("ImageDescription", "Author")
    }
    assert read_metadata(tmp_path / "a.tif").text == {"ImageDescription": texts["ImageDescription"]}


def test_a_profile_goes_only_with_the_numbers_it_belongs_to(tmp_path: Path, srgb_profile: bytes) -> None:
    metadata = Metadata(icc=srgb_profile)
    colour = Image(pixels=np.zeros((4, 6, 3), np.float32), metadata=metadata)
    grey = Image(pixels=np.zeros((4, 6, 1), np.float32), metadata=metadata)
    for name, image, options, is_kept in (
        ("a.png", colour, WriteOptions(), True),
        ("b.png", grey, WriteOptions(), False),
        ("c.png", colour, WriteOptions(transfer=Transfer.LINEAR), False),
        ("d.tif", colour, WriteOptions(depth=Depth.F32), False),
        ("e.tif", colour, WriteOptions(depth=Depth.F32, keep_profile=True), True),
    ):
        write_image(tmp_path / name, image, options)
        assert (read_metadata(tmp_path / name).icc is not None) is is_kept, name


@pytest.mark.parametrize("suffix", EMBEDDING)
def test_a_recipe_travels_inside_the_picture(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    image = Image(pixels=np.full((4, 6, 3), 0.5, np.float32))
    write_image(path, image, WriteOptions(recipe_text=RECIPE))
    assert can_embed_recipe(path)
    assert read_recipe_text(path) == RECIPE
    again = tmp_path / f"b{suffix}"
    write_image(again, read_image(path))
    assert read_recipe_text(again) is None


def test_a_format_without_room_for_a_recipe_says_so(tmp_path: Path) -> None:
    image = Image(pixels=np.zeros((4, 6, 3), np.float32))
    assert not can_embed_recipe(tmp_path / "a.npy")
    with pytest.raises(FileProblemError, match="no room for a recipe"):
        write_image(tmp_path / "a.npy", image, WriteOptions(recipe_text=RECIPE))
    with pytest.raises(FileProblemError, match=r"XMP has .* at most 65000"):
        write_image(tmp_path / "a.jpg", image, WriteOptions(recipe_text="x" * 70_000))
    assert list(tmp_path.iterdir()) == []


def test_integers_are_clipped_and_rounded_to_the_nearest_level_with_halves_up(tmp_path: Path) -> None:
    values = np.array(
        [-1, 0, 0.49 / 255, 0.5 / 255, 1.5 / 255, 254.49 / 255, 1, 7, np.inf, -np.inf], np.float32
    )
    image = Image(pixels=np.tile(values[np.newaxis, :, np.newaxis], (1, 1, 3)))
    write_image(tmp_path / "a.png", image, WriteOptions(depth=Depth.U8))
    levels = np.asarray(PillowImage.open(tmp_path / "a.png"))[0, :, 0]
    assert levels.tolist() == [0, 0, 0, 1, 2, 254, 255, 255, 255, 0]


def test_numbers_are_written_in_the_transfer_that_readers_assume(tmp_path: Path) -> None:
    light = Image(pixels=np.full((4, 6, 3), 0.25, np.float32), transfer=Transfer.LINEAR)
    for name in ("a.png", "a.tif", "a.exr", "a.npy", "a.webp"):
        write_image(tmp_path / name, light, WriteOptions(quality=100))
        assert np.allclose(
            read_image(tmp_path / name).in_transfer(Transfer.LINEAR).pixels, 0.25, atol=0.003
        ), name
    assert np.isclose(read_image(tmp_path / "a.png").pixels[0, 0, 0], 0.537, atol=0.001)


def test_a_linear_png_says_that_it_is(tmp_path: Path) -> None:
    light = Image(pixels=np.full((4, 6, 3), 0.25, np.float32), transfer=Transfer.LINEAR)
    write_image(tmp_path / "a.png", light, WriteOptions(transfer=Transfer.LINEAR))
    assert read_image(tmp_path / "a.png").transfer is Transfer.LINEAR


@pytest.mark.parametrize(
    ("bits", "suffix", "depth"),
    [
        *((8, ".png", "PNG, 8 bit"), (16, ".png", "PNG, 16 bit"), (32, ".png", "PNG, 16 bit")),
        *((None, ".png", "PNG, 16 bit"), (8, ".tif", "TIFF, 8 bit"), (16, ".tif", "TIFF, 16 bit colour")),
        *(
            (32, ".tif", "TIFF, 32 bit float"),
            (8, ".exr", "half"),
            (16, ".exr", "float"),
            (8, ".npy", "float32"),
        ),
    ],
)
def test_the_depth_follows_the_source_where_none_is_stated(
    tmp_path: Path, bits: int | None, suffix: str, depth: str
) -> None:
    image = Image(pixels=np.zeros((4, 6, 3), np.float32), metadata=Metadata(source_bits=bits))
    write_image(tmp_path / f"a{suffix}", image)
    assert depth in probe(tmp_path / f"a{suffix}").format


@pytest.mark.parametrize(
    ("name", "channels", "options", "sentence"),
    [
        ("a.xyz", 3, WriteOptions(), "the ending .xyz is not one that can be written"),
        ("a", 3, WriteOptions(), r"the ending \(none\)"),
        ("a.png", 3, WriteOptions(depth=Depth.F32), "no depth 32f, only 8, 16"),
        ("a.jpg", 3, WriteOptions(depth=Depth.U16), "no depth 16, only 8"),
        ("a.exr", 3, WriteOptions(depth=Depth.U8), "no depth 8, only 32f, 16f"),
        ("a.jpg", 4, WriteOptions(), "no alpha"),
        ("a.jpg", 3, WriteOptions(quality=0), "1 to 100, got 0"),
        ("missing/a.png", 3, WriteOptions(), "does not exist"),
    ],
)
def test_what_a_format_cannot_hold_is_refused_and_nothing_is_written(
    tmp_path: Path, name: str, channels: int, options: WriteOptions, sentence: str
) -> None:
    image = Image(pixels=np.zeros((4, 6, channels), np.float32))
    with pytest.raises(FileProblemError, match=sentence):
        write_image(tmp_path / name, image, options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
def test_nan_is_refused_for_integers_with_its_count(tmp_path: Path, name: str) -> None:
    pixels = np.zeros((4, 6, 3), np.float32)
    pixels[1, 2] = np.nan
    with pytest.raises(FileProblemError, match=r"3 value\(s\) of the picture are not a number"):
        write_image(tmp_path / name, Image(pixels=pixels))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "side"), [("a.webp", 16_384), ("a.jpg", 65_536)])
def test_sides_that_a_format_cannot_hold_are_refused(tmp_path: Path, name: str, side: int) -> None:
    with pytest.raises(FileProblemError, match="pixels a side"):
        write_image(tmp_path / name, Image(pixels=np.zeros((1, side, 1), np.float32)))


@pytest.mark.parametrize("suffix", [".png", ".tif", ".npy", ".exr", ".jpg"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 65_535), (65_535, 1)])
def test_pictures_of_one_pixel_and_of_65535_a_side_can_be_written_and_read(
    tmp_path: Path, suffix: str, shape: tuple[int, int]
) -> None:
    if suffix == ".jpg" and 65_535 in shape:
        shape = (min(shape[0], 65_500), min(shape[1], 65_500))
    image = Image(pixels=np.full((*shape, 3), 0.5, np.float32))
    write_image(tmp_path / f"a{suffix}", image)
    assert read_image(tmp_path / f"a{suffix}").pixels.shape == (*shape, 3)


def test_a_write_that_is_cancelled_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = Image(pixels=np.zeros((4, 6, 3), np.float32))
    write_image(tmp_path / "a.tif", image)
    before = (tmp_path / "a.tif").read_bytes()

    def stop(*_: object, **__: object) -> None:
        raise Cancelled

    monkeypatch.setattr(tifffile.TiffWriter, "write", stop)
    with pytest.raises(Cancelled):
        write_image(tmp_path / "a.tif", image)
    assert (tmp_path / "a.tif").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_the_endings_that_can_be_written_are_known() -> None:
    assert set(writable_suffixes()) == {*EMBEDDING, ".npy"}


def test_other_programs_read_what_we_write(tmp_path: Path, codes16: np.ndarray) -> None:
    image = Image(pixels=(codes16 / np.float32(65535)).astype(np.float32))
    write_image(tmp_path / "a.tif", image, WriteOptions(depth=Depth.U16, recipe_text=RECIPE))
    write_image(tmp_path / "a.png", image, WriteOptions(depth=Depth.U16, recipe_text=RECIPE))
    import cv2

    assert np.array_equal(tifffile.imread(tmp_path / "a.tif"), codes16)
    for name in ("a.tif", "a.png"):
        assert np.array_equal(cv2.imread(str(tmp_path / name), cv2.IMREAD_UNCHANGED)[..., ::-1], codes16)
    with PillowImage.open(tmp_path / "a.png") as opened:
        assert opened.text["restora-recipe"] == RECIPE


def probe_kind(suffix: str) -> object:
    """Integer arrays may be captures; here they are pictures."""
    from restora.data.kinds import Kind

    return Kind.IMAGE if suffix == ".npy" else None


def _told(block: bytes | None) -> dict[str, dict[int, object]]:
    exif = PillowImage.Exif()
    exif.load(block)
    first = {key: value for key, value in exif.items() if key in (271, 272, 315)}
    return {"first": first, "exif": dict(exif.get_ifd(0x8769)), "gps": dict(exif.get_ifd(0x8825))}
