"""Bad input is one sentence, exit code 2, and nothing is written."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Command = Callable[..., Any]


def _png_header(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


def _npy(array: np.ndarray[Any, Any], *, allow_pickle: bool = False) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=allow_pickle)
    return stream.getvalue()


def _npy_header(shape: str, descr: str = "<f4") -> bytes:
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def _tiff(picture: Path, length: int) -> bytes:
    import tifffile

    stream = io.BytesIO()
    tifffile.imwrite(stream, np.zeros((64, 64, 3), np.uint8))
    return stream.getvalue()[:length]


class _Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("trapped"),)


_BAD: dict[str, Callable[[Path], bytes]] = {
    "truncated.png": lambda picture: picture.read_bytes()[:700],
    "cut-in-header.png": lambda picture: picture.read_bytes()[:20],
    "truncated.tif": lambda picture: _tiff(picture, 400),
    "truncated.npy": lambda picture: _npy(np.zeros((32, 32), np.float32))[:500],
    "empty.png": lambda picture: b"",
    "empty.npy": lambda picture: b"",
    "huge.png": lambda picture: _png_header(100_000, 100_000),
    "huge.npy": lambda picture: _npy_header("(100000, 100000, 3)"),
    "negative.npy": lambda picture: _npy_header("(-5, 10)"),
    "objects.npy": lambda picture: _npy(np.array([_Trap()], object), allow_pickle=True),
    "text.png": lambda picture: b"not a picture at all",
}


@pytest.mark.parametrize("name", _BAD)
@pytest.mark.parametrize("command", [("open",), ("run", "classic.identity")])
def test_a_malformed_file_is_one_sentence(
    restora: Command, picture: Path, name: str, command: tuple[str, ...]
) -> None:
    Path(name).write_bytes(_BAD[name](picture))
    before = sorted(path.name for path in Path().iterdir())
    answer = restora(*command, name)
    if command == ("open",) and name in {"truncated.png", "truncated.tif"}:
        return  # only the header is read, and it is sound
    assert answer.code == 2
    assert answer.err.startswith(f"restora: {name}: ")
    assert "Traceback" not in answer.err
    assert len(answer.err.splitlines()) <= 2
    assert sorted(path.name for path in Path().iterdir()) == before


def test_a_folder_without_pictures_is_refused(restora: Command, folder: Path) -> None:
    Path("empty").mkdir()
    for command in (
        ("open", "empty"),
        ("run", "classic.identity", "empty"),
        ("batch", "classic.identity", "empty"),
    ):
        answer = restora(*command, *(("-o", "out") if command[0] == "batch" else ()))
        assert answer.code == 2
        assert "a folder without pictures" in answer.err
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run",), "Missing argument"),
        (("run", "classic.identity"), "no FILE"),
        (("nonsense",), "No such command"),
        (("run", "classic.nothing", "in.png"), "no such method"),
        (("run", "nothing.at-all", "in.png"), "no such method"),
        (("open", "sample:nothing"), "no such sample"),
        (("open", "missing.png"), "missing.png"),
        (("methods", "classic.nothing"), "no such method"),
        (("queue", "cancel", "abc"), "no such job"),
        (("queue", "move", "abc", "0"), "0 is not in the range"),
        (("weights", "get", "nothing"), "nothing"),
        (("plugins", "list", "--report", "nothing"), "no such plugin"),
        (("plugins", "disable", "nothing"), "no such plugin"),
        (("batch", "classic.identity", "in.png", "-o", "out", "--name", "{nope}"), "unknown fields: nope"),
        (("batch", "classic.identity", "in.png", "-o", "out", "--name", "a/b"), "has characters that file"),
        (("batch", "classic.identity", "in.png", "-o", "out", "--format", "xyz"), "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said(
    restora: Command, picture: Path, arguments: tuple[str, ...], told: str
) -> None:
    answer = restora(*arguments)
    assert answer.code in {1, 2}
    assert told in answer.err
    assert "Traceback" not in answer.err
    assert not Path("out").exists()
