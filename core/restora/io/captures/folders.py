"""Files of a folder in the order of their numbers, none of which may lead out of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from restora.errors import FileProblemError
from restora.io.captures.fact_sheet import FactSheet
from restora.io.captures.signs import BIN_SUFFIX

_DEEPEST_BINS = 3
_NUMBER = re.compile(r"\d+")


def in_order(folder: Path, found: Sequence[Path], sheet: FactSheet) -> tuple[Path, ...]:
    """Files by the numbers in their names; gaps become a warning.

    Raises FileProblemError where one lies outside the folder.
    """
    check_inside(folder, found)
    files = tuple(sorted(found, key=lambda entry: _natural(entry.relative_to(folder))))
    numbers = [int(digits[-1]) for entry in files if (digits := _NUMBER.findall(entry.stem))]
    if len(numbers) == len(files) > 1:
        missing = numbers[-1] - numbers[0] + 1 - len(numbers)
        if missing > 0:
            sheet.warnings.append(
                f"{missing} frame number(s) between {numbers[0]} and {numbers[-1]} are missing"
            )
    return files


def check_inside(folder: Path, found: Sequence[Path]) -> None:
    """Raise FileProblemError where a file is a link to somewhere outside the folder."""
    root = folder.resolve()
    for entry in found:
        if not entry.resolve().is_relative_to(root):
            raise FileProblemError(entry, "leads out of its folder, which is not followed")


def bin_files(folder: Path) -> list[Path]:
    """All `.bin` files below a folder, as deep as acquisition software nests them."""
    found: list[Path] = []
    level = [folder]
    for _ in range(_DEEPEST_BINS):
        entries = [entry for parent in level for entry in parent.iterdir()]
        found += [entry for entry in entries if entry.suffix.lower() == BIN_SUFFIX]
        level = [entry for entry in entries if entry.is_dir() and not entry.is_symlink()]
    return found


def _natural(name: Path) -> list[tuple[int, str]]:
    """Digits compare as numbers, so that frame 10 comes after frame 9."""
    pieces = re.split(r"(\d+)", name.as_posix())
    return [(int(piece), "") if piece.isdecimal() else (-1, piece) for piece in pieces]
