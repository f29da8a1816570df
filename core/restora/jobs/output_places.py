"""Where results can be written: which endings they may have, and what must not be in the way."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from restora.data.kinds import Kind
from restora.errors import FileProblemError
from restora.io.scenes import writable_scene_suffixes
from restora.io.writing import writable_suffixes
from restora.jobs.frame_folder import check_folder
from restora.plugins.declarations import MethodInfo, WriterInfo


def writable_endings(info: MethodInfo | None, writers: Iterable[WriterInfo]) -> tuple[str, ...]:
    """The endings that results of a method can be written with; None stands for pictures."""
    if info is not None and info.produces is Kind.SPLAT:
        return writable_scene_suffixes()
    if info is not None and info.produces_frames:
        return ()
    declared = (suffix.lower() for writer in writers for suffix in writer.suffixes)
    return tuple(dict.fromkeys((*writable_suffixes(), *declared)))


def check_place(path: Path, info: MethodInfo | None, writers: Iterable[WriterInfo]) -> None:
    """Raise a BadInputError where a result of that method could not be written there."""
    takes_folder = info is not None and info.produces_frames
    endings = writable_endings(info, writers)
    if takes_folder and not path.suffix:
        check_folder(path)
    elif path.suffix.lower() not in endings:
        whose = "" if info is None else f" for results of {info.id}"
        problem = f"the ending {path.suffix or '(none)'} is not one that can be written{whose}"
        raise FileProblemError(path, problem, advice=_advice(endings, takes_folder=takes_folder))
    if not path.absolute().parent.is_dir():
        raise FileProblemError(path, f"the folder {path.parent} does not exist")


def _advice(endings: tuple[str, ...], *, takes_folder: bool) -> str:
    choices = [f"one of {', '.join(endings)}"] if endings else []
    if takes_folder:
        choices.append("a folder's name without an ending")
    return f"Use {' or '.join(choices)}."
