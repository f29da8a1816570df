"""A batch: which files, and what the results are called."""

from __future__ import annotations

import os
import string
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from restora.data.kinds import Kind
from restora.errors import BadInputError
from restora.io.opening import readable_suffixes
from restora.io.scenes import scene_suffixes
from restora.plugins.declarations import MethodInfo

_FIELDS = frozenset({"stem", "method", "scale", "seed", "n"})
_FORBIDDEN_SOMEWHERE = frozenset('/\\:*?"<>|\0')
_FORBIDDEN_HERE = frozenset("/\0") if os.name == "posix" else _FORBIDDEN_SOMEWHERE
_LONGEST_NAME = 240
"""Bytes: file systems take 255, and the recipe's name is longer than the picture's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFile:
    """One file of a batch."""

    path: Path
    folder: Path
    """Where it lies below the folder that was named; empty for a file that was named itself."""


def find_files(
    inputs: Sequence[Path], *, recursive: bool, is_candidate: Callable[[Path], bool]
) -> tuple[BatchFile, ...]:
    """Every named file, and every candidate in a named folder, sorted; hidden files are left out.

    Raises BadInputError where an input does not exist or nothing is found.
    """
    found: list[BatchFile] = []
    for place in inputs:
        if place.is_dir():
            found += _in_folder(place, recursive, is_candidate)
        elif place.exists():
            found.append(BatchFile(path=place, folder=Path()))
        else:
            raise BadInputError(f"{place}: no such file or folder")
    unique = {file.path.absolute(): file for file in found}
    if not unique:
        names = ", ".join(str(place) for place in inputs) or "nothing"
        raise BadInputError(f"{names}: a folder without pictures")
    return tuple(unique.values())


def _in_folder(place: Path, recursive: bool, is_candidate: Callable[[Path], bool]) -> Iterable[BatchFile]:
    try:
        paths = sorted(place.rglob("*") if recursive else place.iterdir())
    except OSError as error:
        raise BadInputError(f"{place}: the folder cannot be read ({error.strerror})") from error
    for path in paths:
        below = path.relative_to(place)
        is_hidden = any(part.startswith(".") for part in below.parts)
        if path.is_file() and not is_hidden and is_candidate(path):
            yield BatchFile(path=path, folder=below.parent)


def is_candidate_for(info: MethodInfo, path: Path) -> bool:
    """Whether a file in a folder looks, by its ending, like something that the method takes."""
    suffix = path.suffix.lower()
    if suffix in scene_suffixes():
        return Kind.SPLAT in info.accepts
    return suffix in readable_suffixes() and info.accepts != {Kind.SPLAT}


@dataclass(frozen=True, slots=True, kw_only=True)
class NameTemplate:
    """Names of results, such as `{stem}_{method}` or `{n:03}`; checked when it is made."""

    text: str
    suffix: str
    """The ending, with its dot."""

    def __post_init__(self) -> None:
        try:
            parts = list(string.Formatter().parse(self.text))
        except ValueError as error:
            raise BadInputError(self._problem(f"cannot be read ({error})")) from None
        fields = {name for _, name, _, _ in parts if name is not None}
        if not fields <= _FIELDS:
            unknown = ", ".join(sorted(name or "{}" for name in fields - _FIELDS))
            raise BadInputError(self._problem(f"has unknown fields: {unknown}"))
        if any(len(layout or "") > 3 or "{" in (layout or "") for _, _, layout, _ in parts):
            raise BadInputError(self._problem("pads its fields too far"))
        if any(_FORBIDDEN_SOMEWHERE & set(literal) for literal, _, _, _ in parts):
            raise BadInputError(self._problem("has characters that file names cannot have"))
        self.name(stem="a", method="b.c", scale=1, seed=0, n=1)

    def name(self, *, stem: str, method: str, scale: float, seed: int, n: int) -> str:
        """The name for one file; raises BadInputError where it would not be a plain file name."""
        scale_text = int(scale) if float(scale).is_integer() else scale
        try:
            made = self.text.format(stem=stem, method=method, scale=scale_text, seed=seed, n=n)
        except ValueError as error:
            raise BadInputError(self._problem(f"does not fit its fields ({error})")) from None
        if not made.strip(" .") or _FORBIDDEN_HERE & set(made) or not made.isprintable():
            raise BadInputError(self._problem(f"makes {made!r}, which is not a file name"))
        if len(os.fsencode(made + self.suffix)) > _LONGEST_NAME:
            raise BadInputError(self._problem(f"makes a name of {len(made)} characters, which is too long"))
        return made + self.suffix

    def _problem(self, problem: str) -> str:
        fields = "{stem} {method} {scale} {seed} {n:03}"
        return f"name template {self.text!r} {problem}; fields are {fields}"


def check_unique(outputs: Sequence[Path]) -> None:
    """Refuse a batch in which two files would get the same name, capitals not distinguished."""
    seen: set[str] = set()
    for output in outputs:
        key = unicodedata.normalize("NFC", str(output)).casefold()
        if key in seen:
            raise BadInputError(
                f"{output}: two files of the batch would get this name",
                advice="Use {n:03} or {stem} in the template, or mirror the sub-folders.",
            )
        seen.add(key)


def make_folders(outputs: Sequence[Path]) -> None:
    """Make the folders that results go to; raises BadInputError where the disk refuses."""
    for folder in {path.parent for path in outputs}:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInputError(f"{folder}: the folder cannot be made ({error.strerror})") from error
