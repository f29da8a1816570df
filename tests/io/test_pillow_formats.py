from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from restora.data.photon_cube import Origin
from restora.errors import FileProblemError
from restora.io.opening import OpenOptions, open_item, probe, read_image, read_metadata


@pytest.mark.parametrize("name", ["plain.webp", "plain.bmp"])
def test_lossless_formats_give_the_exact_code_values(
    place: Callable[[str], Path], codes8: np.ndarray, name: str
) -> None:
    assert np.array_equal(read_image(place(name)).pixels, (codes8 / np.float32(255)).astype(np.float32))


def test_a_jpeg_is_decoded_as_pillow_decodes_it(place: Callable[[str], Path]) -> None:
    path = place("plain.jpg")
    expected = np.asarray(Image.open(path)) / np.float32(255)
    assert np.array_equal(read_image(path).pixels, expected.astype(np.float32))


def test_a_grey_jpeg_has_one_channel(tmp_path: Path) -> None:
    Image.new("L", (8, 6), 99).save(tmp_path / "a.jpg")
    assert read_image(tmp_path / "a.jpg").pixels.shape == (6, 8, 1)


def test_a_frame_of_a_gif_can_be_chosen(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (6, 4), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert any("3 pages" in warning for warning in probe(tmp_path / "a.gif").warnings)
    blue = read_image(tmp_path / "a.gif", OpenOptions(page=2)).pixels[0, 0, :3]
    assert blue.tolist() == [0, 0, 1]
    with pytest.raises(FileProblemError, match="page 9 was asked for"):
        probe(tmp_path / "a.gif", OpenOptions(page=9))


def test_inks_without_a_profile_follow_the_plain_formula(tmp_path: Path) -> None:
    Image.new("CMYK", (16, 16), (255, 0, 0, 0)).save(tmp_path / "a.jpg", quality=100)
    assert np.allclose(read_image(tmp_path / "a.jpg").pixels[5, 5], [0, 1, 1], atol=0.02)
    fact = next(fact for fact in probe(tmp_path / "a.jpg").facts if fact.name == "inks")
    assert fact.origin is Origin.ASSUMED


def test_a_broken_ink_profile_falls_back_to_the_formula_and_is_not_kept(tmp_path: Path) -> None:
    Image.new("CMYK", (16, 16), (255, 0, 0, 0)).save(tmp_path / "a.jpg", quality=100, icc_profile=b"x" * 200)
    image = read_image(tmp_path / "a.jpg")
    assert np.allclose(image.pixels[5, 5], [0, 1, 1], atol=0.02)
    assert image.metadata.icc is None


def test_a_profile_that_is_not_srgb_is_named_and_kept(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for name, icc in (("Lab", lab), ("without a readable name", b"nonsense")):
        Image.new("RGB", (4, 4)).save(tmp_path / "a.png", icc_profile=icc)
        fact = next(fact for fact in probe(tmp_path / "a.png").facts if fact.name == "colour profile")
        assert name in fact.value
        assert read_metadata(tmp_path / "a.png").icc == icc


@pytest.mark.parametrize("name", ["JPEG", "WEBP"])
def test_exif_profile_comment_and_orientation_are_read(
    tmp_path: Path,
    codes8: np.ndarray,
    srgb_profile: bytes,
    camera_exif: Callable[[int], bytes],
    name: str,
) -> None:
    stream = io.BytesIO()
    extra = {"comment": b"a garden"} if name == "JPEG" else {"lossless": True}
    Image.fromarray(codes8).save(
        stream, name, exif=b"Exif\0\0" + camera_exif(8), icc_profile=srgb_profile, **extra
    )
    path = tmp_path / f"a.{name.lower()}"
    path.write_bytes(stream.getvalue())
    item = open_item(path)
    assert (item.probe.width, item.probe.height) == codes8.shape[:2]
    metadata = item.image().metadata
    assert metadata.icc == srgb_profile
    assert metadata.text.get("Comment") == ("a garden" if name == "JPEG" else None)
    kept = Image.Exif()
    kept.load(metadata.exif)
    assert (kept[274], kept[271]) == (1, "Maker")


def test_a_large_picture_is_not_refused_by_fixed_limits_of_a_library(tmp_path: Path) -> None:
    # 200 megapixels of one bit: beyond Pillow's own limit, far below ours.
    Image.new("1", (20_000, 10_000)).save(tmp_path / "a.png")
    Image.new("P", (20_000, 10_000)).save(tmp_path / "a.bmp")
    for name in ("a.png", "a.bmp"):
        assert probe(tmp_path / name, OpenOptions(max_bytes=2**40)).megapixels == 200
