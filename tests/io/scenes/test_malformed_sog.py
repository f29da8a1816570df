"""Damaged SOG bundles: pictures and meta.json in a zip archive."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from restora.testing.damage import Change, cuts, foreign, rezipped

Kit = Any  # the fixture of conftest.py
PICTURES = ("means_l", "means_u", "quats", "scales", "sh0", "shN_centroids", "shN_labels")


def _stated(meta: dict[str, object]) -> Change:
    """Other values in meta.json, part by part."""

    def change(whole: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            old = json.loads(archive.read("meta.json"))
        return rezipped({"meta.json": json.dumps(_merged(old, meta)).encode()})(whole)

    return change


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for key, value in new.items():
        merged[key] = (
            _merged(old[key], value) if isinstance(value, dict) and isinstance(old.get(key), dict) else value
        )
    return merged


def _webp(width: int, height: int, colour: tuple[int, ...] = (1, 2, 3, 4)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGBA", (width, height), colour).save(stream, "WEBP", lossless=True, exact=True)
    return stream.getvalue()


def _at(path: str, value: object) -> dict[str, object]:
    """`{"a": {"b": value}}` of `a.b`."""
    first, _, rest = path.partition(".")
    return {first: _at(rest, value) if rest else value}


def _each(path: str, values: dict[str, object]) -> dict[str, Change]:
    return {f"{path} {name}": _stated(_at(path, value)) for name, value in values.items()}


BAD_COUNTS: dict[str, object] = {
    "nothing": None,
    "0": 0,
    "negative": -5,
    "10**18": 10**18,
    "a text": "300",
    "a fraction": 300.5,
    "true": True,
    "a list": [300],
}
BAD_AXES: dict[str, object] = {
    "nothing": None,
    "of two": [0, 0],
    "of four": [0, 0, 0, 0],
    "of words": ["a", "b", "c"],
    "infinite": [1e999, 1, 1],
    "a number": 3,
}
BAD_CODES: dict[str, object] = {
    "nothing": None,
    "too short": [1.0, 2.0],
    "too long": [0.0] * 70_000,
    "NaN": [float("nan")] * 256,
    "words": ["x"] * 256,
}
BAD_FILES: dict[str, object] = {
    "nothing": None,
    "none": [],
    "a number": [5],
    "absolute": ["/etc/passwd"],
    "above": ["../../secret.webp"],
    "of Windows": ["C:\\secret.webp"],
    "missing": ["not_there.webp"],
    "a text": "quats.webp",
}


def _header_bytes(name: bytes) -> int:
    return 30 + len(name)


def _encrypted(whole: bytes) -> bytes:
    """The flag that says so, in the list of files of the archive."""
    changed = bytearray(whole)
    place = whole.find(b"PK\x01\x02")
    while place >= 0:
        struct.pack_into("<H", changed, place + 8, 1)
        place = whole.find(b"PK\x01\x02", place + 1)
    return bytes(changed)


def _twice(whole: bytes) -> bytes:
    target = io.BytesIO(whole)
    with zipfile.ZipFile(target, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("sh0.webp", b"another")
    return target.getvalue()


SOG: dict[str, Change] = {
    **cuts(12, 4, 30, 100, -1, -22, -60),
    **foreign(),
    "no meta": rezipped({"meta.json": None}),
    "meta that is no JSON": rezipped({"meta.json": b'{"means": '}),
    "meta that is a list": rezipped({"meta.json": b'["means"]'}),
    "meta that is empty": rezipped({"meta.json": b""}),
    "meta of deep brackets": rezipped({"meta.json": b'{"means": ' + b"[" * 100_000}),
    "meta of 20 MB": rezipped({"meta.json": b'{"means": 1' + b" " * 20_000_000 + b"}"}),
    **_each("version", {"1": 1, "3": 3, "none": None, "a text": "2.0", "a list": [2]}),
    **_each("count", {**BAD_COUNTS, "a million": 1_000_000}),
    **_each("means", {"nothing": None, "a text": "means", "a list": []}),
    **_each("means.mins", BAD_AXES),
    **_each("means.maxs", BAD_AXES),
    **_each("means.files", {**BAD_FILES, "only one": ["means_l.webp"]}),
    **_each("quats.files", BAD_FILES),
    **_each("scales.codebook", BAD_CODES),
    **_each("sh0.codebook", BAD_CODES),
    **_each("shN.codebook", BAD_CODES),
    **_each("shN.count", {**BAD_COUNTS, "1": 1}),
    **_each("shN.bands", {"9": 9, "0": 0, "2 instead of 3": 2, "a text": "3"}),
    **_each("shN.files", {"only one": ["shN_centroids.webp"], "changed over": ["shN_labels.webp"] * 2}),
    "a file above in the archive": rezipped({"../evil": b"x"}),
    "an absolute file in the archive": rezipped({"/evil": b"x"}),
    "a thousand files": rezipped({f"file{number}": b"" for number in range(1100)}),
    "a file twice": _twice,
    "files that are encrypted": _encrypted,
    **{f"no {name}": rezipped({f"{name}.webp": None}) for name in PICTURES},
    **{f"{name} that is none": rezipped({f"{name}.webp": b"nonsense"}) for name in PICTURES},
    **{f"{name} cut off": rezipped({f"{name}.webp": _webp(60, 60)[:40]}) for name in PICTURES},
    **{f"{name} too small": rezipped({f"{name}.webp": _webp(2, 2)}) for name in PICTURES},
    **{
        f"{name} of 100 megapixels": rezipped({f"{name}.webp": _webp(12_000, 9_000)}) for name in PICTURES[:3]
    },
    "a picture of 300 MB of zeros": rezipped({"scales.webp": bytes(300 * 2**20)}),
    "rotations without their place": rezipped({"quats.webp": _webp(20, 16, (1, 2, 3, 251))}),
    "labels beyond the palette": rezipped({"shN_labels.webp": _webp(20, 16, (255, 255, 0, 255))}),
}


@pytest.mark.parametrize("name", SOG)
def test_a_damaged_bundle_costs_one_sentence(kit: Kit, tmp_path: Path, name: str) -> None:
    kit.refused(tmp_path, "deg3.sog", SOG[name])
