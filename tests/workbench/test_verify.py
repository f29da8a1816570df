from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save as safetensors_bytes

from restora.data.image import Image
from restora.data.result import Result
from restora.errors import FileProblemError, RecipeError, WeightsMissingError
from restora.io.opening import read_image
from restora.io.writer import Depth, WriteOptions
from restora.io.writing import write_image
from restora.jobs.exporting import ExportOptions, RecipePlace, recipe_beside
from restora.jobs.verification import Verification
from restora.tasks.verify import find_recipe_run, verify
from restora.workbench import Workbench

Save = Callable[..., Path]
Open = Callable[[], Workbench]
AddPlugin = Callable[[str, str], Path]


def made(
    workbench: Workbench, path: Path, output: Path, method: str = "bench.darker", **asked: Any
) -> tuple[Result, Path]:
    """A result of `path`, exported, and the file to verify it by."""
    options = asked.pop("options", ExportOptions())
    result = workbench.run(workbench.request(method, workbench.open(path), **asked))
    return result, workbench.export(result, output, options)[-1]


def verified(workbench: Workbench, recipe: Path) -> Verification:
    return verify(workbench, find_recipe_run(workbench, recipe))


def judged(workbench: Workbench, recipe: Path) -> str:
    return str(verified(workbench, recipe).agreement)


def edit(recipe: Path, **changes: object) -> None:
    recipe.write_text(json.dumps({**json.loads(recipe.read_text()), **changes}))


def test_a_repeated_run_is_equal(workbench: Workbench, save: Save, tmp_path: Path) -> None:
    _, recipe = made(workbench, save(), tmp_path / "out.png")
    assert judged(workbench, recipe) == "equal"
    assert judged(workbench, tmp_path / "out.png") == "equal"


def test_a_run_with_noise_and_tiles_is_repeated_from_its_seed(
    workbench: Workbench, save: Save, tmp_path: Path
) -> None:
    path = save(size=(100, 90))
    _, recipe = made(workbench, path, tmp_path / "out.png", "bench.noisy", seed=11, side=48)
    assert judged(workbench, recipe) == "equal"
    edit(recipe, seed=12)
    assert judged(workbench, recipe) == "different"


@pytest.mark.parametrize("name", ["out.png", "out.tif"])
def test_the_recipe_may_lie_inside_the_picture(
    workbench: Workbench, save: Save, tmp_path: Path, name: str
) -> None:
    options = ExportOptions(recipe=RecipePlace.INSIDE)
    _, picture = made(workbench, save(), tmp_path / name, options=options)
    assert picture == tmp_path / name
    assert judged(workbench, picture) == "equal"


FORMATS: list[tuple[str, ExportOptions]] = [
    ("out.png", ExportOptions(picture=WriteOptions(depth=Depth.U8))),
    ("out.png", ExportOptions(picture=WriteOptions(depth=Depth.U16))),
    ("out.tif", ExportOptions(picture=WriteOptions(depth=Depth.F16))),
    ("out.tif", ExportOptions(picture=WriteOptions(depth=Depth.F32))),
    ("out.npy", ExportOptions()),
    ("out.jpg", ExportOptions(picture=WriteOptions(quality=30))),
]


@pytest.mark.parametrize(("name", "options"), FORMATS)
def test_every_format_of_an_untouched_result_is_equal(
    workbench: Workbench, save: Save, tmp_path: Path, name: str, options: ExportOptions
) -> None:
    _, recipe = made(workbench, save(), tmp_path / name, options=options)
    assert judged(workbench, recipe) == "equal"


@pytest.mark.parametrize(("name", "options"), FORMATS[:5])
def test_a_result_of_another_machine_is_within_tolerance(
    workbench: Workbench, save: Save, tmp_path: Path, name: str, options: ExportOptions
) -> None:
    _, recipe = made(workbench, save(), tmp_path / name, options=options)
    document = json.loads(recipe.read_text())
    edit(recipe, output={**document["output"], "sha256": "0" * 64})
    assert judged(workbench, recipe) == "within tolerance"


@pytest.mark.parametrize(("name", "options"), FORMATS[:5])
def test_one_changed_parameter_is_different(
    workbench: Workbench, save: Save, tmp_path: Path, name: str, options: ExportOptions
) -> None:
    _, recipe = made(workbench, save(), tmp_path / name, options=options)
    edit(recipe, params={"amount": 0.52, "way": "plain"})
    assert judged(workbench, recipe) == "different"


def test_one_changed_input_pixel_is_different(workbench: Workbench, save: Save, tmp_path: Path) -> None:
    path = save()
    _, recipe = made(workbench, path, tmp_path / "out.png")
    pixels = read_image(path).pixels.copy()
    pixels[3, 4, 1] = 1 - pixels[3, 4, 1]
    write_image(path, Image(pixels=pixels))
    verdict = verified(workbench, recipe)
    assert str(verdict.agreement) == "different"
    assert verdict.explanation == "the input a.png is not the one the recipe was made from"


def test_a_stored_picture_that_was_changed_is_different(
    workbench: Workbench, save: Save, tmp_path: Path
) -> None:
    picture = tmp_path / "out.png"
    _, recipe = made(workbench, save(), picture)
    pixels = read_image(picture).pixels.copy()
    pixels[3, 4, 1] = 1 - pixels[3, 4, 1]
    write_image(picture, Image(pixels=pixels))
    verdict = verified(workbench, recipe)
    assert str(verdict.agreement) == "different"
    assert "the result is the recipe's, but" in verdict.explanation


def test_without_the_picture_the_recipe_alone_decides(
    workbench: Workbench, save: Save, tmp_path: Path
) -> None:
    _, recipe = made(workbench, save(), tmp_path / "out.png")
    (tmp_path / "out.png").unlink()
    assert judged(workbench, recipe) == "equal"
    moved = recipe.rename(tmp_path / "mine.json")
    assert judged(workbench, moved) == "equal"
    edit(moved, params={"amount": 0.6, "way": "plain"})
    assert judged(workbench, moved) == "different"


def test_a_changed_plugin_is_different(workbenches: Open, save: Save, tmp_path: Path, plugins: Any) -> None:
    _, recipe = made(workbenches(), save(), tmp_path / "out.png")
    plugin = plugins.path / "bench.py"
    plugin.write_text(plugin.read_text() + "\n# changed\n")
    plugins.forget()
    verdict = verified(workbenches(), recipe)
    assert str(verdict.agreement) == "different"
    assert "of the method's plugin" in verdict.explanation


def test_a_changed_reference_is_different(workbench: Workbench, save: Save, tmp_path: Path) -> None:
    style = save("style.png", 2)
    _, recipe = made(workbench, save(), tmp_path / "out.png", "bench.mixing", params={"style": str(style)})
    assert judged(workbench, recipe) == "equal"
    save("style.png", 3)
    verdict = verified(workbench, recipe)
    assert verdict.explanation == "the reference style.png is not the one the recipe was made from"


def test_the_input_may_be_named(workbench: Workbench, save: Save, tmp_path: Path) -> None:
    _, recipe = made(workbench, save(), tmp_path / "out.png")
    renamed = (tmp_path / "a.png").rename(tmp_path / "b.png")
    run = find_recipe_run(workbench, recipe, given=[renamed])
    assert str(verify(workbench, run).agreement) == "equal"


def test_a_missing_input_says_what_to_do(workbench: Workbench, save: Save, tmp_path: Path) -> None:
    path = save()
    _, recipe = made(workbench, path, tmp_path / "out.png")
    path.unlink()
    with pytest.raises(RecipeError, match=r"a\.png: the recipe needs this file") as caught:
        find_recipe_run(workbench, recipe)
    assert caught.value.advice == "Put it there, or name the input after the recipe."


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret.png", ".."])
def test_a_recipe_from_elsewhere_cannot_name_files_in_other_folders(
    workbench: Workbench, save: Save, tmp_path: Path, name: str
) -> None:
    save("secret.png")
    _, recipe = made(workbench, save("in/a.png"), tmp_path / "in" / "out.png")
    document = json.loads(recipe.read_text())
    edit(recipe, item={**document["item"], "name": name})
    with pytest.raises((RecipeError, FileProblemError)):
        find_recipe_run(workbench, recipe)


def test_a_recipe_that_was_never_run_cannot_be_verified(
    workbench: Workbench, save: Save, tmp_path: Path
) -> None:
    request = workbench.request("bench.darker", workbench.open(save()))
    recipe = tmp_path / "wish.json"
    recipe.write_text(workbench.recipe_now(request).to_text())
    with pytest.raises(RecipeError, match="was never run"):
        verified(workbench, recipe)


def test_a_picture_without_recipe_cannot_be_verified(workbench: Workbench, save: Save) -> None:
    with pytest.raises(RecipeError, match="no recipe inside this picture and none beside it"):
        verified(workbench, save())


def test_a_recipe_with_tiles_is_repeated_with_the_same_tiles(
    workbench: Workbench, save: Save, tmp_path: Path
) -> None:
    _, recipe = made(workbench, save(size=(100, 100)), tmp_path / "out.png")
    edit(recipe, tile=48)
    run = find_recipe_run(workbench, recipe)
    assert workbench.request_from_recipe(run.recipe, run.items[0]).side == 48
    assert str(verify(workbench, run).agreement) == "equal"


# -- weights -----------------------------------------------------------------------------------------

WEIGHTS = safetensors_bytes({"gain": np.array([0.25], np.float32)})

_WEIGHTED = """
    import numpy as np
    from restora.api import Kind, MethodInfo, Output, WeightFile, hookimpl

    class Gain:
        def load(self, weights, device, context):
            from safetensors.numpy import load_file
            self.gain = load_file(weights["net"])["gain"]

        def run(self, request, context):
            return Output(image=request.source.image * self.gain)

        def unload(self):
            self.gain = None

    @hookimpl
    def restora_methods():
        yield MethodInfo(
            id="weighted.gain", title="Gain", summary="Multiplies.", factory=f"{__name__}:Gain",
            accepts=frozenset({Kind.IMAGE}), devices=frozenset({"cpu"}), precisions=("fp32",),
            weights=(
                WeightFile(
                    id="net", filename="gain.safetensors", size=SIZE, sha256="SHA", licence="CC0-1.0",
                    urls=("https://example.org/gain.safetensors",), page="https://example.org",
                    container="safetensors",
                ),
            ),
        )
"""


@pytest.fixture
def weighted(workbenches: Open, add_plugin: AddPlugin, tmp_path: Path) -> Workbench:
    import hashlib

    text = _WEIGHTED.replace("SIZE", str(len(WEIGHTS)))
    add_plugin("weighted", text.replace("SHA", hashlib.sha256(WEIGHTS).hexdigest()))
    workbench = workbenches()
    mine = tmp_path / "gain.safetensors"
    mine.write_bytes(WEIGHTS)
    workbench.weights.import_file(mine, target="weighted.gain", copy=True)
    mine.unlink()
    return workbench


def weights_file(workbench: Workbench) -> Path:
    info = workbench.host.method("weighted.gain")
    return workbench.weights.resolve(info)["net"]


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(content)


def test_weights_are_named_by_hash_and_the_run_is_equal(
    weighted: Workbench, save: Save, tmp_path: Path
) -> None:
    result, recipe = made(weighted, save(), tmp_path / "out.png", "weighted.gain")
    (record,) = result.recipe.weights
    assert record.file == "gain.safetensors"
    assert len(record.sha256) == 64
    assert judged(weighted, recipe) == "equal"


@pytest.mark.parametrize("keeps_its_time", [False, True])
def test_one_changed_weight_byte_is_different(
    weighted: Workbench, save: Save, tmp_path: Path, keeps_its_time: bool
) -> None:
    _, recipe = made(weighted, save(), tmp_path / "out.png", "weighted.gain")
    path = weights_file(weighted)
    before = path.stat()
    spoil(path)
    if keeps_its_time:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    else:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 10**9))
    verdict = verified(weighted, recipe)
    assert str(verdict.agreement) == "different"
    assert "gain.safetensors" in verdict.explanation


def test_missing_weights_are_said_so(weighted: Workbench, save: Save, tmp_path: Path) -> None:
    _, recipe = made(weighted, save(), tmp_path / "out.png", "weighted.gain")
    weighted.weights.remove("weighted.gain")
    with pytest.raises(WeightsMissingError, match=r"weights are missing: gain\.safetensors"):
        verified(weighted, recipe)
    assert recipe_beside(tmp_path / "out.png").is_file()
