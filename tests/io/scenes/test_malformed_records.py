"""Damaged `.splat` and `.ksplat` files: records without a signature."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restora.testing.damage import WORDS, Change, cut_at, cuts, field, foreign, in_turn, poke

Kit = Any  # the fixture of conftest.py
NAN, INFINITE = float("nan"), float("inf")
RECORD = 32


def _column(first: int, value: float, share: float = 1.0, floats: int = 1) -> Change:
    """Numbers of the first records, so many of them, set to one value; `first` counts floats."""

    def change(whole: bytes) -> bytes:
        rows = np.frombuffer(whole, "<f4").reshape(-1, RECORD // 4).copy()
        rows[: int(np.ceil(share * len(rows))), first : first + floats] = value
        return rows.tobytes()

    return change


def _ending(content: bytes) -> Change:
    return lambda whole: whole + content


BAD_PLACES, BAD_SIZES = (NAN, INFINITE, -INFINITE, 1e8, -3e38), (NAN, -INFINITE, INFINITE, -1.0, -1e-30, 1e9)
SPLAT: dict[str, Change] = {
    **{f"{extra} bytes of another record": _ending(bytes(extra)) for extra in (1, 4, 12, 16, 24, 28, 31)},
    **{f"cut to {size} bytes": cut_at(size) for size in (0, 1, 12, 31, 33, 63, 1000, 5000, -1, -16, -31)},
    **{f"all {axis} {value}": _column(n, value) for n, axis in enumerate("xyz") for value in BAD_PLACES[:3]},
    **{f"most places {value}": _column(0, value, 0.6, 3) for value in BAD_PLACES},
    **{f"most sizes {value}": _column(3, value, 0.6, 3) for value in BAD_SIZES},
    **{f"all of one size {value}": _column(4, value) for value in BAD_SIZES},
    "negative scales": lambda _: struct.pack("<6f8B", 0, 0, 0, -1, -1, -1, *[9] * 8) * 200,
    "nothing but ones": lambda whole: b"\xff" * len(whole),
    "a text": lambda _: b"These are thirty-two bytes of text." * 32,
    "a text of two bytes a letter": lambda _: ("Gaussians" * 32).encode("utf-16")[:512],
    "numbers of the other byte order": lambda whole: (
        np.frombuffer(whole, ">f4").astype("<f4").tobytes()[::-1]
    ),
    **foreign(),
}

_SECTION = 4096
_DATA = _SECTION + 1024
KSPLAT: dict[str, Change] = {
    **cuts(12, 0, 1, 40, 4095, 4096, 4097, 5119, 5120, 5121, -1),
    **field("sections", 4, "I", (*WORDS, 2, 1000)),
    **field("count", 16, "I", (*WORDS, 99, 101)),
    **field("level", 20, "H", (3, 4, 255, 65535)),
    **field("low harmonics", 36, "f", (NAN, INFINITE, -INFINITE)),
    **field("high harmonics", 40, "f", (NAN, INFINITE, -INFINITE)),
    **field("count of the section", _SECTION, "I", (*WORDS, 99, 101)),
    **field("room of the section", _SECTION + 4, "I", (*WORDS, 99)),
    **field("buckets", _SECTION + 12, "I", (*WORDS, 1000)),
    **field("block size", _SECTION + 16, "f", (NAN, INFINITE, -INFINITE)),
    **field("bytes of a bucket", _SECTION + 20, "H", (0, 1, 11, 65535)),
    **field("full buckets", _SECTION + 32, "I", (*WORDS[1:], 77)),
    **field("partial buckets", _SECTION + 36, "I", (*WORDS[1:], 1000)),
    **field("degree", _SECTION + 40, "H", (3, 4, 255, 65535)),
    "2**32 Gaussians everywhere": in_turn(
        poke(16, "I", 2**32 - 1), poke(_SECTION, "II", 2**32 - 1, 2**32 - 1)
    ),
    "a bucket without Gaussians": poke(_DATA, "I", 0),
    "a bucket of 2**32 Gaussians less one, negative once": poke(_DATA, "I", 1),
    **foreign(),
}


@pytest.mark.parametrize("name", SPLAT)
def test_a_damaged_splat_file_costs_one_sentence(kit: Kit, tmp_path: Path, name: str) -> None:
    kit.refused(tmp_path, "deg3.splat", SPLAT[name])


@pytest.mark.parametrize("name", KSPLAT)
def test_a_damaged_ksplat_file_costs_one_sentence(kit: Kit, tmp_path: Path, name: str) -> None:
    kit.refused(tmp_path, "deg2_level1.ksplat", KSPLAT[name])
