"""A session as text, and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from restora.data.camera import CameraSet
from restora.data.geometry import FrameWindow, Rect
from restora.data.json_values import JSON, expect, finite
from restora.data.kinds import Transfer
from restora.data.recipe import Recipe
from restora.io.cameras import path_file
from restora_desktop.session import SavedItem, SavedPicture, SavedRender, SavedResult, Session

_SCHEMA = 1


def to_json(session: Session) -> dict[str, JSON]:
    """A session as it is written."""
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
        "renders": [_render_to_json(render) for render in item.renders],
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
        "images": [_picture_to_json(picture) for picture in result.images],
        "maps": [_picture_to_json(picture) for picture in result.maps],
        "info": dict(result.info),
        "renders": [_render_to_json(render) for render in result.renders],
    }


def _render_to_json(render: SavedRender) -> dict[str, JSON]:
    return {
        "title": render.title,
        "subtitle": render.subtitle,
        "detail": render.detail,
        "picture": _picture_to_json(render.picture),
        "camera": path_file.to_json(CameraSet(cameras=(render.camera,)), None),
        "place": render.place,
        "results": [_result_to_json(result) for result in render.results],
    }


def _picture_to_json(picture: SavedPicture) -> dict[str, JSON]:
    return {
        "name": picture.name,
        "file": picture.file,
        "transfer": picture.transfer.value,
        "nominal_white": picture.nominal_white,
    }


def from_json(document: Mapping[str, object]) -> Session:
    """Read it without trust; raises ValueError, TypeError or RecipeError."""
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
        results=_results_from_json(raw),
        renders=_renders_from_json(raw),
    )


def _results_from_json(raw: Mapping[str, object]) -> tuple[SavedResult, ...]:
    found = expect(raw.get("results", []), list, "results")
    return tuple(_result_from_json(expect(result, dict, "results")) for result in found)


def _renders_from_json(raw: Mapping[str, object]) -> tuple[SavedRender, ...]:
    found = expect(raw.get("renders", []), list, "renders")
    return tuple(_render_from_json(expect(render, dict, "renders")) for render in found)


def _render_from_json(raw: Mapping[str, object]) -> SavedRender:
    cameras = tuple(path_file.read(Path("the camera of a render"), raw.get("camera"), None))
    if len(cameras) != 1:
        raise ValueError(f"a render has one camera, got {len(cameras)}")
    return SavedRender(
        title=expect(raw.get("title"), str, "title"),
        subtitle=expect(raw.get("subtitle"), str, "subtitle"),
        detail=expect(raw.get("detail"), str, "detail"),
        picture=_picture_from_json(expect(raw.get("picture"), dict, "picture")),
        camera=cameras[0],
        place=expect(raw.get("place"), int, "place"),
        results=_results_from_json(raw),
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
        images=_pictures_from_json(raw, "images"),
        maps=_pictures_from_json(raw, "maps"),
        info=expect(raw.get("info", {}), dict, "info"),
        renders=_renders_from_json(raw),
    )


def _pictures_from_json(raw: Mapping[str, object], key: str) -> tuple[SavedPicture, ...]:
    return tuple(_picture_from_json(expect(each, dict, key)) for each in expect(raw.get(key, []), list, key))


def _picture_from_json(raw: Mapping[str, object]) -> SavedPicture:
    return SavedPicture(
        name=expect(raw.get("name"), str, "name"),
        file=expect(raw.get("file"), str, "file"),
        transfer=Transfer(expect(raw.get("transfer"), str, "transfer")),
        nominal_white=finite(raw.get("nominal_white"), "nominal_white"),
    )


def _numbers(value: object, count: int, what: str) -> list[int]:
    numbers = [expect(number, int, what) for number in expect(value, list, what)]
    if len(numbers) != count:
        raise TypeError(f"{what} needs {count} numbers, got {len(numbers)}")
    return numbers
