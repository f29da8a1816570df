"""Repeating a recipe and saying whether the same came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from restora.data.camera import CameraSet
from restora.data.image import Image
from restora.data.item import Item
from restora.data.recipe import InputRecord, Recipe
from restora.data.result import Result
from restora.errors import RecipeError, WeightsFormatError
from restora.io.opening import read_image
from restora.io.scenes import losses_of, read_scene
from restora.io.stated import PATH_KEYS
from restora.io.writing import writable_suffixes
from restora.jobs.exporting import load_recipe, picture_of
from restora.jobs.order import Order
from restora.jobs.recipe import file_sha256
from restora.jobs.request import filled_slots
from restora.jobs.verification import (
    HALF_ROUNDING,
    Agreement,
    Grain,
    Verification,
    changed_ingredients,
    compare,
)
from restora.jobs.verifying_scenes import compare_folder, compare_hashes, compare_scenes
from restora.plugins.declarations import MethodInfo
from restora.workbench import SAMPLE_PREFIX, Workbench

_FAITHFUL = ("PNG", "TIFF", "OpenEXR", "NumPy", "PFM", "portable map")
"""How the names of formats begin that keep every value up to their depth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeRun:
    """A recipe that was read, with what it needs found on this machine."""

    recipe: Recipe
    items: tuple[Item, ...]
    """What it is to be run on: its own input, or what was named instead."""
    others: tuple[Item, ...]
    """Its references and the pictures in its slots, in its order."""
    picture: Path | None
    """The result that the recipe lies beside or inside; None where only the recipe is here."""

    def order(self, info: MethodInfo, item: Item, *, output: Path, device: str | None) -> Order:
        """The order that repeats the recipe on `item`."""
        recipe = self.recipe
        names = [input_name(other) for other in self.others]
        slots = filled_slots(info, recipe.params)
        count = len(names) - len(slots)
        region = recipe.region
        return Order(
            method=recipe.method,
            input=input_name(item),
            output=str(output),
            params={**recipe.params, **dict(zip(slots, names[count:], strict=True))},
            reading={key: str(value) for key, value in item.reading.items()},
            references=tuple(names[:count]),
            seed=recipe.seed,
            device=device,
            precision=recipe.precision,
            side=None if recipe.tile_automatic else recipe.tile,
            region=None if region is None else (region.x, region.y, region.width, region.height),
        )


def input_name(item: Item) -> str:
    """How an order names an item."""
    if item.path is None or item.name.startswith(SAMPLE_PREFIX):
        return item.name
    return str(item.path.absolute())


def find_recipe_run(workbench: Workbench, path: Path, *, given: Sequence[str | Path] = ()) -> RecipeRun:
    """Read the recipe at `path` and open what it names, or `given` in place of its input.

    Names are looked up beside the recipe; raises RecipeError saying what is not there.
    """
    recipe = load_recipe(path)
    picture = picture_of(path) if path.suffix.lower() == ".json" else path
    folder = path.parent if picture is None else picture.absolute().parent
    reading = _reading(recipe.item, folder)
    if given:
        items = tuple(workbench.open(name, reading) for name in given)
    else:
        items = (_find(workbench, recipe.item, folder),)
    others = tuple(_find(workbench, record, folder) for record in recipe.references)
    return RecipeRun(recipe=recipe, items=items, others=others, picture=picture)


def verify(workbench: Workbench, run: RecipeRun, *, device: str | None = None) -> Verification:
    """Repeat the recipe, unless its ingredients have changed, and compare what comes out."""
    recipe = run.recipe
    if recipe.output is None:
        raise RecipeError("the recipe was never run: it does not say what came out")
    request = workbench.request_from_recipe(recipe, run.items[0], run.others)
    device = device or _device_of(recipe)
    try:
        # Weights are hashed anew: a changed byte need not change a file's size or time.
        now = workbench.recipe_now(request, device=device, hash_of=file_sha256)
    except WeightsFormatError as error:
        return Verification(agreement=Agreement.DIFFERENT, explanation=str(error))
    changes = changed_ingredients(recipe, now)
    if changes:
        return Verification(agreement=Agreement.DIFFERENT, explanation="; ".join(changes))
    result = workbench.run(request, device=device)
    if result.image is None or result.scene is not None or result.frames:
        return _judge_scene(recipe, result, run.picture)
    if run.picture is None or not _is_faithful(workbench, run.picture):
        return compare(recipe, result.image, None, grain=Grain())
    stored = read_image(run.picture)
    grain = _grain(stored, workbench.open(run.picture).probe.format)
    return compare(recipe, result.image, stored, grain=grain)


def _judge_scene(recipe: Recipe, result: Result, stored: Path | None) -> Verification:
    """By the hash, and by what is stored where its format keeps every number."""
    if stored is None or not stored.exists():
        return compare_hashes(recipe, result.recipe)
    if stored.is_dir():
        return compare_folder(recipe, result, stored)
    scene = result.scene
    if scene is None or losses_of(stored, replace(scene, cameras=CameraSet())):
        return compare_hashes(recipe, result.recipe)
    return compare_scenes(recipe, result, read_scene(stored))


def _reading(record: InputRecord, folder: Path) -> dict[str, str]:
    """What the recipe says about how to read an input; files that it names lie in `folder`."""
    reading = {key: str(value) for key, value in record.reading.items()}
    for key in PATH_KEYS & reading.keys():
        reading[key] = str(folder / Path(reading[key]).name)
    if record.window is not None:
        reading["window"] = f"{record.window.start}:{record.window.length}"
    return reading


def _find(workbench: Workbench, record: InputRecord, folder: Path) -> Item:
    """The thing a recipe names, read as the recipe says."""
    if record.name.startswith(SAMPLE_PREFIX):
        return workbench.open(record.name, _reading(record, folder))
    # A recipe is text from elsewhere: it may name a file beside it, but not one in another place.
    found = folder / Path(record.name).name
    if not found.exists():
        raise RecipeError(
            f"{record.name}: the recipe needs this file, and it does not lie beside it",
            advice="Put it there, or name the input after the recipe.",
        )
    return workbench.open(found, _reading(record, folder))


def _device_of(recipe: Recipe) -> str | None:
    """The processor if that was used; otherwise the best device that is here."""
    return "cpu" if recipe.device.startswith("cpu") else None


def _is_faithful(workbench: Workbench, picture: Path) -> bool:
    """Whether the file keeps the pixels themselves; lossy formats and those of plugins may not."""
    if picture.suffix.lower() not in writable_suffixes():
        return False
    return workbench.open(picture).probe.format.startswith(_FAITHFUL)


def _grain(stored: Image, format_name: str) -> Grain:
    bits = stored.metadata.source_bits or 32
    if "half" in format_name or "float" in format_name:
        return Grain(relative=HALF_ROUNDING if bits == 16 else 0.0)
    return Grain() if bits > 16 else Grain(step=1 / (2**bits - 1))
