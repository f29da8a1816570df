"""Damaged compressed PLY files of PlayCanvas and SuperSplat."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from restora.testing.damage import Change, cuts, foreign, swap, swaps

Kit = Any  # the fixture of conftest.py
END = b"end_header\n"
CHUNK_BYTES = 72


def _ranges(*values: float) -> Change:
    """All ranges of the first chunk and the second, as these numbers again and again."""

    def change(whole: bytes) -> bytes:
        start = whole.index(END) + len(END)
        floats = [values[number % len(values)] for number in range(2 * CHUNK_BYTES // 4)]
        return whole[:start] + struct.pack(f"<{len(floats)}f", *floats) + whole[start + 2 * CHUNK_BYTES :]

    return change


def _without(line: str) -> Change:
    return swap(line.encode() + b"\n", b"")


def _columns(count: int) -> Change:
    more = b"".join(b"property float extra_%d\n" % number for number in range(count))
    return swap(END, more + END)


NAN, INFINITE = float("nan"), float("inf")
CASES: dict[str, Change] = {
    **cuts(12, 0, 3, 4, 20, 60, 200, 500, -1, -100),
    **swaps(
        "element chunk 2", [f"element chunk {n}" for n in (0, 1, 3, -2, 10**15, "9" * 30, "two", "2.0", "")]
    ),
    **swaps(
        "element vertex 300",
        [f"element vertex {n}" for n in (0, 301, 513, -300, 10**9, 10**15, "9" * 30, "many", "3e2", "")],
    ),
    **swaps("element sh 300", [f"element sh {n}" for n in (0, 299, 301, -1, 10**15, "all")]),
    **swaps("binary_little_endian", ["ascii", "binary", "binary_middle_endian", "utf8", ""]),
    **swaps(
        "float min_x", ["float mid_x", "double min_x", "int min_x", "half min_x", "list uchar float min_x"]
    ),
    **swaps(
        "uint packed_rotation", ["ushort packed_rotation", "float packed_rotation", "uint packed_revolution"]
    ),
    **swaps("packed_scale", ["packed_sail", "packed_color", "packed_position"]),
    **swaps("uchar f_rest_7", ["float f_rest_7", "uchar f_rest_6", "uchar f_rest_70"]),
    **swaps("uchar f_rest_44", ["uchar f_rest_99"]),
    **{
        f"no {line}": _without(line)
        for line in (
            "format binary_little_endian 1.0",
            "element chunk 2",
            "element vertex 300",
            "property float max_scale_z",
            "property float max_g",
            "property uint packed_position",
            "property uint packed_color",
            "property uchar f_rest_0",
            "end_header",
        )
    },
    "no colour ranges but a blue one": lambda whole: _without("property float max_b")(whole),
    "600 further columns": _columns(600),
    "a header of 70 KB": swap(b"element chunk", b"comment " + b"x" * 70_000 + b"\nelement chunk"),
    "all ranges NaN": _ranges(NAN),
    "all ranges infinite": _ranges(INFINITE),
    "ranges that meet in NaN": _ranges(-INFINITE, INFINITE),
    **foreign(),
}


@pytest.mark.parametrize("name", CASES)
def test_a_damaged_file_costs_one_sentence(kit: Kit, tmp_path: Path, name: str) -> None:
    kit.refused(tmp_path, "deg3.compressed.ply", CASES[name])
