"""A session as a folder: what is open, its results with every number, and how the method panel stands."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from restora.data.geometry import FrameWindow, Rect
from restora.data.image import Image
from restora.data.item import Item
from restora.data.json_values import JSON, expect, finite
from restora.data.kinds import Transfer
from restora.data.recipe import Recipe
from restora.data.result import Result
from restora.errors import FileProblemError, RecipeError
from restora.io.atomic import atomic_write
from restora.io.opening import read_image
from restora.io.options import OpenOptions
from restora.io.writing import Depth, WriteOptions, write_image
from restora.jobs.result_folder import keep_result, kept_result
from restora.verify import input_name
from restora_desktop.models.items import Node
from restora_desktop.scene.kept_scenes import forget_scenes, keep_scene, scene_file_of

SESSION_FILE = "session.json"
_FOLDER_SUFFIX = ".result"
_SCHEMA = 1
_LARGEST_TEXT = 64 * 2**20

_NO_VALUES: Mapping[str, Mapping[str, JSON]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedResult:
    """A result in a session."""

    title: str
    subtitle: str
    file: str
    """Its picture, or the folder of its scene and frames, in the folder of the session."""
    transfer: Transfer
    nominal_white: float
    region: Rect | None
    recipe: Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedItem:
    """An opened thing in a session."""

    name: str
    """An absolute path or `sample:ID`."""
    title: str
    reading: Mapping[str, str]
    window: FrameWindow | None
    picture: str | None = None
    """Its picture in the folder, for things that came from no file."""
    scene: str | None = None
    """Its Gaussians in the folder, for scenes that came from no file."""
    results: tuple[SavedResult, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Everything that is kept."""

    items: tuple[SavedItem, ...] = ()
    method: str | None = None
    params: Mapping[str, Mapping[str, JSON]] = field(default_factory=lambda: _NO_VALUES)
    """Values by method."""
    seed: int = 0
    mode: str = "single"


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
    items = tuple(_saved_item(root, pictures, folders) for root in roots)
    scenes = {kept.scene: root.item for kept, root in zip(items, roots, strict=True) if kept.scene}
    session = Session(items=items, method=method, params=dict(params), seed=seed, mode=mode)
    return Snapshot(session=session, pictures=pictures, folders=folders, scenes=scenes)


def _saved_item(root: Node, pictures: dict[str, Image], folders: dict[str, Result]) -> SavedItem:
    item, own = root.item, None
    if item.path is None and root.picture is not None:
        own = f"{_stem(root)}.tiff"
        pictures[own] = root.picture
    results = []
    for child in root.children:
        if child.result is None:
            continue
        image = child.result.image
        if image is None or child.result.scene is not None or child.result.frames:
            file = f"{_stem(child)}{_FOLDER_SUFFIX}"
            folders[file] = child.result
        else:
            file = f"{_stem(child)}.tiff"
            pictures[file] = image
        results.append(
            SavedResult(
                title=child.title,
                subtitle=child.subtitle,
                file=file,
                transfer=Transfer.SRGB if image is None else image.transfer,
                nominal_white=1.0 if image is None else image.nominal_white,
                region=child.region,
                recipe=child.result.recipe,
            )
        )
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


def _stem(node: Node) -> str:
    """Equal for the same picture whenever it is saved, so that it is written once."""
    output = None if node.result is None else node.result.recipe.output
    return (node.uid if output is None else output.sha256)[:24]


def save(folder: Path, kept: Snapshot) -> None:
    """Write a session; pictures that are there already are left, those of no row any more are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, image in kept.pictures.items():
        if not (folder / name).exists():
            write_image(folder / name, image, WriteOptions(depth=Depth.F32, transfer=image.transfer))
    for name, result in kept.folders.items():
        if not (folder / name).exists():
            keep_result(folder / name, result)
    for name, item in kept.scenes.items():
        if not (folder / name).exists():
            keep_scene(folder / name, item.scene())
    text = json.dumps(_to_json(kept.session), indent=1, ensure_ascii=False)
    atomic_write(folder / SESSION_FILE, partial(_put, text))
    forget_scenes(folder, kept.scenes)
    for old in folder.glob("*.tiff"):
        if old.name not in kept.pictures:
            old.unlink(missing_ok=True)
    for old in folder.glob(f"*{_FOLDER_SUFFIX}"):
        if old.name not in kept.folders:
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
        return _from_json(document)
    except FileNotFoundError:
        raise FileProblemError(folder, "holds no session") from None
    except OSError as error:
        raise FileProblemError(path, f"cannot be read ({error.strerror})") from error
    except (ValueError, TypeError, RecursionError, RecipeError) as error:
        raise FileProblemError(path, f"is no session that can be read ({error})") from error


def load_result(folder: Path, saved: SavedResult) -> Result:
    """A result with its numbers; raises FileProblemError where they are gone or others."""
    if saved.file.endswith(_FOLDER_SUFFIX):
        return kept_result(folder / Path(saved.file).name, saved.recipe)
    return Result(
        image=_picture(folder, saved.file, saved.transfer, saved.nominal_white), recipe=saved.recipe
    )


def load_picture(folder: Path, saved: SavedItem) -> Image | None:
    """The picture of an item that came from no file."""
    if saved.picture is None:
        return None
    return _picture(folder, saved.picture, Transfer.SRGB, 1.0)


def _picture(folder: Path, name: str, transfer: Transfer, white: float) -> Image:
    # A session is text from elsewhere: it may name a file beside it, but none in another place.
    image = read_image(folder / Path(name).name, OpenOptions(transfer=transfer))
    return replace(image, nominal_white=white)


def _to_json(session: Session) -> dict[str, JSON]:
    return {
        "restora": "session",
        "schema": _SCHEMA,
        "items": [_item_to_json(item) for item in session.items],
        "method": session.method,
        "params": {key: dict(values) for key, values in session.params.items()},
        "seed": session.seed,
        "mode": session.mode,
    }


def _item_to_json(item: SavedItem) -> dict[str, JSON]:
    window = item.window
    return {
        "name": item.name,
        "title": item.title,
        "reading": dict(item.reading),
        "window": None if window is None else [window.start, window.length],
        "picture": item.picture,
        "scene": item.scene,
        "results": [_result_to_json(result) for result in item.results],
    }


def _result_to_json(result: SavedResult) -> dict[str, JSON]:
    region = result.region
    return {
        "title": result.title,
        "subtitle": result.subtitle,
        "file": result.file,
        "transfer": result.transfer.value,
        "nominal_white": result.nominal_white,
        "region": None if region is None else [region.x, region.y, region.width, region.height],
        "recipe": result.recipe.to_json(),
    }


def _from_json(document: Mapping[str, object]) -> Session:
    if document.get("restora") != "session":
        raise ValueError("it lacks `restora: session`")
    if document.get("schema") != _SCHEMA:
        raise ValueError(f"schema {document.get('schema')!r} is unknown")
    method = document.get("method")
    params = expect(document.get("params", {}), dict, "params")
    return Session(
        items=tuple(
            _item_from_json(expect(raw, dict, "items"))
            for raw in expect(document.get("items"), list, "items")
        ),
        method=None if method is None else expect(method, str, "method"),
        params={str(key): expect(values, dict, "params") for key, values in params.items()},
        seed=expect(document.get("seed", 0), int, "seed"),
        mode=expect(document.get("mode", "single"), str, "mode"),
    )


def _item_from_json(raw: Mapping[str, object]) -> SavedItem:
    window, picture, scene = raw.get("window"), raw.get("picture"), raw.get("scene")
    reading = expect(raw.get("reading", {}), dict, "reading")
    return SavedItem(
        name=expect(raw.get("name"), str, "name"),
        title=expect(raw.get("title"), str, "title"),
        reading={str(key): expect(value, str, "reading") for key, value in reading.items()},
        window=None if window is None else FrameWindow(*_numbers(window, 2, "window")),
        picture=None if picture is None else expect(picture, str, "picture"),
        scene=None if scene is None else expect(scene, str, "scene"),
        results=tuple(
            _result_from_json(expect(result, dict, "results"))
            for result in expect(raw.get("results", []), list, "results")
        ),
    )


def _result_from_json(raw: Mapping[str, object]) -> SavedResult:
    region = raw.get("region")
    return SavedResult(
        title=expect(raw.get("title"), str, "title"),
        subtitle=expect(raw.get("subtitle"), str, "subtitle"),
        file=expect(raw.get("file"), str, "file"),
        transfer=Transfer(expect(raw.get("transfer"), str, "transfer")),
        nominal_white=finite(raw.get("nominal_white"), "nominal_white"),
        region=None if region is None else Rect(*_numbers(region, 4, "region")),
        recipe=Recipe.from_json(expect(raw.get("recipe"), dict, "recipe")),
    )


def _numbers(value: object, count: int, what: str) -> list[int]:
    numbers = [expect(number, int, what) for number in expect(value, list, what)]
    if len(numbers) != count:
        raise TypeError(f"{what} needs {count} numbers, got {len(numbers)}")
    return numbers
