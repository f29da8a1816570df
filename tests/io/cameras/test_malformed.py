"""Damaged files of cameras: one sentence each, in bounded time and memory."""

from __future__ import annotations

import contextlib
import json
import shutil
import struct
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restora.errors import FileProblemError
from restora.io.cameras import read_cameras, read_colmap

Kit = Any  # the fixture of conftest.py
SECONDS = 3.0
MOST_MIB = 20
Change = Callable[[bytes], bytes]


def _cut(share: float) -> Change:
    return lambda whole: whole[: int(len(whole) * share)]


def _put(offset: int, layout: str, *values: object) -> Change:
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


CUTS = (0.0, 0.05, 0.3, 0.6, 0.99)
BINARY: dict[tuple[str, str], Change] = {
    **{("cameras.bin", f"cut at {share}"): _cut(share) for share in CUTS},
    **{("images.bin", f"cut at {share}"): _cut(share) for share in CUTS},
    **{("points3D.bin", f"cut at {share}"): _cut(share) for share in CUTS},
    ("cameras.bin", "a count of 2**63"): _put(0, "Q", 2**63),
    ("cameras.bin", "a count one too large"): _put(0, "Q", 5),
    ("cameras.bin", "an unknown lens"): _put(12, "i", 99),
    ("cameras.bin", "a negative lens"): _put(12, "i", -1),
    ("cameras.bin", "no width"): _put(16, "Q", 0),
    ("cameras.bin", "2**60 columns"): _put(16, "Q", 2**60),
    ("cameras.bin", "a NaN"): _put(32, "d", float("nan")),
    ("cameras.bin", "a focal length of zero"): _put(32, "d", 0.0),
    ("cameras.bin", "a camera twice"): lambda whole: struct.pack("<Q", 8) + whole[8:] * 2,
    ("images.bin", "a count of 2**63"): _put(0, "Q", 2**63),
    ("images.bin", "no images"): lambda _: bytes(8),
    ("images.bin", "no rotation"): _put(12, "4d", 0, 0, 0, 0),
    ("images.bin", "an infinite place"): _put(44, "d", float("inf")),
    ("images.bin", "a camera that does not exist"): _put(68, "i", 77),
    ("images.bin", "an image twice"): lambda whole: struct.pack("<Q", 8) + whole[8:] * 2,
    ("images.bin", "a name without an end"): lambda whole: whole[:72] + b"a" * 9000,
    ("images.bin", "no name"): lambda whole: whole[:72] + whole[72 + whole[72:].index(0) :],
    ("images.bin", "2**61 observations"): lambda whole: (
        whole[: 73 + whole[72:].index(0)] + struct.pack("<Q", 2**61) + whole[81 + whole[72:].index(0) :]
    ),
    ("points3D.bin", "a count of 2**62"): _put(0, "Q", 2**62),
    ("points3D.bin", "a count one too large"): _put(0, "Q", 27),
    ("points3D.bin", "2**61 sightings"): _put(51, "Q", 2**61),
}
TEXT: dict[tuple[str, str], Change] = {
    ("cameras.txt", "a lens with too few numbers"): _swap(b" 70 71 ", b" 70 "),
    ("cameras.txt", "an unknown lens"): _swap(b"OPENCV", b"CLOSEDCV"),
    ("cameras.txt", "a word for a number"): _swap(b" 70 71 ", b" 70 wide "),
    ("cameras.txt", "a size with a fraction"): _swap(b"64 48", b"64.5 48"),
    ("cameras.txt", "a size of forty digits"): _swap(b"64 48", b"9" * 40 + b" 48"),
    ("cameras.txt", "an id twice"): _swap(b"3 SIMPLE_RADIAL", b"7 SIMPLE_RADIAL"),
    ("cameras.txt", "an infinite focal length"): _swap(b" 70 71 ", b" 70 inf "),
    ("cameras.txt", "nothing but its name"): lambda _: b"7\n",
    ("cameras.txt", "bytes"): lambda _: bytes(range(256)),
    ("images.txt", "no name"): _swap(b" 7 sub/view_003.png", b" 7"),
    ("images.txt", "an observation without its point"): _swap(b"21.857441003371548 ", b""),
    ("images.txt", "a word among observations"): _swap(b"21.857441003371548", b"left"),
    ("images.txt", "a camera that does not exist"): _swap(b" 7 sub/", b" 8 sub/"),
    ("images.txt", "an image twice"): _swap(b"\n3 0.87", b"\n4 0.87"),
    ("images.txt", "a NaN"): _swap(b"0.73008249367101996", b"nan"),
    ("images.txt", "cut in the middle"): _cut(0.4),
    ("images.txt", "only comments"): lambda _: b"# nothing\n#\n",
    ("images.txt", "one word of 300 kB among short ones"): lambda whole: (
        whole + b"9 1 0 0 0 0 0 0 7 a\n" + b"9" * 300_000 + b" 1 1" * 400_000
    ),
    ("images.txt", "a line of 70 MB"): lambda whole: whole + b"9 1 0 0 0 0 0 0 7 a\n" + b"1 " * 35_000_000,
    ("points3D.txt", "too few numbers"): _swap(b" 158 154 249 ", b" 158 154 "),
    ("points3D.txt", "a colour of 300"): _swap(b" 158 154 249 ", b" 158 154 300 "),
    ("points3D.txt", "a word"): _swap(b" 158 154 249 ", b" 158 blue 249 "),
    ("points3D.txt", "a negative id"): _swap(b"\n39 ", b"\n-39 "),
    ("points3D.txt", "half a sighting"): _swap(b" 1 15 2 16", b" 1 15 2"),
}


def _refused(path: Path, read: Callable[[], object], most_mib: float = MOST_MIB) -> None:
    started = time.perf_counter()
    tracemalloc.start()
    try:
        with pytest.raises(FileProblemError) as caught:
            read()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    sentence = str(caught.value)
    assert sentence.startswith(str(path))
    assert "\n" not in sentence
    assert "cannot be read as" not in sentence, "every damage has a sentence of its own"
    assert len(sentence) < 500
    assert time.perf_counter() - started < SECONDS
    assert peak < most_mib * 2**20


@pytest.mark.parametrize(("file", "name"), [*BINARY, *TEXT])
def test_a_damaged_model_costs_one_sentence(kit: Kit, tmp_path: Path, file: str, name: str) -> None:
    source = "sparse" if file.endswith(".bin") else "sparse_txt"
    shutil.copytree(kit.vectors / "colmap" / source / "0", tmp_path / "0")
    path = tmp_path / "0" / file
    path.write_bytes({**BINARY, **TEXT}[file, name](path.read_bytes()))
    # A line of 64 MiB is held as text once, and as bytes while it is decoded.
    _refused(path, lambda: read_colmap(tmp_path / "0"), 300 if "B" in name else MOST_MIB)


def _with(**changes: object) -> Callable[[Any], object]:
    """The file with other values for all; None takes them away."""
    return lambda content: {k: v for k, v in {**content, **changes}.items() if v is not None}


def _frame(**changes: object) -> Callable[[Any], object]:
    def change(content: Any) -> object:
        key = "frames" if "frames" in content else "camera_path"
        first = {k: v for k, v in {**content[key][0], **changes}.items() if v is not None}
        return {**content, key: [first, *content[key][1:]]}

    return change


def _first(**changes: object) -> Callable[[Any], object]:
    return lambda content: [{k: v for k, v in {**content[0], **changes}.items() if v is not None}]


MIRROR = np.diag([1.0, 1, -1, 1]).tolist()
SKEW = [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
JSON_CASES: dict[tuple[str, str], Callable[[Any], object]] = {
    ("transforms.json", "no focal length"): _with(fl_x=None),
    ("transforms.json", "a focal length of zero"): _with(fl_x=0),
    ("transforms.json", "a focal length of text"): _with(fl_x="long"),
    ("transforms.json", "a true focal length"): _with(fl_x=True),
    ("transforms.json", "an infinite focal length"): _with(fl_x=1e999),
    ("transforms.json", "no size"): _with(w=None),
    ("transforms.json", "half a pixel"): _with(w=96.5),
    ("transforms.json", "a negative size"): _with(h=-64),
    ("transforms.json", "a size of 10**12"): _with(h=10**12),
    ("transforms.json", "a lens of another world"): _with(camera_model="EQUIRECTANGULAR"),
    ("transforms.json", "a lens of a number"): _with(camera_model=7),
    ("transforms.json", "a NaN coefficient"): _with(k1=float("nan")),
    ("transforms.json", "an angle above half a turn"): _with(fl_x=None, camera_angle_x=3.5),
    ("transforms.json", "frames that are words"): lambda content: {
        **content,
        "frames": [content["frames"][0], "x"],
    },
    ("transforms.json", "no matrix"): lambda content: {
        **content,
        "frames": [content["frames"][0], {"file_path": "a"}],
    },
    ("transforms.json", "a matrix of 3 x 3"): _frame(transform_matrix=[[1, 0, 0]] * 3),
    ("transforms.json", "a matrix of words"): _frame(transform_matrix=[["a"] * 4] * 4),
    ("transforms.json", "a matrix of zeros"): _frame(transform_matrix=[[0.0] * 4] * 4),
    ("transforms.json", "a matrix with NaN"): _frame(transform_matrix=[[float("nan")] * 4] * 4),
    ("transforms.json", "a matrix of 10**400"): _frame(transform_matrix=[[10**400] * 4] * 4),
    ("transforms.json", "a mirrored matrix"): _frame(transform_matrix=MIRROR),
    ("transforms.json", "a skewed matrix"): _frame(transform_matrix=SKEW),
    ("transforms.json", "a name of a number"): _frame(file_path=5),
    ("transforms.json", "a name that no file can have"): _frame(file_path="a\0b", w=None, h=None)
    and (lambda content: _with(w=None, h=None)(_frame(file_path="a\0b")(content))),
    ("transforms.json", "no frames"): _with(frames=[]),
    ("cameras.json", "no position"): lambda content: [content[0], {"rotation": content[0]["rotation"]}],
    ("cameras.json", "a rotation of 2 x 2"): _first(rotation=[[1, 0], [0, 1]]),
    ("cameras.json", "a rotation of zeros"): _first(rotation=[[0.0] * 3] * 3),
    ("cameras.json", "a position of two numbers"): _first(position=[1, 2]),
    ("cameras.json", "no width"): _first(width=None),
    ("cameras.json", "a height of zero"): _first(height=0),
    ("cameras.json", "a negative focal length"): _first(fx=-5),
    ("cameras.json", "a name of a list"): _first(img_name=["a"]),
    ("cameras.json", "cameras that are numbers"): lambda content: [content[0], 5],
    ("cameras.json", "an empty list"): lambda _: [],
    ("camera_path.json", "a sphere"): _with(camera_type="equirectangular"),
    ("camera_path.json", "no size"): _with(render_width=None),
    ("camera_path.json", "no frames"): _with(camera_path=[]),
    ("camera_path.json", "a fov of 200 degrees"): _frame(fov=200),
    ("camera_path.json", "a fov of zero"): _frame(fov=0),
    ("camera_path.json", "15 numbers"): _frame(camera_to_world=[1.0] * 15),
    ("camera_path.json", "16 words"): _frame(camera_to_world=["a"] * 16),
    ("own.json", "a version of the future"): lambda _: {
        "format": "restora-cameras",
        "version": 2,
        "frames": [],
    },
    ("own.json", "no version"): lambda _: {"format": "restora-cameras", "frames": []},
    ("own.json", "no frames"): lambda _: {"format": "restora-cameras", "version": 1},
    ("own.json", "a frame of nothing"): lambda _: {"format": "restora-cameras", "version": 1, "frames": [{}]},
    ("own.json", "another format"): lambda _: {"format": "other", "version": 1, "frames": []},
    ("own.json", "a number"): lambda _: 5,
    ("own.json", "null"): lambda _: None,
}


@pytest.mark.parametrize(("file", "name"), list(JSON_CASES))
def test_damaged_json_costs_one_sentence(kit: Kit, tmp_path: Path, file: str, name: str) -> None:
    source = kit.vectors / "cameras" / file
    content = json.loads(source.read_text()) if source.exists() else None
    path = tmp_path / file
    path.write_text(json.dumps(JSON_CASES[file, name](content)))
    _refused(path, lambda: read_cameras(path))


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe\0", b"[" * 100_000, b"nonsense", b'{"frames": [NaN', b"\0" * 100]
)
def test_what_is_no_json_costs_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "transforms.json"
    path.write_bytes(content)
    _refused(path, lambda: read_cameras(path))


def test_an_endless_file_is_refused_by_its_size(tmp_path: Path) -> None:
    with (tmp_path / "a.json").open("wb") as stream:
        stream.truncate(2**40)
    _refused(tmp_path / "a.json", lambda: read_cameras(tmp_path / "a.json"))


def test_noise_in_a_model_never_ends_in_a_traceback(kit: Kit, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    shutil.copytree(kit.vectors / "colmap" / "sparse" / "0", tmp_path / "0")
    for file in ("cameras.bin", "images.bin", "points3D.bin"):
        whole = (tmp_path / "0" / file).read_bytes()
        for _ in range(60):
            changed = bytearray(whole)
            for place in rng.integers(0, len(whole), rng.integers(1, 9)):
                changed[place] = rng.integers(0, 256)
            (tmp_path / "0" / file).write_bytes(changed)
            with contextlib.suppress(FileProblemError):
                read_colmap(tmp_path / "0")
        (tmp_path / "0" / file).write_bytes(whole)


@pytest.mark.parametrize("file", ["transforms.json", "cameras.json", "camera_path.json"])
def test_noise_in_json_never_ends_in_a_traceback(kit: Kit, tmp_path: Path, file: str) -> None:
    rng = np.random.default_rng(5)
    whole = (kit.vectors / "cameras" / file).read_bytes()
    for _ in range(150):
        changed = bytearray(whole)
        for place in rng.integers(0, len(whole), rng.integers(1, 4)):
            changed[place] = rng.choice(list(b'0123456789.-e,:[]{}"n tx\xff'))
        (tmp_path / file).write_bytes(changed)
        with contextlib.suppress(FileProblemError):
            assert len(read_cameras(tmp_path / file)) > 0


@pytest.mark.parametrize("file", ["cameras.txt", "images.txt", "points3D.txt"])
def test_noise_in_text_never_ends_in_a_traceback(kit: Kit, tmp_path: Path, file: str) -> None:
    rng = np.random.default_rng(6)
    shutil.copytree(kit.vectors / "colmap" / "sparse_txt" / "0", tmp_path / "0")
    path = tmp_path / "0" / file
    whole = path.read_bytes()
    for _ in range(100):
        changed = bytearray(whole)
        for place in rng.integers(0, len(whole), rng.integers(1, 6)):
            changed[place] = rng.choice(list(b"0123456789.-e \n\r#nA\0\xff"))
        path.write_bytes(changed)
        with contextlib.suppress(FileProblemError):
            assert len(read_colmap(tmp_path / "0").images) > 0
