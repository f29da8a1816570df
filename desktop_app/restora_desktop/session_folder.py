"""A session as a folder: its text, and every picture with every number."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from restora.data.image import Image
from restora.data.json_values import expect
from restora.data.kinds import Transfer
from restora.data.result import Result
from restora.errors import FileProblemError, RecipeError
from restora.io.atomic import atomic_write
from restora.io.opening import read_image
from restora.io.options import OpenOptions
from restora.io.writing import Depth, WriteOptions, write_image
from restora.jobs.result_folder import is_in_use, keep_result, kept_result
from restora_desktop.scene.kept_scenes import forget_scenes, keep_scene
from restora_desktop.session import SavedItem, SavedPicture, SavedResult, Session
from restora_desktop.session_snapshot import FOLDER_SUFFIX, Snapshot
from restora_desktop.session_text import from_json, to_json

SESSION_FILE = "session.json"
_LARGEST_TEXT = 64 * 2**20


def save(folder: Path, kept: Snapshot, *, near: Path | None = None) -> None:
    """Write a session; pictures that are there already are left, those of no row any more are removed.

    What lies under the same name in `near` is the same, and need not lie on the disk twice.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, image in kept.pictures.items():
        if not (folder / name).exists() and not _is_linked(folder / name, near):
            write_image(folder / name, image, WriteOptions(depth=Depth.F32, transfer=image.transfer))
    for name, result in kept.folders.items():
        if not (folder / name).exists():
            keep_result(folder / name, result)
    for name, item in kept.scenes.items():
        if not (folder / name).exists():
            keep_scene(folder / name, item.scene())
    text = json.dumps(to_json(kept.session), indent=1, ensure_ascii=False)
    atomic_write(folder / SESSION_FILE, partial(_put, text))
    _forget_others(folder, kept)


def _is_linked(path: Path, near: Path | None) -> bool:
    if near is None:
        return False
    try:
        os.link(near / path.name, path)
    except OSError:
        return False  # it is not there, or the disk knows no links
    return True


def _forget_others(folder: Path, kept: Snapshot) -> None:
    forget_scenes(folder, kept.scenes)
    for old in folder.glob("*.tiff"):
        if old.name not in kept.pictures:
            old.unlink(missing_ok=True)
    for old in folder.glob(f"*{FOLDER_SUFFIX}"):
        if old.name not in kept.folders and not is_in_use(old):
            shutil.rmtree(old, ignore_errors=True)


def _put(text: str, stream: BinaryIO) -> None:
    stream.write(text.encode())


def load(folder: Path) -> Session:
    """Read a session without trust; raises FileProblemError with one sentence."""
    path = folder / SESSION_FILE
    try:
        if path.stat().st_size > _LARGEST_TEXT:
            raise FileProblemError(path, "is too long for a session")
        document = expect(json.loads(path.read_text(encoding="utf-8")), dict, "the session")
        return from_json(document)
    except FileNotFoundError:
        raise FileProblemError(folder, "holds no session") from None
    except OSError as error:
        raise FileProblemError(path, f"cannot be read ({error.strerror})") from error
    except (ValueError, TypeError, RecursionError, RecipeError) as error:
        raise FileProblemError(path, f"is no session that can be read ({error})") from error


def load_result(folder: Path, saved: SavedResult) -> Result:
    """A result with its numbers; raises FileProblemError where they are gone or others."""
    if saved.file.endswith(FOLDER_SUFFIX):
        kept = kept_result(folder / Path(saved.file).name, saved.recipe)
        return replace(kept, info=saved.info)
    image = _picture(folder, saved.file, saved.transfer, saved.nominal_white)
    return Result(image=image, recipe=saved.recipe, info=saved.info)


def load_further(folder: Path, saved: SavedPicture) -> Image:
    """A further picture of a result; raises FileProblemError where it is gone."""
    return _picture(folder, saved.file, saved.transfer, saved.nominal_white)


def load_picture(folder: Path, saved: SavedItem) -> Image | None:
    """The picture of an item that came from no file."""
    if saved.picture is None:
        return None
    return _picture(folder, saved.picture, Transfer.SRGB, 1.0)


def _picture(folder: Path, name: str, transfer: Transfer, white: float) -> Image:
    # A session is text from elsewhere: it may name a file beside it, but none in another place.
    image = read_image(folder / Path(name).name, OpenOptions(transfer=transfer))
    return replace(image, nominal_white=white)
