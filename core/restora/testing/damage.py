"""Damages to files of bytes, for tests that a reader refuses them: cut, overwritten, contradictory, bombs."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping

Change = Callable[[bytes], bytes]
"""Makes a damaged file of a sound one."""

WORDS = (0, 2**31 - 1, 2**31, 2**32 - 1)
"""What a count of 32 bits is when it is missing, or was negative once."""
FOREIGN = {
    "a PNG": b"\x89PNG\r\n\x1a\n",
    "a JPEG": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "a PDF": b"%PDF-1.7\n",
    "a page": b"<!DOCTYPE html><html><body>404 Not Found</body></html>",
    "an ELF program": b"\x7fELF\x02\x01\x01",
    "a pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n",
}
"""How files begin that somebody gave the wrong name, or fetched without seeing the error."""


def cut(share: float) -> Change:
    """The beginning only."""
    return lambda whole: whole[: int(len(whole) * share)]


def cut_at(size: int) -> Change:
    """The first bytes; from the end where negative."""
    return lambda whole: whole[:size]


def cuts(parts: int, *sizes: int) -> dict[str, Change]:
    """Cut into equal parts, so that every region of the file is hit, and to these sizes in bytes."""
    even = {f"cut to {part} of {parts} parts": cut(part / parts) for part in range(1, parts)}
    return {**even, **{f"cut to {size} bytes": cut_at(size) for size in sizes}}


def poke(offset: int, layout: str, *values: object) -> Change:
    """Numbers written over others, little endian, in the letters of `struct`."""

    def change(whole: bytes) -> bytes:
        changed = bytearray(whole)
        struct.pack_into("<" + layout, changed, offset, *values)
        return bytes(changed)

    return change


def field(name: str, offset: int, layout: str, values: Iterable[object]) -> dict[str, Change]:
    """One field of a header with each of these values."""
    return {f"{name} {value}": poke(offset, layout, value) for value in values}


def swap(old: bytes, new: bytes) -> Change:
    """The first `old` in place of `new`; a file that does not have it is a mistake of the test."""

    def change(whole: bytes) -> bytes:
        if old not in whole:
            raise LookupError(f"there is no {old!r} to be replaced")
        return whole.replace(old, new, 1)

    return change


def swaps(old: str, news: Iterable[str]) -> dict[str, Change]:
    """One piece of text in place of which each of these stands."""
    return {f"{new.strip()!r} for {old!r}": swap(old.encode(), new.encode()) for new in news}


def in_turn(*changes: Change) -> Change:
    """All of them, one after the other."""

    def change(whole: bytes) -> bytes:
        for each in changes:
            whole = each(whole)
        return whole

    return change


def foreign(size: int = 4000) -> dict[str, Change]:
    """Other kinds of files under this name."""
    return {name: _filled(start, size) for name, start in FOREIGN.items()}


def _filled(start: bytes, size: int) -> Change:
    return lambda _: (start + b"\n" + start * (size // len(start)))[:size]


def inside_gzip(changes: Mapping[str, Change]) -> dict[str, Change]:
    """The same damages to what a gzip stream holds."""

    def wrapped(change: Change) -> Change:
        return lambda whole: gzip.compress(change(gzip.decompress(whole)))

    return {f"inside, {name}": wrapped(change) for name, change in changes.items()}


def rezipped(
    files: Mapping[str, bytes | None], *, compression: int = zipfile.ZIP_DEFLATED, folder: str = ""
) -> Change:
    """A zip archive with other files in it; None takes one away."""

    def change(whole: bytes) -> bytes:
        source, target = zipfile.ZipFile(io.BytesIO(whole)), io.BytesIO()
        kept = {name: source.read(name) for name in source.namelist()}
        with zipfile.ZipFile(target, "w", compression) as archive:
            for name, content in {**kept, **files}.items():
                if content is not None:
                    archive.writestr(folder + name, content)
        return target.getvalue()

    return change
