"""Damaged files of the small formats: one sentence each, in bounded time and memory, bombs included."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from restora.errors import FileProblemError
from restora.io.scenes import read_scene

Kit = Any  # the fixture of conftest.py
SECONDS = 5.0
MOST_MIB = 60
Change = Callable[[bytes], bytes]


def _cut(share: float) -> Change:
    return lambda whole: whole[: int(len(whole) * share)]


def _poke(offset: int, layout: str, *values: object) -> Change:
    def change(whole: bytes) -> bytes:
        changed = bytearray(whole)
        struct.pack_into("<" + layout, changed, offset, *values)
        return bytes(changed)

    return change


def _swap(old: bytes, new: bytes) -> Change:
    def change(whole: bytes) -> bytes:
        assert old in whole
        return whole.replace(old, new, 1)

    return change


def _inside(change: Change) -> Change:
    """A change of what a gzip stream holds."""
    return lambda whole: gzip.compress(change(gzip.decompress(whole)))


def _bomb(_: bytes) -> bytes:
    """A small file that unpacks to 64 MiB, and whose count asks for far more."""
    head = struct.pack("<4sIIBBBB", b"NGSP", 3, 2**31, 0, 12, 0, 0)
    return gzip.compress(head + bytes(2**26), 9)


def _zstd(whole: bytes, packed: bytes) -> bytes:
    """The first stream of version 4 in place of another."""
    table = np.frombuffer(whole[32 : 32 + 96], "<u8").copy()
    rest = whole[128 + int(table[0]) :]
    table[0] = len(packed)
    return whole[:32] + table.tobytes() + packed + rest


def _zstd_bomb(whole: bytes) -> bytes:
    import zstandard

    return _zstd(whole, zstandard.ZstdCompressor(level=3).compress(bytes(2**28)))


CUTS = (0.001, 0.02, 0.1, 0.3, 0.5, 0.8, 0.95, 0.999)
SPZ3: dict[str, Change] = {
    **{f"cut at {share}": _cut(share) for share in CUTS},
    "a bomb": _bomb,
    "version 0": _inside(_poke(4, "I", 0)),
    "version 4 in gzip": _inside(_poke(4, "I", 4)),
    "version 9": _inside(_poke(4, "I", 9)),
    "no Gaussians": _inside(_poke(8, "I", 0)),
    "one Gaussian more": _inside(_poke(8, "I", 301)),
    "four billion Gaussians": _inside(_poke(8, "I", 2**32 - 1)),
    "degree 5": _inside(_poke(12, "B", 5)),
    "200 fractional bits": _inside(_poke(13, "B", 200)),
    "damaged in the middle": lambda whole: whole[:4000] + bytes(400) + whole[4400:],
    "another magic": _inside(_swap(b"NGSP", b"NOPE")),
    "a wrong rotation of all": _inside(lambda whole: whole[:16] + bytes(10)),
}
SPZ4: dict[str, Change] = {
    **{f"cut at {share}": _cut(share) for share in CUTS},
    "a bomb": _zstd_bomb,
    "version 3 without gzip": _poke(4, "I", 3),
    "four billion Gaussians": _poke(8, "I", 2**32 - 1),
    "no Gaussians": _poke(8, "I", 0),
    "one Gaussian fewer": _poke(8, "I", 299),
    "degree 200": _poke(12, "B", 200),
    "no streams": _poke(15, "B", 0),
    "255 streams": _poke(15, "B", 255),
    "a table beyond the end": _poke(16, "I", 2**31),
    "a table in the header": _poke(16, "I", 0),
    "a stream of 2**63 packed bytes": _poke(32, "Q", 2**63),
    "a stream of 2**63 bytes": _poke(40, "Q", 2**63),
    "a stream that is no zstd": lambda whole: _zstd(whole, b"nonsense" * 9),
    "a stream that is empty": lambda whole: _zstd(whole, b""),
}
COMPRESSED: dict[str, Change] = {
    **{f"cut at {share}": _cut(share) for share in CUTS[1:]},
    "one chunk too few": _swap(b"element chunk 2", b"element chunk 1"),
    "10**15 chunks": _swap(b"element chunk 2", b"element chunk 1000000000000000"),
    "10**15 Gaussians": _swap(b"element vertex 300", b"element vertex 1000000000000000"),
    "no Gaussians": _swap(b"element vertex 300", b"element vertex 0"),
    "no chunks": _swap(b"element chunk", b"element lump"),
    "no range": _swap(b"float min_x", b"float mid_x"),
    "no range of colours": _swap(b"float max_g", b"float max_k"),
    "no packed scale": _swap(b"packed_scale", b"packed_sail"),
    "packed into 16 bits": _swap(b"uint packed_rotation", b"ushort packed_rotation"),
    "harmonics of other rows": _swap(b"element sh 300", b"element sh 299"),
    "harmonics as floats": _swap(b"uchar f_rest_7", b"float f_rest_7"),
    "harmonics of another number": _swap(b"property uchar f_rest_44\n", b""),
    "harmonics in disorder": _swap(b"uchar f_rest_44", b"uchar f_rest_99"),
    "as text": _swap(b"binary_little_endian", b"ascii"),
    "all ranges NaN": lambda whole: (
        whole[: whole.index(b"end_header\n") + 11]
        + struct.pack("<36f", *[float("nan")] * 36)
        + whole[whole.index(b"end_header\n") + 11 + 144 :]
    ),
}
SPLAT: dict[str, Change] = {
    "one byte more": lambda whole: whole + b"x",
    "one byte fewer": lambda whole: whole[:-1],
    "a single byte": lambda whole: whole[:1],
    "nothing but NaN": lambda whole: b"\xff" * len(whole),
    "negative scales": lambda whole: struct.pack("<6f8B", 0, 0, 0, -1, -1, -1, *[9] * 8) * 200,
    "a text": lambda _: b"These are thirty-two bytes of text." * 32,
}
KSPLAT: dict[str, Change] = {
    **{f"cut at {share}": _cut(share) for share in CUTS},
    "level 3": _poke(20, "H", 3),
    "2**32 sections": _poke(4, "I", 2**32 - 1),
    "no sections": _poke(4, "I", 0),
    "another count": _poke(16, "I", 99),
    "2**32 Gaussians": lambda whole: _poke(4096, "II", 2**32 - 1, 2**32 - 1)(
        _poke(16, "I", 2**32 - 1)(whole)
    ),
    "more than there is room for": _poke(4096, "II", 100, 99),
    "degree 3": _poke(4096 + 40, "H", 3),
    "2**32 buckets": _poke(4096 + 12, "I", 2**32 - 1),
    "buckets of one byte": _poke(4096 + 20, "H", 1),
    "more full buckets than buckets": _poke(4096 + 32, "I", 77),
    "2**32 partial buckets": _poke(4096 + 36, "I", 2**32 - 1),
    "no full buckets": _poke(4096 + 32, "I", 0),
    "harmonics up to infinity": _poke(40, "f", float("inf")),
    "a bucket without Gaussians": _poke(4096 + 1024, "I", 0),
    "blocks of NaN": _poke(4096 + 16, "f", float("nan")),
}


def _sog(changes: dict[str, bytes | None], meta: dict[str, object] | None = None) -> Change:
    """The bundle with other files; None takes one away."""

    def change(whole: bytes) -> bytes:
        source, target = zipfile.ZipFile(io.BytesIO(whole)), io.BytesIO()
        files = {name: source.read(name) for name in source.namelist()}
        if meta is not None:
            files["meta.json"] = json.dumps(_merged(json.loads(files["meta.json"]), meta)).encode()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in {**files, **changes}.items():
                if content is not None:
                    archive.writestr(name, content)
        return target.getvalue()

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


SOG: dict[str, Change] = {
    **{f"cut at {share}": _cut(share) for share in CUTS},
    "no meta": _sog({"meta.json": None}),
    "meta that is no JSON": _sog({"meta.json": b'{"means": '}),
    "meta that is a list": _sog({"meta.json": b'["means"]'}),
    "meta of 20 MB": _sog({"meta.json": b'{"means": 1' + b" " * 20_000_000 + b"}"}),
    "version 1": _sog({}, {"version": 1}),
    "no version": _sog({}, {"version": None}),
    "no Gaussians": _sog({}, {"count": 0}),
    "negative Gaussians": _sog({}, {"count": -5}),
    "a million Gaussians": _sog({}, {"count": 1_000_000}),
    "10**18 Gaussians": _sog({}, {"count": 10**18}),
    "a count of text": _sog({}, {"count": "300"}),
    "two ends for three axes": _sog({}, {"means": {"mins": [0, 0]}}),
    "ends of words": _sog({}, {"means": {"mins": ["a", "b", "c"]}}),
    "infinite ends": _sog({}, {"means": {"maxs": [1e999, 1, 1]}}),
    "an absolute picture": _sog({}, {"quats": {"files": ["/etc/passwd"]}}),
    "a picture above": _sog({}, {"quats": {"files": ["../../secret.webp"]}}),
    "a file above in the archive": _sog({"../evil": b"x"}),
    "an absolute file in the archive": _sog({"/evil": b"x"}),
    "a picture of a number": _sog({}, {"quats": {"files": [5]}}),
    "no picture of rotations": _sog({"quats.webp": None}),
    "a picture that is none": _sog({"sh0.webp": b"nonsense"}),
    "a picture cut off": _sog({"scales.webp": _webp(60, 60)[:40]}),
    "a picture too small": _sog({"means_u.webp": _webp(2, 2)}),
    "a picture of 100 megapixels": _sog({"means_l.webp": _webp(12_000, 9_000)}),
    "rotations without their place": _sog({"quats.webp": _webp(20, 16, (1, 2, 3, 251))}),
    "a codebook too short": _sog({}, {"scales": {"codebook": [1.0, 2.0]}}),
    "a codebook too long": _sog({}, {"sh0": {"codebook": [0.0] * 70_000}}),
    "a codebook of nothing": _sog({}, {"shN": {"codebook": None}}),
    "a codebook with NaN": _sog({}, {"scales": {"codebook": [float("nan")] * 256}}),
    "bands of 9": _sog({}, {"shN": {"bands": 9}}),
    "bands of another width": _sog({}, {"shN": {"bands": 2}}),
    "a palette of a billion": _sog({}, {"shN": {"count": 10**9}}),
    "a palette that is too small": _sog({}, {"shN": {"count": 1}}),
    "labels beyond the palette": _sog({"shN_labels.webp": _webp(20, 16, (255, 255, 0, 255))}),
    "a thousand files": _sog({f"file{number}": b"" for number in range(1100)}),
}


class Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return (print, ("this must never be printed",))


def _checkpoint(**changes: object) -> Change:
    """Written anew with other tensors."""

    def change(whole: bytes) -> bytes:
        import torch

        content = torch.load(io.BytesIO(whole), weights_only=True)
        splats = {k: v for k, v in {**content["splats"], **changes}.items() if not isinstance(v, str)}
        stream = io.BytesIO()
        torch.save({"step": 1, "splats": splats}, stream)
        return stream.getvalue()

    return change


def _packed(whole: bytes) -> bytes:
    source, target = zipfile.ZipFile(io.BytesIO(whole)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            archive.writestr(name, source.read(name))
    return target.getvalue()


def _with_pickle(content: bytes) -> Change:
    def change(whole: bytes) -> bytes:
        source, target = zipfile.ZipFile(io.BytesIO(whole)), io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for name in source.namelist():
                archive.writestr(name, content if name.endswith("data.pkl") else source.read(name))
        return target.getvalue()

    return change


def _torch_cases() -> dict[str, Change]:
    import torch

    wide = torch.zeros(1, 3).expand(10**9, 3)
    return {
        **{f"cut at {share}": _cut(share) for share in CUTS},
        "a pickle that runs code": _with_pickle(pickle.dumps({"splats": Evil(), "means": 1})),
        "a pickle of words": _with_pickle(pickle.dumps("splats means")),
        "a pickle of an empty dictionary": _with_pickle(pickle.dumps({"splats": {}, "means": 1})),
        "a pickle that is none": _with_pickle(b"splats and means"),
        "a pickle of 3 MB": _with_pickle(b"splats means" + bytes(3_000_000)),
        "packed members": _packed,
        "no scales": _checkpoint(scales="gone"),
        "no higher bands": _checkpoint(shN="gone"),
        "a tensor of integers": _checkpoint(means=torch.zeros(100, 3, dtype=torch.int64)),
        "a number for a tensor": _checkpoint(opacities=5.0),
        "one scale too few": _checkpoint(scales=torch.zeros(99, 3)),
        "scales of two axes": _checkpoint(scales=torch.zeros(100, 2)),
        "opacities in a column": _checkpoint(opacities=torch.zeros(100, 1)),
        "bands of another number": _checkpoint(shN=torch.zeros(100, 7, 3)),
        "means of no rows": _checkpoint(means=torch.zeros(3)),
        "a single number": _checkpoint(means=torch.tensor(1.0)),
        "rows that are one row": _checkpoint(
            means=wide,
            quats=torch.zeros(1, 4).expand(10**9, 4),
            scales=wide,
            opacities=torch.zeros(1).expand(10**9),
        ),
        "all NaN": _checkpoint(means=torch.full((100, 3), float("nan"))),
        "no Gaussians": _checkpoint(
            means=torch.zeros(0, 3),
            quats=torch.zeros(0, 4),
            scales=torch.zeros(0, 3),
            opacities=torch.zeros(0),
            sh0=torch.zeros(0, 1, 3),
            shN=torch.zeros(0, 8, 3),
        ),
    }


CASES = {
    **{("deg3_v3.spz", name): change for name, change in SPZ3.items()},
    **{("deg3_v4.spz", name): change for name, change in SPZ4.items()},
    **{("deg3.compressed.ply", name): change for name, change in COMPRESSED.items()},
    **{("deg3.splat", name): change for name, change in SPLAT.items()},
    **{("deg2_level1.ksplat", name): change for name, change in KSPLAT.items()},
    **{("deg3.sog", name): change for name, change in SOG.items()},
    **{("checkpoint_deg2.pt", name): change for name, change in _torch_cases().items()},
}


@pytest.mark.parametrize(("file", "name"), list(CASES))
def test_a_damaged_file_costs_one_sentence(
    kit: Kit, tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, name: str
) -> None:
    path = tmp_path / file
    path.write_bytes(CASES[file, name]((kit.vectors / "files" / file).read_bytes()))
    started = time.perf_counter()
    tracemalloc.start()
    try:
        with pytest.raises(FileProblemError) as caught:
            read_scene(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}: ")
    assert "\n" not in sentence
    assert "cannot be read as" not in sentence, "every damage has a sentence of its own"
    assert len(sentence) < 500
    assert time.perf_counter() - started < SECONDS
    assert peak < MOST_MIB * 2**20
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "file",
    [
        "deg3_v3.spz",
        "deg3_v4.spz",
        "deg3.compressed.ply",
        "deg3.splat",
        "deg2_level1.ksplat",
        "deg3.sog",
        "deg1.ply",
    ],
)
def test_noise_in_a_file_never_ends_in_a_traceback(kit: Kit, tmp_path: Path, file: str) -> None:
    rng = np.random.default_rng(11)
    whole = (kit.vectors / "files" / file).read_bytes()
    path = tmp_path / file
    for number in range(40):
        changed = bytearray(whole)
        for place in rng.integers(0, len(whole) if number % 2 else min(len(whole), 300), rng.integers(1, 9)):
            changed[place] = rng.integers(0, 256)
        path.write_bytes(changed)
        try:
            scene = read_scene(path)
        except FileProblemError:
            continue
        assert np.isfinite(scene.means).all()
        assert np.isfinite(scene.sh).all()
