"""The rows of a PLY table as blocks of floats, whatever the file keeps them as."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from restora.errors import FileProblemError
from restora.io.scenes.ply_header import Element, PlyHeader, start_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLOCK_BYTES = 768 * 1024
"""A block is copied column by column, so it must stay in a processor's cache: larger ones cost four times."""

_TEXT_BYTES = 1024 * 1024
_LONGEST_WORD = 60


def row_blocks(path: Path, header: PlyHeader, element: Element) -> Iterator[NDArray[np.float32]]:
    """Blocks of rows x columns in the file's order; each one is only valid until the next is asked for.

    Raises FileProblemError where the file ends early or holds something else than numbers.
    """
    if not header.byte_order:
        return _text_blocks(path, header, element)
    is_plain = header.byte_order == "<" and all(kind == "f4" for _, kind in element.columns)
    return (_float_blocks if is_plain else _mixed_blocks)(path, header, element)


def check_rows(path: Path, header: PlyHeader, element: Element) -> None:
    """Raise FileProblemError where the file is too short for what its header states."""
    if header.byte_order:
        start_of(path, header, element.name)
        return
    earlier = _tokens_before(path, header, element)
    least = 2 * (earlier + element.count * len(element.columns)) - 1  # a digit and a gap each
    found = path.stat().st_size - header.data_offset
    if least > found:
        raise FileProblemError(
            path,
            f"its header states {element.count} rows of {len(element.columns)} numbers, but only "
            f"{found} bytes of text follow, expected at least {least}",
        )


def _float_blocks(path: Path, header: PlyHeader, element: Element) -> Iterator[NDArray[np.float32]]:
    rows = _rows_per_block(element)
    block = np.empty((min(rows, element.count), len(element.columns)), "<f4")
    with path.open("rb", buffering=0) as stream:
        stream.seek(start_of(path, header, element.name))
        for start in range(0, element.count, rows):
            part = block[: min(rows, element.count - start)]
            _fill(path, stream, part.view(np.uint8).reshape(-1).data)
            yield part


def _mixed_blocks(path: Path, header: PlyHeader, element: Element) -> Iterator[NDArray[np.float32]]:
    rows = _rows_per_block(element)
    record = np.dtype([(name, header.byte_order + kind) for name, kind in element.columns])
    stored = np.empty(min(rows, element.count), record)
    block = np.empty((len(stored), len(element.columns)), np.float32)
    with path.open("rb", buffering=0) as stream:
        stream.seek(start_of(path, header, element.name))
        for start in range(0, element.count, rows):
            count = min(rows, element.count - start)
            _fill(path, stream, stored[:count].view(np.uint8).data)
            with np.errstate(
                over="ignore"
            ):  # a double beyond float32 becomes infinite, and its row is dropped
                for number, name in enumerate(element.names):
                    block[:count, number] = stored[name][:count]
            yield block[:count]


def _fill(path: Path, stream: BinaryIO, view: memoryview) -> None:
    filled = 0
    while filled < len(view):
        got = stream.readinto(view[filled:])  # type: ignore[attr-defined]  # every raw stream has it
        if not got:
            raise FileProblemError(path, "ends before its last row")
        filled += got


def _text_blocks(path: Path, header: PlyHeader, element: Element) -> Iterator[NDArray[np.float32]]:
    width, left = len(element.columns), element.count
    skip = _tokens_before(path, header, element)
    rest: list[bytes] = []
    for words in _words(path, header.data_offset):
        skipped = min(skip, len(words))
        skip -= skipped
        rest += words[skipped:]
        count = min(len(rest) // width, left)
        if count:
            yield _numbers(path, rest[: count * width]).reshape(count, width)
            rest, left = rest[count * width :], left - count
        if not left:
            return
    raise FileProblemError(path, f"ends {left} rows before the {element.count} that its header states")


def _words(path: Path, offset: int) -> Iterator[list[bytes]]:
    """The text's numbers, some at a time; a number that is cut by the end of a part waits for the next."""
    with path.open("rb") as stream:
        stream.seek(offset)
        cut = b""
        while part := stream.read(_TEXT_BYTES):
            text = cut + part
            words = text.split()
            cut = words.pop() if words and not text[-1:].isspace() else b""
            if max(map(len, [*words, cut]), default=0) > _LONGEST_WORD:
                # numpy gives every word the room of the longest.
                raise FileProblemError(
                    path, f"holds a word of more than {_LONGEST_WORD} letters where a number must be"
                )
            yield words
        if cut:
            yield [cut]


def _numbers(path: Path, words: list[bytes]) -> NDArray[np.float32]:
    try:
        with np.errstate(over="ignore"):
            return np.array(words).astype(np.float64).astype(np.float32)
    except ValueError as error:
        raise FileProblemError(path, f"holds something else than a number ({str(error)[:80]})") from error


def _tokens_before(path: Path, header: PlyHeader, element: Element) -> int:
    count = 0
    for each in header.elements:
        if each.has_lists:
            raise FileProblemError(path, f"its element {each.name[:40]!r} has lists, a scene has none")
        if each is element:
            break
        count += each.count * len(each.columns)
    return count


def _rows_per_block(element: Element) -> int:
    return max(1, _BLOCK_BYTES // max(1, 4 * len(element.columns)))
