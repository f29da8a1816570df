"""Where results of scene work go: never over the source, never over other work without being told to."""

from __future__ import annotations

from pathlib import Path

from restora.data.item import Item
from restora.errors import BadInputError
from restora.io.scenes.formats import writer_of


def check_new_file(path: Path, *, overwrite: bool, source: Item | None = None) -> None:
    """Raises BadInputError where `path` is the source, or is there and may not be replaced."""
    if source is not None and source.path is not None and _is_same(path, source.path):
        raise BadInputError(
            f"{path}: is the scene that is read; results never replace their source",
            advice="Name another file with -o.",
        )
    if path.is_dir():
        raise BadInputError(f"{path}: is a folder, a file name is needed")
    if not path.absolute().parent.is_dir():
        raise BadInputError(
            f"{path}: the folder {path.absolute().parent} does not exist", advice="Create it first."
        )
    if path.exists() and not overwrite:
        raise BadInputError(f"{path}: is there already", advice="Name another file, or add --overwrite.")


def check_new_scene(path: Path, *, overwrite: bool, source: Item | None = None) -> None:
    """As `check_new_file`; also raises FileProblemError where no scene can be written with that ending."""
    writer_of(path)
    check_new_file(path, overwrite=overwrite, source=source)


def check_new_folder(path: Path, *, overwrite: bool) -> None:
    """Raises BadInputError where `path` is no folder, or holds something and may not be written into."""
    if path.exists() and not path.is_dir():
        raise BadInputError(f"{path}: is a file, a folder is needed")
    if path.is_dir() and not overwrite and any(path.iterdir()):
        raise BadInputError(
            f"{path}: is there already and not empty", advice="Name another folder, or add --overwrite."
        )


def _is_same(first: Path, second: Path) -> bool:
    try:
        return first.exists() and first.samefile(second)
    except OSError:
        return False
