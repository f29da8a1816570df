"""When two declared files are the same file, and which file names may be used on disk."""

from __future__ import annotations

import hashlib
import re
from pathlib import PureWindowsPath
from typing import TypeAlias

from restora.plugins.declarations import WeightFile

Key: TypeAlias = str
"""Sixteen hexadecimal digits; also the name of the folder in the store."""

_SHA256 = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+ -]{0,150}")


def published_hash(file: WeightFile) -> str | None:
    """The declared SHA-256 in lower case, or None where the author published none."""
    return file.sha256.lower() if file.sha256 else None


def key_of(file: WeightFile) -> Key:
    """Equal for declarations of the same file.

    Files are the same if they have the same hash; without a hash, if name and addresses are the same (name
    and page, for a file that cannot be fetched).
    """
    sha256 = published_hash(file)
    if sha256 is not None:
        return sha256[:16]
    facts = [file.filename, *sorted(file.urls)] if file.urls else [file.filename, file.page]
    return hashlib.sha256("\n".join(facts).encode("utf-8")).hexdigest()[:16]


def problems_of(file: WeightFile) -> list[str]:
    """What is wrong with one declaration; a wrong name or hash could reach outside the store's folder."""
    problems: list[str] = []
    if not is_plain_name(file.filename):
        problems.append(f"weights {file.id}: the filename must be a plain file name, got {file.filename!r}")
    if file.sha256 is not None and not _SHA256.fullmatch(file.sha256):
        problems.append(f"weights {file.id}: sha256 must be 64 hexadecimal digits, got {file.sha256!r}")
    if file.size < 0:
        problems.append(f"weights {file.id}: the size must not be negative, got {file.size}")
    return problems


def is_plain_name(name: str) -> bool:
    """Whether `name` is one harmless, visible component of a path on every system."""
    return (
        _PLAIN_NAME.fullmatch(name) is not None and not name.endswith((" ", ".")) and not _is_reserved(name)
    )


def _is_reserved(name: str) -> bool:
    """Whether Windows keeps the name for a device."""
    stem = PureWindowsPath(name).name.partition(".")[0].rstrip().upper()
    return stem in {"CON", "PRN", "AUX", "NUL"} or re.fullmatch(r"(COM|LPT)[0-9]", stem) is not None
