"""Damaged SPZ files, of the gzip versions and of version 4."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restora.testing.damage import (
    WORDS,
    Change,
    cuts,
    field,
    foreign,
    in_turn,
    inside_gzip,
    poke,
    swap,
)

Kit = Any  # the fixture of conftest.py
COUNT = 300
"""Gaussians of the sound files."""


def _bomb(_: bytes) -> bytes:
    """A small file that unpacks to 64 MiB, and whose count asks for far more."""
    head = struct.pack("<4sIIBBBB", b"NGSP", 3, 2**31, 0, 12, 0, 0)
    return gzip.compress(head + bytes(2**26), 9)


def _scrambled(share: float) -> Change:
    def change(whole: bytes) -> bytes:
        start = int(share * len(whole))
        return whole[:start] + bytes(400) + whole[start + 400 :]

    return change


INSIDE = {
    **field("version", 4, "I", (0, 4, 5, 9, 256, *WORDS[1:])),
    **field("count", 8, "I", (*WORDS, COUNT + 1, 2 * COUNT, 10**6, 10**9)),
    **field("degree", 12, "B", (4, 5, 6, 100, 255)),
    **field("fractional bits", 13, "B", (25, 32, 200, 255)),
    "another magic": swap(b"NGSP", b"NOPE"),
    "a magic of the other byte order": swap(b"NGSP", b"PSGN"),
    "nothing": lambda _: b"",
    **cuts(8, 1, 4, 8, 15, 16, 17, -1),
}
SPZ3: dict[str, Change] = {
    **cuts(12, 0, 1, 2, 3, 9, 10, 18, 40),
    **inside_gzip(INSIDE),
    **{f"zeros over 400 bytes at {share}": _scrambled(share) for share in (0.1, 0.3, 0.5, 0.7)},
    **field("gzip method", 2, "B", (0, 7, 9)),
    "a bomb": _bomb,
    **foreign(),
}


def _table(whole: bytes) -> tuple[int, np.ndarray]:
    """Where the table of streams is, and its sizes, packed and raw in turn."""
    (start,) = struct.unpack_from("<I", whole, 16)
    return start, np.frombuffer(whole, "<u8", 2 * whole[15], start).copy()


def _stream(number: int, content: bytes) -> Change:
    """Another content in place of one stream's, its packed size told truly."""

    def change(whole: bytes) -> bytes:
        start, table = _table(whole)
        begin = start + table.nbytes + int(table[: 2 * number : 2].sum())
        rest = whole[begin + int(table[2 * number]) :]
        table[2 * number] = len(content)
        return whole[:start] + table.tobytes() + whole[start + table.nbytes : begin] + content + rest

    return change


def _frame(size: int) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor(level=3).compress(bytes(size))


STREAMS = ("positions", "alphas", "colours", "scales", "rotations", "harmonics")
SPZ4: dict[str, Change] = {
    **cuts(12, 0, 3, 4, 12, 31, 32, 33, 40, 127, -1),
    **field("version", 4, "I", (0, 1, 2, 3, 5, 2**31)),
    **field("count", 8, "I", (*WORDS, COUNT - 1, COUNT + 1)),
    **field("degree", 12, "B", (2, 4, 5, 200, 255)),
    **field("fractional bits", 13, "B", (25, 255)),
    **field("streams", 15, "B", (0, 1, 5, 255)),
    **field("table at", 16, "I", (0, 16, 31, 33, 2**31, 2**32 - 1)),
    **{
        f"{size} {kind} bytes of {name}": poke(32 + 16 * number + offset, "Q", size)
        for number, name in enumerate(STREAMS)
        for offset, kind in ((0, "packed"), (8, "raw"))
        for size in (0, 2**63)
    },
    **{f"{name} that are no zstd": _stream(number, b"nonsense" * 9) for number, name in enumerate(STREAMS)},
    "positions that are empty": _stream(0, b""),
    "positions too short": _stream(0, _frame(9 * COUNT - 1)),
    "positions too long": _stream(0, _frame(9 * COUNT + 1)),
    "a bomb of positions": _stream(0, _frame(2**28)),
    "a bomb of harmonics": _stream(5, _frame(2**28)),
    "half a frame": lambda whole: _stream(0, _frame(9 * COUNT)[:-3])(whole),
    "a table of its own header": in_turn(poke(15, "B", 2), poke(16, "I", 0)),
    "all of it twice in gzip": lambda whole: gzip.compress(gzip.compress(whole)),
}


@pytest.mark.parametrize("name", SPZ3)
def test_a_damaged_gzip_file_costs_one_sentence(kit: Kit, tmp_path: Path, name: str) -> None:
    kit.refused(tmp_path, "deg3_v3.spz", SPZ3[name])


@pytest.mark.parametrize("name", SPZ4)
def test_a_damaged_file_of_version_4_costs_one_sentence(kit: Kit, tmp_path: Path, name: str) -> None:
    kit.refused(tmp_path, "deg3_v4.spz", SPZ4[name])
