from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from restora.data.kinds import Transfer
from restora.data.photon_cube import Origin
from restora.errors import FileProblemError
from restora.io.opening import OpenOptions, open_item, probe, read_image, read_metadata


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_code_value_becomes_its_share_of_white(tmp_path: Path, channels: int, dtype: type) -> None:
    top = np.iinfo(dtype).max
    codes = np.random.default_rng(0).integers(0, top + 1, (9, 5, channels), dtype=dtype)
    path = tmp_path / "a.png"
    path.write_bytes(imagecodecs.png_encode(codes[..., 0] if channels == 1 else codes))
    image = read_image(path)
    expected = codes[:, :, [0, 0, 0, 1]] if channels == 2 else codes
    assert np.array_equal(image.pixels, (expected / np.float32(top)).astype(np.float32))
    assert image.transfer is Transfer.SRGB
    assert image.metadata.source_bits == np.iinfo(dtype).bits


def test_a_palette_with_a_transparent_colour_becomes_colour_with_alpha(tmp_path: Path) -> None:
    index = np.arange(12, dtype=np.uint8).reshape(3, 4)
    picture = Image.fromarray(index)
    picture.putpalette([value for i in range(12) for value in (i, 2 * i, 3 * i)])
    picture.save(tmp_path / "a.png", transparency=5)
    found = probe(tmp_path / "a.png")
    pixels = read_image(tmp_path / "a.png").pixels * 255
    assert found.channels == 4
    assert "palette" in found.format
    assert np.allclose(pixels[1, 2], [6, 12, 18, 255])
    assert pixels[1, 1, 3] == 0


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_grey_with_few_bits_reaches_white(tmp_path: Path, bits: int) -> None:
    top = 2**bits - 1
    row = bytes([0, sum(value << (8 - bits * (i + 1)) for i, value in enumerate([top, 0][: 8 // bits]))])
    body = struct.pack(">IIBBBBB", 2, 1, bits, 0, 0, 0, 0)
    base = (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", body)
        + _chunk(b"IDAT", zlib.compress(row))
        + _chunk(b"IEND", b"")
    )
    (tmp_path / "a.png").write_bytes(base)
    assert read_image(tmp_path / "a.png").pixels.ravel().tolist() == [1, 0]


def test_an_interlaced_picture_is_read(tmp_path: Path, codes8: np.ndarray) -> None:
    # Adam7 by hand: seven reduced pictures, unfiltered, one after another.
    passes = [
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ]
    rows = b"".join(
        b"\0" + row.tobytes() for x, y, dx, dy in passes for row in codes8[y::dy, x::dx] if row.size
    )
    height, width = codes8.shape[:2]
    body = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    whole = (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", body)
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )
    (tmp_path / "a.png").write_bytes(whole)
    assert np.array_equal(np.round(read_image(tmp_path / "a.png").pixels * 255), codes8)


def test_profile_exif_and_texts_are_kept_as_they_came(
    tmp_path: Path, codes8: np.ndarray, srgb_profile: bytes, camera_exif: Callable[[int], bytes]
) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("plain", "grün")
    texts.add_text("packed", "x" * 5000, zip=True)
    texts.add_itxt("unicode", "日本", "ja", "キー")
    texts.add_itxt("unicode packed", "日本" * 999, zip=True)
    Image.fromarray(codes8).save(
        tmp_path / "a.png", pnginfo=texts, icc_profile=srgb_profile, exif=b"Exif\0\0" + camera_exif(1)
    )
    metadata = read_metadata(tmp_path / "a.png")
    assert metadata.icc == srgb_profile
    assert metadata.exif == camera_exif(1)
    assert metadata.text == {
        "plain": "grün",
        "packed": "x" * 5000,
        "unicode": "日本",
        "unicode packed": "日本" * 999,
    }
    fact = next(fact for fact in probe(tmp_path / "a.png").facts if fact.name == "colour profile")
    assert "sRGB" in fact.value


def test_gamma_and_primaries_are_noted_and_not_applied(place: Callable[[str], Path], tmp_path: Path) -> None:
    plain = place("8.png").read_bytes()
    gamma = _with_chunks(plain, [(b"gAMA", struct.pack(">I", 100_000)), (b"cHRM", bytes(32))])
    (tmp_path / "a.png").write_bytes(gamma)
    found = probe(tmp_path / "a.png")
    assert [(fact.name, fact.value) for fact in found.facts[1:]] == [
        ("gamma", "1, not applied"),
        ("primaries", "stated by the file, not applied"),
    ]
    assert any("state the transfer" in warning for warning in found.warnings)
    assert np.array_equal(read_image(tmp_path / "a.png").pixels, read_image(place("8.png")).pixels)


@pytest.mark.parametrize(("code", "transfer"), [(8, Transfer.LINEAR), (13, Transfer.SRGB)])
def test_a_stated_transfer_is_believed(
    place: Callable[[str], Path], tmp_path: Path, code: int, transfer: Transfer
) -> None:
    whole = _with_chunks(place("8.png").read_bytes(), [(b"cICP", bytes((1, code, 0, 1)))])
    (tmp_path / "a.png").write_bytes(whole)
    fact = probe(tmp_path / "a.png").facts[0]
    assert (fact.value, fact.origin) == (transfer.value, Origin.FILE)
    assert read_image(tmp_path / "a.png").transfer is transfer


def test_a_transfer_that_we_cannot_undo_is_refused_until_one_is_stated(
    place: Callable[[str], Path], tmp_path: Path
) -> None:
    whole = _with_chunks(place("8.png").read_bytes(), [(b"cICP", bytes((9, 16, 0, 1)))])
    (tmp_path / "a.png").write_bytes(whole)
    with pytest.raises(FileProblemError, match="transfer 16 of"):
        probe(tmp_path / "a.png")
    stated = OpenOptions(transfer=Transfer.LINEAR)
    assert open_item(tmp_path / "a.png", stated).probe.facts[0].origin is Origin.STATED


def test_an_animated_picture_is_reported(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (4, 4), (i, 0, 0)) for i in range(3)]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    assert any("animated" in warning for warning in probe(tmp_path / "a.png").warnings)


def test_the_orientation_in_a_picture_turns_it_upright_and_is_reset(
    tmp_path: Path, codes8: np.ndarray, camera_exif: Callable[[int], bytes]
) -> None:
    for orientation in range(1, 9):
        stream = io.BytesIO()
        Image.fromarray(codes8).save(stream, "PNG", exif=b"Exif\0\0" + camera_exif(orientation))
        (tmp_path / "a.png").write_bytes(stream.getvalue())
        from PIL import ImageOps

        expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(stream.getvalue()))))
        item = open_item(tmp_path / "a.png")
        image = item.image()
        assert np.array_equal(np.round(image.pixels * 255), expected)
        assert (item.probe.height, item.probe.width) == expected.shape[:2]
        kept = Image.Exif()
        kept.load(image.metadata.exif)
        assert (kept[274], kept[271]) == (1, "Maker")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _with_chunks(png: bytes, chunks: list[tuple[bytes, bytes]]) -> bytes:
    """The file with further chunks right behind its header chunk."""
    return png[:33] + b"".join(_chunk(kind, body) for kind, body in chunks) + png[33:]
