"""A session as a folder: its text, and every picture with every number."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from restora.data.image import Image
from restora.data.item import Item
from restora.data.json_values import JSON, expect
from restora.data.kinds import Transfer
from restora.data.result import Result
from restora.errors import FileProblemError, RecipeError
from restora.io.atomic import atomic_write
from restora.io.opening import read_image
from restora.io.options import OpenOptions
from restora.io.writing import Depth, WriteOptions, write_image
from restora.jobs.result_folder import is_in_use, keep_result, kept_result
from restora.verify import input_name
from restora_desktop.models.items import Node
from restora_desktop.scene.kept_scenes import forget_scenes, keep_scene, scene_file_of
from restora_desktop.session import SavedItem, SavedPicture, SavedResult, Session
from restora_desktop.session_text import from_json, to_json

SESSION_FILE = "session.json"
_FOLDER_SUFFIX = ".result"
_LARGEST_TEXT = 64 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A session with its pictures, taken on the GUI thread and written on another; nothing in it changes."""

    session: Session
    pictures: Mapping[str, Image]
    """By the name of their file."""
    folders: Mapping[str, Result] = field(default_factory=lambda: MappingProxyType({}))
    """Results that are more than a picture, by the name of their folder."""
    scenes: Mapping[str, Item] = field(default_factory=lambda: MappingProxyType({}))
    """Scenes that came from no file, by the name of theirs; worked out when they are written."""


def snapshot(
    roots: Sequence[Node],
    *,
    method: str | None,
    params: Mapping[str, Mapping[str, JSON]],
    seed: int,
    mode: str,
) -> Snapshot:
    """What is open, as it is now."""
    pictures: dict[str, Image] = {}
    folders: dict[str, Result] = {}
    items = tuple(_saved_item(root, root.children, pictures, folders) for root in roots)
    scenes = {kept.scene: root.item for kept, root in zip(items, roots, strict=True) if kept.scene}
    session = Session(items=items, method=method, params=dict(params), seed=seed, mode=mode)
    return Snapshot(session=session, pictures=pictures, folders=folders, scenes=scenes)


def snapshot_of(node: Node) -> Snapshot | None:
    """One row that is about to be closed, with its item; None where a file holds all there is of it."""
    root = node.root
    kept = [node] if node.result is not None else node.children
    is_lost = any(each.result is not None for each in kept) or (node is root and root.item.path is None)
    if not is_lost or (node is not root and node.parent is not root):
        return None
    pictures: dict[str, Image] = {}
    folders: dict[str, Result] = {}
    item = _saved_item(root, kept, pictures, folders)
    scenes = {item.scene: root.item} if item.scene else {}
    return Snapshot(session=Session(items=(item,)), pictures=pictures, folders=folders, scenes=scenes)


def _saved_item(
    root: Node, children: Sequence[Node], pictures: dict[str, Image], folders: dict[str, Result]
) -> SavedItem:
    item, own = root.item, None
    if item.path is None and root.picture is not None:
        own = f"{_stem(root)}.tiff"
        pictures[own] = root.picture
    results = [_saved_result(child, child.result, pictures, folders) for child in children if child.result]
    reading = {key: str(value) for key, value in item.reading.items()}
    return SavedItem(
        name=input_name(item),
        title=root.title,
        reading=reading,
        window=root.window,
        picture=own,
        scene=scene_file_of(root),
        results=tuple(results),
    )


def _saved_result(
    node: Node, result: Result, pictures: dict[str, Image], folders: dict[str, Result]
) -> SavedResult:
    image = result.image
    if image is None or result.scene is not None or result.frames:
        file = f"{_stem(node)}{_FOLDER_SUFFIX}"
        folders[file] = result
    else:
        file = f"{_stem(node)}.tiff"
        pictures[file] = image
    return SavedResult(
        title=node.title,
        subtitle=node.subtitle,
        file=file,
        transfer=Transfer.SRGB if image is None else image.transfer,
        nominal_white=1.0 if image is None else image.nominal_white,
        region=node.region,
        recipe=result.recipe,
        images=_saved_pictures(f"{node.uid[:16]}-image", result.images, pictures),
        maps=_saved_pictures(f"{node.uid[:16]}-map", node.maps, pictures),
        info=result.info,
    )


def _saved_pictures(
    stem: str, images: Mapping[str, Image], pictures: dict[str, Image]
) -> tuple[SavedPicture, ...]:
    saved = []
    for number, (name, image) in enumerate(images.items()):
        file = f"{stem}{number}.tiff"
        pictures[file] = image
        saved.append(
            SavedPicture(name=name, file=file, transfer=image.transfer, nominal_white=image.nominal_white)
        )
    return tuple(saved)


def _stem(node: Node) -> str:
    """Equal for the same picture whenever it is saved, so that it is written once."""
    output = None if node.result is None else node.result.recipe.output
    return (node.uid if output is None else output.sha256)[:24]


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
    for old in folder.glob(f"*{_FOLDER_SUFFIX}"):
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
    if saved.file.endswith(_FOLDER_SUFFIX):
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
