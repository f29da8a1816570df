"""Results on disk: the picture, and its recipe beside it or inside it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol

from restora.data.image import Image
from restora.data.json_values import JSON, expect
from restora.data.kinds import Transfer
from restora.data.recipe import Recipe
from restora.data.result import Result
from restora.data.scene import GaussianScene
from restora.errors import BadInputError, FileProblemError, RecipeError
from restora.io.atomic import atomic_write, remove_leftovers, set_aside
from restora.io.recipe_text import read_recipe_text
from restora.io.scenes import scene_suffixes, write_scene
from restora.io.writing import Depth, WriteOptions, can_embed_recipe, write_image
from restora.jobs.frame_folder import RECIPE_IN_FOLDER, write_folder

RECIPE_SUFFIX = ".recipe.json"
_LONGEST_RECIPE = 4 * 2**20
"""Bytes; see restora.data.recipe."""


class RecipePlace(StrEnum):
    """Where a result's recipe goes."""

    BESIDE = "beside"
    """A text file named like the picture, with `.recipe.json` after it."""
    INSIDE = "inside"
    """In the picture file, where its format has room; beside it otherwise."""
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """How results are written; as text in orders that wait."""

    picture: WriteOptions = field(default_factory=WriteOptions)
    recipe: RecipePlace = RecipePlace.BESIDE

    def to_json(self) -> dict[str, JSON]:
        """Ready for `json.dumps`."""
        picture = self.picture
        return {
            "depth": None if picture.depth is None else picture.depth.value,
            "transfer": None if picture.transfer is None else picture.transfer.value,
            "keep_metadata": picture.keep_metadata,
            "quality": picture.quality,
            "recipe": self.recipe.value,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, object]) -> ExportOptions:
        """The inverse of `to_json`; what is missing keeps its default. Raises TypeError or ValueError."""
        usual = WriteOptions()
        depth, transfer = raw.get("depth"), raw.get("transfer")
        picture = WriteOptions(
            depth=None if depth is None else Depth(expect(depth, str, "depth")),
            transfer=None if transfer is None else Transfer(expect(transfer, str, "transfer")),
            keep_metadata=expect(raw.get("keep_metadata", usual.keep_metadata), bool, "keep_metadata"),
            quality=expect(raw.get("quality", usual.quality), int, "quality"),
        )
        place = RecipePlace(expect(raw.get("recipe", RecipePlace.BESIDE.value), str, "recipe"))
        return cls(picture=picture, recipe=place)


class PictureWriter(Protocol):
    """Fills a file; raises FileProblemError where it cannot, and then leaves what was there."""

    def __call__(self, path: Path, image: Image, options: WriteOptions) -> None:
        """See `restora.io.writing.write_image`."""
        ...


def export(
    result: Result, path: Path, options: ExportOptions, *, write: PictureWriter = write_image
) -> tuple[Path, ...]:
    """Write the picture, scene or folder of frames, and its recipe; returns what was written.

    Each file is complete or not there at all, and at no moment does a recipe lie beside a picture that it
    does not describe.
    """
    with_recipe = options.recipe is not RecipePlace.NONE
    if not path.suffix and (result.frames or result.scene is not None):
        return write_folder(path, result, options.picture, with_recipe=with_recipe)
    scene = result.scene
    if scene is not None:
        return _write_scene(path, scene, result.recipe.to_text() if with_recipe else None)
    image = picture_in(result)
    inside = options.recipe is RecipePlace.INSIDE and can_embed_recipe(path)
    text = result.recipe.to_text()
    picture = replace(options.picture, recipe_text=text) if inside else options.picture
    if inside or options.recipe is RecipePlace.NONE:
        with set_aside(recipe_beside(path)):
            write(path, image, picture)
        return (path,)
    _write_both(path, text, lambda: write(path, image, picture))
    return path, recipe_beside(path)


def picture_in(result: Result) -> Image:
    """The picture that a result is; raises BadInputError where it is a scene or frames, which are more."""
    if result.image is None or result.scene is not None or result.frames:
        what = "a scene" if result.scene is not None else "frames, which need a folder"
        raise BadInputError(f"{result.recipe.method}: the result is {what}, not a picture")
    return result.image


def _write_scene(path: Path, scene: GaussianScene, text: str | None) -> tuple[Path, ...]:
    if text is None:
        with set_aside(recipe_beside(path)):
            write_scene(path, scene)
        return (path,)
    _write_both(path, text, lambda: write_scene(path, scene))
    return path, recipe_beside(path)


def _write_both(path: Path, text: str, write_picture: Callable[[], None]) -> None:
    """The recipe first, unless it would lie beside an old picture: if this is killed, nothing is wrong."""
    beside = recipe_beside(path)
    if path.exists():
        with set_aside(beside):
            write_picture()
        atomic_write(beside, partial(_put, text))
        return
    with set_aside(beside):
        atomic_write(beside, partial(_put, text))
        try:
            write_picture()
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


def recipe_beside(path: Path) -> Path:
    """The name of the recipe that lies beside a picture."""
    return path.with_name(path.name + RECIPE_SUFFIX)


def remove_remains(output: Path) -> None:
    """Take away what a killed process left of an unfinished output and its recipe."""
    with contextlib.suppress(OSError):  # whoever writes there next will hear what is wrong with the folder
        remove_leftovers(output.parent, output.name, recipe_beside(output).name)


def picture_of(recipe_path: Path) -> Path | None:
    """The picture, scene or folder that a recipe file lies beside or in; None where there is none."""
    if recipe_path.name == RECIPE_IN_FOLDER:
        return recipe_path.parent
    if not recipe_path.name.endswith(RECIPE_SUFFIX):
        return None
    picture = recipe_path.with_name(recipe_path.name.removesuffix(RECIPE_SUFFIX))
    return picture if picture.is_file() else None


def load_recipe(path: Path) -> Recipe:
    """The recipe in a recipe file, beside a result, or inside it; raises RecipeError where there is none."""
    beside = recipe_beside(path)
    if (path / RECIPE_IN_FOLDER).is_file():
        return Recipe.from_text(_read_text(path / RECIPE_IN_FOLDER), name=f"{path.name}/{RECIPE_IN_FOLDER}")
    if path.suffix.lower() == ".json":
        return Recipe.from_text(_read_text(path), name=path.name)
    if beside.is_file():
        return Recipe.from_text(_read_text(beside), name=beside.name)
    is_picture = not path.is_dir() and path.suffix.lower() not in scene_suffixes()
    text = read_recipe_text(path) if is_picture else None
    if text is None:
        inside = "inside this picture and none beside it" if is_picture else "in or beside it"
        raise RecipeError(f"{path}: there is no recipe {inside}")
    return Recipe.from_text(text, name=path.name)


def recipe_of_output(path: Path) -> Recipe | None:
    """The recipe of a picture that is already there; None where it has none that can be read."""
    try:
        return load_recipe(path)
    except (RecipeError, FileProblemError):
        return None


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > _LONGEST_RECIPE:
            raise RecipeError(f"{path}: {path.stat().st_size} bytes are too many for a recipe")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FileProblemError(path, "no such file") from None
    except UnicodeDecodeError:
        raise RecipeError(f"{path}: not a text file") from None
    except OSError as error:
        raise FileProblemError(path, f"cannot be read ({error.strerror})") from error


def _put(text: str, stream: BinaryIO) -> None:
    stream.write(text.encode())
