from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from restora.data.image import Image
from restora.data.item import Probe
from restora.data.kinds import Kind, Transfer
from restora.data.photon_cube import Origin
from restora.errors import FileProblemError
from restora.io.opening import OpenOptions, open_item, probe, read_image, read_metadata, readable_suffixes

PICTURES = (
    *("8.png", "16.png", "palette.png", "plain.jpg", "plain.webp", "plain.gif", "plain.bmp", "16.tif"),
    *("deflate.tif", "lzw.tif", "tiles.tif", "jpeg.tif", "float.tif", "half.exr", "float.exr", "plain.hdr"),
    *("plain.ppm", "16.pgm", "plain.pbm", "plain.pfm", "float.npy", "one.npz", "raw.dng", "video.avi"),
)


def test_every_format_has_its_sample_here(valid_files: dict[str, bytes]) -> None:
    assert set(valid_files) == set(PICTURES)


@pytest.mark.parametrize("name", PICTURES)
def test_the_header_and_the_pixels_agree_for_every_format(place: Callable[[str], Path], name: str) -> None:
    item = open_item(place(name))
    image = item.image()
    found = item.probe
    assert (found.height, found.width, found.channels) == image.pixels.shape
    assert found.kind is Kind.IMAGE
    assert found.facts[0].name == "transfer"
    assert image.pixels.flags.c_contiguous
    assert image.metadata.source_bits is not None


@pytest.mark.parametrize("name", PICTURES)
def test_the_content_decides_and_a_wrong_ending_is_only_reported(
    place: Callable[[str], Path], tmp_path: Path, name: str
) -> None:
    right = open_item(place(name))
    wrong = tmp_path / ("picture.jpg" if not name.endswith(".jpg") else "picture.png")
    wrong.write_bytes(right.path.read_bytes() if right.path else b"")
    found = open_item(wrong)
    is_same_family = name.endswith((".webp", ".gif", ".bmp"))
    assert any("its name ends in" in warning for warning in found.probe.warnings) is not is_same_family
    assert np.array_equal(found.image().pixels, right.image().pixels)


def test_nothing_is_decoded_before_the_data_are_asked_for(
    place: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    import imagecodecs

    item = open_item(place("16.png"))
    calls: list[int] = []
    decode = imagecodecs.png_decode
    monkeypatch.setattr(imagecodecs, "png_decode", lambda data: calls.append(1) or decode(data))
    assert calls == []
    item.data()
    item.data()
    assert calls == [1]


def test_a_stated_transfer_and_kind_win_and_are_reported(place: Callable[[str], Path]) -> None:
    item = open_item(place("8.png"), OpenOptions(kind=Kind.METALENS, transfer=Transfer.LINEAR))
    assert item.kind is Kind.METALENS
    assert (item.probe.facts[0].value, item.probe.facts[0].origin) == ("linear", Origin.STATED)
    assert item.image().transfer is Transfer.LINEAR


def test_a_file_that_changed_into_something_too_large_is_refused_when_its_pixels_are_read(
    place: Callable[[str], Path], png_with_size: Callable[[int, int], bytes]
) -> None:
    path = place("16.png")
    item = open_item(path)
    path.write_bytes(png_with_size(100_000, 100_000))
    with pytest.raises(FileProblemError, match="100000 x 100000"):
        item.data()


def test_the_memory_limit_is_a_parameter(place: Callable[[str], Path]) -> None:
    needed = 7 * 11 * 3 * (4 + 2)
    open_item(place("16.png"), OpenOptions(max_bytes=needed)).data()
    with pytest.raises(FileProblemError, match="MiB may be used"):
        open_item(place("16.png"), OpenOptions(max_bytes=needed - 1))


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("8.png", OpenOptions(kind=Kind.SPLAT), "not a scene of Gaussians"),
        ("8.png", OpenOptions(page=1), "page 1 was asked for, but it has pages 0 to 0"),
        ("8.png", OpenOptions(frame=1), "no video"),
        ("8.png", OpenOptions(array="a"), "one picture only"),
        ("float.npy", OpenOptions(array="a"), "one picture only"),
        ("raw.dng", OpenOptions(page=2), "page 2"),
        ("plain.hdr", OpenOptions(page=-1), "page -1"),
    ],
)
def test_a_statement_that_does_not_fit_the_file_is_refused(
    place: Callable[[str], Path], name: str, options: OpenOptions, sentence: str
) -> None:
    with pytest.raises(FileProblemError, match=sentence):
        open_item(place(name), options)


@pytest.mark.parametrize("opened", [probe, read_image, read_metadata, open_item])
def test_what_is_no_ordinary_file_is_refused(tmp_path: Path, opened: Callable[[Path], object]) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    cases = {
        tmp_path / "pipe": "pipe",
        Path(os.devnull): "device",
        tmp_path / "empty": "is empty",
        tmp_path / "folder": "folder",
        tmp_path / "missing": "does not exist",
        tmp_path / "loop": "usable name|does not exist",
        tmp_path / ("n" * 300): "not a usable name",
        tmp_path / "a\0b": "not a usable name",
    }
    for path, sentence in cases.items():
        with pytest.raises(FileProblemError, match=sentence):
            opened(path)


def test_a_folder_without_pictures_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileProblemError, match="is a folder without pictures"):
        open_item(tmp_path)
    with pytest.raises(FileProblemError, match="a picture file is needed"):
        open_item(tmp_path, OpenOptions(kind=Kind.IMAGE))


def test_a_file_without_permission_is_refused(
    place: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place("8.png")
    path.chmod(0)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    # Tests may run as a user whom no permission stops.
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FileProblemError, match="reading it is not permitted"):
        open_item(path)


def test_an_unknown_format_names_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_bytes(b"something else entirely")
    with pytest.raises(FileProblemError, match="no known format") as caught:
        open_item(tmp_path / "a.xyz")
    assert "PNG" in (caught.value.advice or "")


@dataclass
class SquareReader:
    """Reads files that hold nothing but a side length behind their magic."""

    id: str = "square"
    magic: tuple[tuple[int, bytes], ...] = ((2, b"SQ"),)

    def probe(self, path: Path) -> Probe:
        side = int(path.read_bytes()[4:])
        return Probe(kind=Kind.IMAGE, format="square", width=side, height=side, channels=1)

    def read(self, path: Path) -> Image:
        side = int(path.read_bytes()[4:])
        return Image(pixels=np.zeros((side, side, 1), np.float32))


def test_a_plugin_reader_opens_what_its_magic_names(tmp_path: Path) -> None:
    (tmp_path / "a.sq").write_bytes(b"..SQ5")
    item = open_item(tmp_path / "a.sq", extra_readers=[SquareReader()])
    assert item.probe.width == 5
    assert item.image().pixels.shape == (5, 5, 1)


def test_a_plugin_reader_that_fails_gives_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.sq").write_bytes(b"..SQfive")
    with pytest.raises(FileProblemError, match="cannot be read as square: invalid literal"):
        open_item(tmp_path / "a.sq", extra_readers=[SquareReader()])


def test_built_in_formats_win_over_plugin_readers(place: Callable[[str], Path]) -> None:
    greedy = SquareReader(magic=((1, b"PNG"),))
    assert open_item(place("8.png"), extra_readers=[greedy]).probe.format.startswith("PNG")


def test_the_endings_that_can_be_opened_are_known() -> None:
    assert {".png", ".tif", ".jpg", ".webp", ".exr", ".hdr", ".npy", ".dng", ".mp4"} <= readable_suffixes()


def test_importing_the_readers_loads_no_heavy_library() -> None:
    script = (
        "import sys, restora.io.opening, restora.io.writing\n"
        "heavy = {'cv2', 'torch', 'PIL', 'tifffile', 'imagecodecs', 'OpenEXR', 'rawpy', 'scipy', 'h5py'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
