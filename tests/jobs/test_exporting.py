from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.data.recipe import InputRecord, OutputRecord, Recipe
from restora.data.result import Result
from restora.errors import FileProblemError, RecipeError
from restora.io.opening import read_image
from restora.io.writer import Depth
from restora.io.writing import WriteOptions
from restora.jobs.exporting import (
    ExportOptions,
    RecipePlace,
    export,
    load_recipe,
    picture_of,
    recipe_beside,
    recipe_of_output,
    remove_remains,
)

BESIDE, INSIDE, NONE = (ExportOptions(recipe=place) for place in RecipePlace)


def result(seed: int = 1, size: int = 8) -> Result:
    image = Image(pixels=np.random.default_rng(seed).random((size, size, 3), np.float32))
    recipe = Recipe(
        method="classic.identity",
        plugin_version="1",
        api="1.0",
        item=InputRecord(kind="image", name="a.png", sha256="aa", hashed="file"),
        params={},
        seed=seed,
        device="cpu",
        precision="fp32",
        tile=None,
        output=OutputRecord(sha256=image.sha256(), shape=image.pixels.shape, transfer="srgb"),
    )
    return Result(image=image, recipe=recipe)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_recipe_lies_beside_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    made = result()
    assert export(made, path, BESIDE) == (path, tmp_path / "a.png.recipe.json")
    assert names(tmp_path) == ["a.png", "a.png.recipe.json"]
    assert load_recipe(path) == load_recipe(recipe_beside(path)) == made.recipe
    assert picture_of(recipe_beside(path)) == path


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_the_recipe_lies_inside_where_the_format_has_room(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    made = result()
    assert export(made, path, INSIDE) == (path,)
    assert names(tmp_path) == [name]
    assert load_recipe(path) == made.recipe


def test_the_recipe_lies_beside_where_there_is_no_room(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    assert len(export(result(), path, INSIDE)) == 2
    assert load_recipe(path) == result().recipe


def test_no_recipe_means_none_also_of_an_earlier_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    export(result(1), path, BESIDE)
    export(result(2), path, NONE)
    assert names(tmp_path) == ["a.png"]
    with pytest.raises(RecipeError, match="no recipe inside this picture and none beside it"):
        load_recipe(path)
    assert recipe_of_output(path) is None


def test_a_recipe_inside_replaces_the_one_beside(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    export(result(1), path, BESIDE)
    export(result(2), path, INSIDE)
    assert load_recipe(path).seed == 2


class Disk:
    """Writers that fail, and what lies in the folder at each moment."""

    def __init__(self, folder: Path, error: BaseException) -> None:
        self.folder, self.error = folder, error
        self.at_failure: list[str] = []

    def write(self, path: Path, image: Image, options: WriteOptions) -> None:
        self.at_failure = names(self.folder)
        raise self.error


@pytest.mark.parametrize("place", list(RecipePlace))
@pytest.mark.parametrize("error", [FileProblemError("a.png", "the disk is full"), KeyboardInterrupt()])
def test_a_picture_that_cannot_be_written_leaves_everything_as_it_was(
    tmp_path: Path, place: RecipePlace, error: BaseException
) -> None:
    path = tmp_path / "a.png"
    disk = Disk(tmp_path, error)
    with pytest.raises(type(error)):
        export(result(1), path, ExportOptions(recipe=place), write=disk.write)
    assert names(tmp_path) == []
    export(result(1), path, BESIDE)
    before = {name: (tmp_path / name).read_bytes() for name in names(tmp_path)}
    with pytest.raises(type(error)):
        export(result(2), path, ExportOptions(recipe=place), write=disk.write)
    assert {name: (tmp_path / name).read_bytes() for name in names(tmp_path)} == before
    assert "a.png.recipe.json" not in disk.at_failure


def test_at_no_moment_does_a_recipe_lie_beside_another_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    pairs: list[tuple[bytes | None, str | None]] = []
    replace: Callable[..., Path] = Path.replace

    def look() -> None:
        beside = recipe_beside(path)
        pairs.append(
            (
                path.read_bytes() if path.exists() else None,
                beside.read_text() if beside.exists() else None,
            )
        )

    def watched(self: Path, target: Path) -> Path:
        look()
        moved = replace(self, target)
        look()
        return moved

    monkeypatch.setattr(Path, "replace", watched)
    first, second = result(1), result(2)
    export(first, path, BESIDE)
    first_bytes = path.read_bytes()
    export(second, path, BESIDE)
    second_bytes = path.read_bytes()
    right = {first.recipe.to_text(): first_bytes, second.recipe.to_text(): second_bytes}
    assert len(pairs) > 6
    for picture, recipe in pairs:
        assert picture is None or recipe is None or right[recipe] == picture


def test_remains_of_a_killed_process_are_taken_away(tmp_path: Path) -> None:
    alive = tmp_path / f".a.png.{os.getpid()}-aa.restora-part"
    others = [tmp_path / ".b.png.999999999-aa.restora-part", tmp_path / "a.png", alive]
    dead = [
        tmp_path / ".a.png.999999999-aa.restora-part",
        tmp_path / ".a.png.recipe.json.999999999-bb.restora-part",
    ]
    for path in (*dead, *others):
        path.write_text("x")
    remove_remains(tmp_path / "a.png")
    assert sorted(tmp_path.iterdir()) == sorted(others)
    remove_remains(tmp_path / "missing" / "a.png")


@pytest.mark.parametrize(
    ("content", "error", "sentence"),
    [
        (None, FileProblemError, "no such file"),
        (b"\xff\xfe\x00", RecipeError, "not a text file"),
        (b"{}", RecipeError, "not a restora recipe"),
        (b"x" * (5 * 2**20), RecipeError, "bytes are too many for a recipe"),
    ],
)
def test_a_recipe_file_that_is_none_is_refused(
    tmp_path: Path, content: bytes | None, error: type[Exception], sentence: str
) -> None:
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=sentence):
        load_recipe(path)
    assert recipe_of_output(path) is None


def test_a_folder_is_no_recipe(tmp_path: Path) -> None:
    (tmp_path / "a.json").mkdir()
    with pytest.raises(FileProblemError, match="cannot be read"):
        load_recipe(tmp_path / "a.json")


def test_a_recipe_alone_has_no_picture(tmp_path: Path) -> None:
    assert picture_of(tmp_path / "a.json") is None
    assert picture_of(tmp_path / "a.png.recipe.json") is None


@pytest.mark.parametrize(
    "options",
    [
        ExportOptions(),
        ExportOptions(
            picture=WriteOptions(depth=Depth.F16, transfer=Transfer.LINEAR, keep_metadata=False, quality=5),
            recipe=RecipePlace.INSIDE,
        ),
    ],
)
def test_options_survive_their_json(options: ExportOptions) -> None:
    assert ExportOptions.from_json(options.to_json()) == options
    assert ExportOptions.from_json({}) == ExportOptions()


@pytest.mark.parametrize(
    "raw",
    [
        {"depth": "7"},
        {"depth": 8},
        {"transfer": "log"},
        {"keep_metadata": 1},
        {"quality": "x"},
        {"recipe": "x"},
    ],
)
def test_options_that_are_none_are_refused(raw: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        ExportOptions.from_json(raw)


def test_options_reach_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    export(result(), path, ExportOptions(picture=WriteOptions(depth=Depth.F32, transfer=Transfer.SRGB)))
    assert read_image(path).metadata.source_bits == 32
