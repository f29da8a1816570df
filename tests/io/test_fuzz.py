"""Random damage to good files: whatever happens, only our own errors come out."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from restora.data.kinds import Kind
from restora.errors import RestoraError
from restora.io.exif import entries, first_ifd, orientation_of, upright, without_prefix
from restora.io.exif_tables import block_of, read_table
from restora.io.opening import OpenOptions, open_item

READERS = (
    *("8.png", "16.png", "palette.png", "plain.jpg", "plain.webp", "plain.gif", "plain.bmp", "16.tif"),
    *("deflate.tif", "lzw.tif", "tiles.tif", "jpeg.tif", "float.tif", "half.exr", "float.exr", "plain.hdr"),
    *("plain.ppm", "16.pgm", "plain.pbm", "plain.pfm", "float.npy", "one.npz", "raw.dng"),
)
OURS = ("16.png", "16.tif", "plain.hdr", "16.pgm", "plain.pfm", "float.npy", "one.npz")
"""Formats whose headers we parse ourselves."""

LIMIT = OpenOptions(kind=Kind.IMAGE, max_bytes=2**26)
"""Keeps a size that the damage made plausible from costing time."""

changes = st.lists(
    st.tuples(
        st.integers(0, 2**16),
        st.sampled_from(["set", "cut", "insert", "zero"]),
        st.binary(min_size=1, max_size=6),
    ),
    min_size=1,
    max_size=6,
)


def quiet(examples: int) -> settings:
    return settings(
        deadline=None,
        max_examples=examples,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


def damaged(whole: bytes, steps: list[tuple[int, str, bytes]]) -> bytes:
    """The content after some bytes were changed, cut away or put in; the start is hit most often."""
    content = bytearray(whole)
    for position, kind, data in steps:
        at = position % (len(content) + 1) if position % 3 else position % min(len(content) + 1, 256)
        if kind == "set":
            content[at : at + len(data)] = data
        elif kind == "cut":
            del content[at : at + 8 * len(data)]
        elif kind == "insert":
            content[at:at] = data
        else:
            content[at : at + len(data)] = bytes(len(data))
    return bytes(content)


def opens_or_refuses(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with contextlib.suppress(RestoraError):
        open_item(path, LIMIT).data()


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_picture_opens_or_is_refused(
    tmp_path: Path, valid_files: Mapping[str, bytes], name: str
) -> None:
    @quiet(40)
    @given(steps=changes)
    def run(steps: list[tuple[int, str, bytes]]) -> None:
        opens_or_refuses(tmp_path / name, damaged(valid_files[name], steps))

    run()


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_a_damaged_picture_opens_or_is_refused_many_times(
    tmp_path: Path, valid_files: Mapping[str, bytes], name: str
) -> None:
    @quiet(1500)
    @given(steps=changes)
    def run(steps: list[tuple[int, str, bytes]]) -> None:
        opens_or_refuses(tmp_path / name, damaged(valid_files[name], steps))

    run()


@pytest.mark.slow
@quiet(60)
@given(steps=changes)
def test_a_damaged_video_opens_or_is_refused(
    tmp_path: Path, valid_files: Mapping[str, bytes], steps: list[tuple[int, str, bytes]]
) -> None:
    opens_or_refuses(tmp_path / "video.avi", damaged(valid_files["video.avi"], steps))


STARTS = (
    *(
        b"\x89PNG\r\n\x1a\n",
        b"II*\0",
        b"MM\0*",
        b"\x93NUMPY\1\0",
        b"PK\3\4",
        b"P5\n",
        b"Pf\n",
        b"#?RADIANCE\n",
    ),
    *(b"\x76\x2f\x31\x01\2\0\0\0", b"GIF89a", b"BM", b"RIFF\0\0\0\0WEBP", b"\xff\xd8\xff"),
)


@quiet(150)
@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=300))
def test_noise_behind_a_good_start_is_refused(tmp_path: Path, start: bytes, rest: bytes) -> None:
    opens_or_refuses(tmp_path / "noise", start + rest)


@quiet(200)
@given(order=st.sampled_from([b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"]), rest=st.binary(max_size=200))
@example(order=b"II*\0\x08\0\0\0", rest=b"\1\0" + b"\x69\x87\4\0\1\0\0\0\x08\0\0\0")
def test_exif_of_noise_is_read_without_trust(order: bytes, rest: bytes) -> None:
    block = without_prefix(b"Exif\0\0" + order + rest)
    assert block is not None
    assert 1 <= orientation_of(block) <= 8
    assert orientation_of(upright(block)) in (1, orientation_of(block))
    again = block_of(read_table(block))
    assert read_table(again) == read_table(block_of(read_table(again)))
    assert len(list(entries(block, first_ifd(block)))) <= 4096
