"""Repeating a recipe and saying whether the same came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from restora.data.image import Image
from restora.data.item import Item
from restora.data.recipe import InputRecord, Recipe
from restora.errors import RecipeError
from restora.io.opening import read_image
from restora.jobs.exporting import load_recipe, picture_of
from restora.jobs.recipe import file_sha256
from restora.jobs.verification import Agreement, Verification, changed_ingredients, compare
from restora.workbench import SAMPLE_PREFIX, Workbench


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeRun:
    """A recipe that was read, with what it needs found on this machine."""

    recipe: Recipe
    item: Item
    references: tuple[Item, ...]
    picture: Path | None
    """The result that the recipe lies beside or inside; None where only the recipe is here."""


def find_recipe_run(
    workbench: Workbench, path: Path, *, given: Path | None = None, folders: Sequence[Path] = ()
) -> RecipeRun:
    """Read the recipe at `path` and open what it names: `given`, or else the file of that name.

    Names are looked up beside the recipe and in `folders`; raises RecipeError saying what is not there.
    """
    recipe = load_recipe(path)
    picture = picture_of(path) if path.suffix.lower() == ".json" else path
    places = (path.parent, *folders)
    item = _open(workbench, recipe.item, given, places)
    references = tuple(_open(workbench, record, None, places) for record in recipe.references)
    return RecipeRun(recipe=recipe, item=item, references=references, picture=picture)


def verify(workbench: Workbench, run: RecipeRun, *, device: str | None = None) -> Verification:
    """Repeat the recipe, unless its ingredients have changed, and compare what comes out."""
    recipe = run.recipe
    if recipe.output is None:
        raise RecipeError("the recipe was never run: it does not say what came out")
    request = workbench.request_from_recipe(recipe, run.item, run.references)
    device = device or _device_of(recipe)
    # Weights are hashed anew: a changed byte need not change a file's size or time.
    now = workbench.recipe_now(request, device=device, hash_of=file_sha256)
    changes = changed_ingredients(recipe, now)
    if changes:
        return Verification(agreement=Agreement.DIFFERENT, explanation="; ".join(changes))
    result = workbench.run(request, device=device)
    stored = None if run.picture is None else read_image(run.picture)
    return compare(recipe, result.image, stored, stored_step=0.0 if stored is None else _step(stored))


def _open(workbench: Workbench, record: InputRecord, given: Path | None, places: Sequence[Path]) -> Item:
    """The thing a recipe names, read as the recipe says."""
    reading = {key: str(value) for key, value in record.reading.items()}
    if record.window is not None:
        reading["window"] = f"{record.window.start}:{record.window.length}"
    if given is None and record.name.startswith(SAMPLE_PREFIX):
        return workbench.open(record.name, reading)
    found = given or next((place / record.name for place in places if (place / record.name).exists()), None)
    if found is None:
        raise RecipeError(
            f"{record.name}: the recipe needs this file, and it is not beside it",
            advice="Name the file after the recipe.",
        )
    return workbench.open(found, reading)


def _device_of(recipe: Recipe) -> str | None:
    """The processor if that was used; otherwise the best device that is here."""
    return "cpu" if recipe.device.startswith("cpu") else None


def _step(stored: Image) -> float:
    """The distance of neighbouring values in the file; float files keep every value."""
    bits = stored.metadata.source_bits
    return 0.0 if bits is None or bits > 16 else 1 / (2**bits - 1)
