"""Capture files that are damaged or hostile: one sentence each, little memory, little time."""

from __future__ import annotations

import gzip
import io
import json
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
import tifffile
from PIL import Image as PillowImage

from restora.data.geometry import FrameWindow
from restora.errors import BadInputError
from restora.io.captures import CaptureOptions, open_cube, probe

MOST_BYTES = 40 * 2**20
MOST_SECONDS = 2.0
Make = Callable[[Path], Path]

RAW = {"format": "raw", "height": "64", "width": "64", "bits": "1"}
HALF = {"format": "swissspad2-half"}


def npy_header(shape: str, descr: str = "'|u1'", order: str = "False") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text


def file(content: bytes, name: str = "a.npy") -> Make:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=array.dtype.kind == "O")
    return stream.getvalue()


PACKED = npy(np.random.default_rng(0).integers(0, 256, (8, 64, 8), dtype=np.uint8))


def npz(name: str, content: bytes, compression: int = zipfile.ZIP_DEFLATED) -> Make:
    def make(folder: Path) -> Path:
        with zipfile.ZipFile(folder / "a.npz", "w", compression) as archive:
            archive.writestr(name, content)
        return folder / "a.npz"

    return make


def npz_cut(at: float) -> Make:
    def make(folder: Path) -> Path:
        path = npz("cube.npy", PACKED, zipfile.ZIP_STORED)(folder)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * at)])
        return path

    return make


def npz_bomb(folder: Path) -> Path:
    header = npy_header("(4096, 1024, 1024)")
    with (
        zipfile.ZipFile(folder / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("cube.npy", "w", force_zip64=True) as stream,
    ):
        stream.write(header)
        zeros = bytes(2**20)
        for _ in range(64):
            stream.write(zeros)
    # The directory claims what the header does: four gibibytes.
    data = bytearray((folder / "a.npz").read_bytes())
    at = data.rindex(b"PK\1\2")
    struct.pack_into("<I", data, at + 24, 0xFFFFFF00)
    (folder / "a.npz").write_bytes(bytes(data))
    return folder / "a.npz"


def npz_shifted(folder: Path) -> Path:
    """The directory points at bytes that are no member."""
    path = npz("cube.npy", PACKED, zipfile.ZIP_STORED)(folder)
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\1\2")
    struct.pack_into("<I", data, at + 42, 5)
    path.write_bytes(bytes(data))
    return path


def hdf5(build: Callable[[h5py.File], object]) -> Make:
    def make(folder: Path) -> Path:
        with h5py.File(folder / "a.h5", "w") as opened:
            build(opened)
        return folder / "a.h5"

    return make


def hdf5_cut(at: int) -> Make:
    def make(folder: Path) -> Path:
        rng = np.random.default_rng(0)
        path = hdf5(lambda f: f.create_dataset("cube", data=rng.random((8, 64, 64)) < 0.5))(folder)
        path.write_bytes(path.read_bytes()[:at])
        return path

    return make


def mat(variables: dict[str, object], *, cut: int | None = None, flip: int | None = None) -> Make:
    def make(folder: Path) -> Path:
        stream = io.BytesIO()
        scipy.io.savemat(stream, variables, do_compression=True)
        data = bytearray(stream.getvalue()[:cut])
        if flip is not None:
            data[flip] ^= 0xFF
        (folder / "a.mat").write_bytes(bytes(data))
        return folder / "a.mat"

    return make


def sidecar(text: str | bytes) -> Make:
    def make(folder: Path) -> Path:
        (folder / "frames.npy").write_bytes(PACKED)
        (folder / "transforms.json").write_bytes(text if isinstance(text, bytes) else text.encode())
        return folder

    return make


def folder_of(**files: bytes) -> Make:
    def make(folder: Path) -> Path:
        inner = folder / "frames"
        inner.mkdir()
        for name, content in files.items():
            (inner / name.replace("_", ".")).write_bytes(content)
        return inner

    return make


def picture(array: np.ndarray, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    PillowImage.fromarray(array).save(stream, kind)
    return stream.getvalue()


def png_size(width: int, height: int) -> bytes:
    """A PNG whose header claims another size than its pixels have."""
    import zlib

    data = bytearray(picture(np.zeros((8, 8), np.uint8)))
    struct.pack_into(">II", data, 16, width, height)
    struct.pack_into(">I", data, 29, zlib.crc32(bytes(data[12:29])))
    return bytes(data)


def tiff(array: np.ndarray, **kwargs: object) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, array, **kwargs)
    return stream.getvalue()


NAMED = {"file_path": "frames.npy", "bitpack": True}
FRAME = picture(np.zeros((8, 8), np.uint8))
CASES: list[tuple[str, Make, dict[str, str]]] = [
    *(
        (f"npy cut at {at}", file(PACKED[:at]), {"packing": "width"})
        for at in (5, 9, 60, 127, 128, 1000, 4223)
    ),
    ("npy with bytes after its end", file(PACKED + b"\0"), {"packing": "width"}),
    ("npy of a negative shape", file(npy_header("(-1, 64, 8)") + bytes(512)), {}),
    ("npy of no frames", file(npy_header("(0, 64, 8)")), {"packing": "width"}),
    ("npy of an absurd shape", file(npy_header("(4611686018427387904, 4, 4)")), {}),
    ("npy of float shape", file(npy_header("(8.0, 64, 8)") + bytes(4096)), {}),
    ("npy of bool shape", file(npy_header("(True, 64, 8)") + bytes(512)), {}),
    ("npy of 65535 square", file(npy_header("(1, 65535, 65535)", "'|b1'") + bytes(64)), {}),
    ("npy of 65535 square, complete", lambda folder: _sparse(folder, (1, 65535, 65535)), {"packing": "none"}),
    ("npy of one-pixel rows too long", lambda folder: _sparse(folder, (2, 1, 65536)), {"bits": "1"}),
    ("npy of Python objects", file(npy(np.array([[{}]], dtype=object))), {}),
    ("npy of a record", file(npy_header("(8, 8, 8)", "[('a', '|u1')]") + bytes(512)), {}),
    ("npy of dates", file(npy_header("(8, 8, 8)", "'<M8[s]'") + bytes(4096)), {}),
    ("npy of complex numbers", file(npy(np.zeros((4, 8, 9), complex))), {}),
    ("npy of floats with NaN", file(npy(np.full((4, 8, 9), np.nan, np.float32))), {}),
    ("npy with a program as header", file(npy_header("__import__('os').getcwd()")), {}),
    *(
        (f"npy with a header of {size}", file(b"\x93NUMPY\1\0" + bytes([size, 0]) + b"{}"), {})
        for size in (0, 1, 2)
    ),
    ("npy with a deep header", file(npy_header("(" * 5000)), {}),
    ("npy of six axes", file(npy(np.zeros((2, 2, 2, 2, 2, 2), np.uint8))), {"packing": "none", "bits": "1"}),
    ("npy of five channels", file(npy(np.zeros((2, 8, 9, 5), bool))), {}),
    ("npy of one axis", file(npy(np.zeros(9, bool))), {}),
    ("npy of no axis", file(npy(np.array(True))), {}),
    ("npy against its layout", file(PACKED), {"packing": "width", "layout": "thwc"}),
    ("npy against its bits", file(npy(np.full((4, 8, 9), 200, np.uint8))), {"bits": "12"}),
    ("npy packed with bits", file(PACKED), {"packing": "width", "bits": "3"}),
    ("npz cut early", npz_cut(0.3), {"packing": "width"}),
    ("npz cut late", npz_cut(0.98), {"packing": "width"}),
    ("npz whose member is no array", npz("cube.npy", b"nothing"), {}),
    ("npz without arrays", npz("readme.txt", b"nothing"), {}),
    ("npz bomb", npz_bomb, {}),
    ("npz with a false directory", npz_shifted, {"packing": "width"}),
    ("npz whose array is too short", npz("a.npy", npy_header("(9, 9, 9)") + bytes(9)), {"bits": "1"}),
    *((f"hdf5 cut at {at}", hdf5_cut(at), {}) for at in (8, 100, 1000, 5000, 20000)),
    ("hdf5 without frames", hdf5(lambda f: f.create_dataset("x", data=np.zeros(5))), {}),
    ("hdf5 of floats", hdf5(lambda f: f.create_dataset("x", data=np.zeros((3, 8, 9)))), {"member": "x"}),
    (
        "hdf5 bomb in one piece",
        hdf5(
            lambda f: f.create_dataset("x", (9, 60000, 60000), "u1", chunks=(1, 60000, 60000), compression=1)
        ),
        {},
    ),
    (
        "hdf5 of huge sides",
        hdf5(lambda f: f.create_dataset("x", (9, 2**40, 2**20), "u1", chunks=(1, 8, 8))),
        {},
    ),
    ("hdf5 whose group is no capture", hdf5(lambda f: f.create_group("g/0")), {"member": "g"}),
    (
        "hdf5 frames of different sizes",
        hdf5(lambda f: [f.create_dataset(f"g/{k}", data=np.ones((8, 8 + k), bool)) for k in range(3)]),
        {"bits": "1"},
    ),
    ("hdf5 in a circle", hdf5(lambda f: f.create_group("a").__setitem__("b", f["a"])), {}),
    ("mat cut", mat({"x": np.ones((8, 9, 7), bool)}, cut=180), {}),
    ("mat cut in its header", mat({"x": np.ones((8, 9, 7), bool)}, cut=100), {}),
    ("mat with a turned bit", mat({"x": np.ones((8, 9, 7), bool)}, flip=150), {}),
    ("mat of text", mat({"x": "text"}), {"member": "x"}),
    ("mat of cells", mat({"x": np.full((2, 2, 2), 1.0, object)}), {"member": "x"}),
    ("mat of nothing but its head", file(b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\1IM", "a.mat"), {}),
    ("bin of no whole frame", file(bytes(16385), "a.bin"), HALF),
    ("bin of less than a frame", file(bytes(100), "a.bin"), HALF),
    ("empty bin", file(b"", "a.bin"), HALF),
    ("spad512s with a long rest", file(bytes(32768 + 5), "RAW00001.bin"), {}),
    ("raw without a shape", file(bytes(512), "a.bin"), {"format": "raw"}),
    ("raw behind its end", file(bytes(512), "a.bin"), {**RAW, "offset": "600"}),
    ("raw of 65535 square", file(bytes(512), "a.bin"), {**RAW, "width": "65535", "height": "65535"}),
    (
        "raw with bits its samples cannot hold",
        file(bytes(4096), "a.bin"),
        {**RAW, "bits": "9", "sample": "uint8"},
    ),
    ("raw counts without a sample type", file(bytes(4096), "a.bin"), {**RAW, "bits": "9"}),
    (
        "raw bits packed and sampled",
        file(bytes(4096), "a.bin"),
        {**RAW, "sample": "uint8", "packing": "width"},
    ),
    ("sidecar that is no JSON", sidecar("{"), {}),
    ("sidecar that is a list", sidecar('["frames.npy"]'), {}),
    ("sidecar without end", sidecar("[" * 100_000), {}),
    ("sidecar that is no text", sidecar(b'{"file_path": "frames.npy\xff"}'), {}),
    ("sidecar with a number as path", sidecar('{"file_path": 7}'), {}),
    ("sidecar with a name no disk has", sidecar(json.dumps({"file_path": "x" * 5000})), {}),
    ("sidecar with a zero in its path", sidecar('{"file_path": "a\\u0000b"}'), {}),
    ("sidecar that names itself", sidecar('{"file_path": "transforms.json"}'), {}),
    ("sidecar of another height", sidecar(json.dumps({**NAMED, "bitpack_dim": 1, "h": 64})), {}),
    ("folder of nothing", folder_of(), {}),
    ("folder of cut pictures", folder_of(f1_png=FRAME[:40], f2_png=FRAME), {"bits": "1"}),
    ("folder of empty pictures", folder_of(f1_png=b"", f2_png=b""), {}),
    ("folder of mixed formats", folder_of(f1_png=FRAME, f2_tif=FRAME), {}),
    ("folder of false endings", folder_of(f1_png=b"nothing", f2_png=FRAME), {}),
    ("folder of JPEG named PNG", folder_of(f1_png=picture(np.zeros((8, 8), np.uint8), "JPEG")), {}),
    ("folder of PNG with 65535 sides", folder_of(f1_png=png_size(65535, 65535)), {"bits": "1"}),
    ("folder of PNG that promise more", folder_of(f1_png=png_size(2000, 2000)), {"bits": "1"}),
    ("float TIFF", folder_of(f1_tif=tiff(np.zeros((8, 8), np.float32))), {}),
    ("cut TIFF", folder_of(f1_tif=tiff(np.zeros((64, 64), np.uint8))[:1000]), {"bits": "1"}),
    (
        "negative TIFF",
        folder_of(f1_tif=tiff(np.zeros((8, 8), np.uint8), photometric="miniswhite")),
        {"bits": "1"},
    ),
    ("parts without numbers", folder_of(info_json=b'{"no_parts": "three", "no_frames": 3}'), {}),
    ("parts without end", folder_of(info_json=b'{"no_parts": 1e999, "no_frames": 3}'), {}),
    ("a mask that is missing", file(npy(np.zeros((4, 8, 9), bool))), {"bad_pixels": "none.npy"}),
    ("a mask of another size", file(npy(np.zeros((4, 8, 9), bool))), {"bad_pixels": "a.npy"}),
    ("a file that is missing", lambda folder: folder / "none.npy", {}),
    ("a cube packed with gzip", file(gzip.compress(PACKED), "a.npy.gz"), {}),
    ("a text", file(b"this is no capture\n", "a.txt"), {}),
]


def _sparse(folder: Path, shape: tuple[int, ...]) -> Path:
    header = npy_header(str(shape))
    path = folder / "a.npy"
    with path.open("wb") as stream:
        stream.write(header)
        stream.truncate(len(header) + int(np.prod(shape, dtype=np.int64)))
    return path


@pytest.mark.parametrize(("make", "stated"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_gives_one_sentence_in_bounded_time_and_memory(
    tmp_path: Path, make: Make, stated: dict[str, str]
) -> None:
    path = make(tmp_path)
    options = CaptureOptions.from_pairs(stated)
    tracemalloc.start()
    began = time.perf_counter()
    try:
        with pytest.raises(BadInputError) as caught:
            probe(path, options)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert len(sentence) < 700
    assert str(tmp_path) in sentence
    assert peak < MOST_BYTES
    assert time.perf_counter() - began < MOST_SECONDS


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 60


def test_a_file_that_shrinks_while_it_is_open_is_a_sentence(tmp_path: Path) -> None:
    path = file(PACKED)(tmp_path)
    cube = open_cube(path, CaptureOptions.from_pairs({"packing": "width"}))
    path.write_bytes(PACKED[:2000])
    with pytest.raises(BadInputError, match="ends inside frame"):
        cube.total(FrameWindow(0, 8))


def test_a_file_that_vanishes_while_it_is_open_is_a_sentence(tmp_path: Path) -> None:
    path = file(PACKED)(tmp_path)
    cube = open_cube(path, CaptureOptions.from_pairs({"packing": "width"}))
    path.unlink()
    with pytest.raises(BadInputError, match="cannot be read"):
        cube.read(FrameWindow(0, 8))
