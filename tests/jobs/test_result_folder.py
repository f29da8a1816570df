"""Results with scenes and frames come back from a folder with every number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.data.result import Result
from restora.data.scene_hash import hash_frames, hash_scene
from restora.errors import FileProblemError
from restora.folders import Folders
from restora.jobs.result_folder import keep_result, kept_result
from restora.plugins.host import PluginHost
from restora.testing.fakes import FAKES
from restora.testing.scene_items import sample_scene, scene_item
from restora.workbench import Workbench


@pytest.fixture
def made(tmp_path: Path) -> Any:
    host = PluginHost(builtins=FAKES, entry_points=False).discover()
    with Workbench(Folders.below(tmp_path / "home"), host) as bench:
        yield lambda name: bench.run(bench.request(f"fake.{name}", scene_item(sample_scene(80, degree=2))))


Made = Callable[[str], Result]


@pytest.mark.parametrize("name", ["scene", "frames", "scene-and-frames"])
def test_a_result_comes_back_with_every_number(name: str, made: Made, tmp_path: Path) -> None:
    result = made(name)
    keep_result(tmp_path / "kept", result)
    back = kept_result(tmp_path / "kept", result.recipe)
    assert back.recipe == result.recipe
    assert (back.scene is None) == (result.scene is None)
    assert len(back.frames) == len(result.frames)
    if result.scene is not None and back.scene is not None:
        assert hash_scene(back.scene) == hash_scene(result.scene)
    if result.frames:
        assert hash_frames(back.frames) == hash_frames(result.frames)
        assert back.image is not None
        assert back.image.sha256() == back.frames[0].image().sha256()
    else:
        assert back.image is None


def test_a_preview_comes_back_with_its_transfer_and_white(made: Made, tmp_path: Path) -> None:
    from dataclasses import replace

    pixels = np.random.default_rng(1).random((4, 5, 3), np.float32) * 3
    preview = Image(pixels=pixels, transfer=Transfer.LINEAR, nominal_white=2.0)
    result = replace(made("scene"), image=preview)
    keep_result(tmp_path / "kept", result)
    back = kept_result(tmp_path / "kept", result.recipe).image
    assert back is not None
    assert (back.sha256(), back.nominal_white) == (preview.sha256(), 2.0)


def test_kept_frames_outlive_the_job_that_made_them(made: Made, tmp_path: Path) -> None:
    result = made("frames")
    keep_result(tmp_path / "kept", result)
    recipe, gone = result.recipe, result.frames[0].path
    del result
    import gc

    gc.collect()
    assert not gone.exists()
    assert kept_result(tmp_path / "kept", recipe).frames[2].image().width == 32


@pytest.mark.parametrize("broken", ["nothing", "no facts", "no frame", "bad facts"])
def test_what_cannot_be_read_is_a_sentence(broken: str, made: Made, tmp_path: Path) -> None:
    result = made("frames")
    folder = tmp_path / "kept"
    if broken != "nothing":
        keep_result(folder, result)
    if broken == "no facts":
        (folder / "kept.json").unlink()
    if broken == "no frame":
        (folder / "00000.npy").unlink()
    if broken == "bad facts":
        (folder / "kept.json").write_text('{"transfer": "x"}')
    with pytest.raises(FileProblemError):
        kept_result(folder, result.recipe)
