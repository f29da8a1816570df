"""gsvar.fix_scene on the lane: rounds of mending and learning on a procedural scene, with tiny weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.testing import assert_array_equal

from restora.data.camera import CameraSet
from restora.data.result import Result
from restora.data.scene import GaussianScene
from restora.errors import UnsuitableItemError
from restora.jobs.job import Logged, Progressed
from restora.jobs.states import JobState
from restora.splats.rendering import render as drawn
from restora.testing.scene_items import orbit_camera, sample_scene, scene_item
from restora_gsvar.net.generating import CodeModel

Room = Any
QUICK = {
    "extent": "resize",
    "refiner": False,
    "bridge": "off",
    "rounds": 2,
    "steps": 10,
    "views": 2,
    "blend": 0.2,
}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> GaussianScene:
    """A disturbed copy of a scene, with six photographs of the undisturbed one."""
    folder = tmp_path_factory.mktemp("photos")
    truth = sample_scene(120, seed=3)
    cameras = []
    for number in range(6):
        camera = replace(orbit_camera(number, 12, width=48, height=36), name=f"photo{number}")
        pixels = (np.clip(drawn(truth, camera).rgb, 0, 1) * 255).round().astype(np.uint8)
        PIL.Image.fromarray(pixels).save(folder / f"{number}.png")
        cameras.append(replace(camera, picture=f"{number}.png"))
    moved = truth.means + np.random.default_rng(0).normal(0, 0.03, truth.means.shape).astype(np.float32)
    return replace(truth, means=moved, cameras=CameraSet(cameras=tuple(cameras), pictures=folder))


def run(room: Room, scene: GaussianScene, **params: object) -> Result:
    return room.run("fix_scene", scene_item(scene), **{**QUICK, **params})


def test_a_scene_learns_in_rounds_and_says_how_it_went(room: Room, scene: GaussianScene) -> None:
    result = run(room, scene, steps=40, novel_share=0.1)
    assert result.scene is not None
    assert result.scene.count == scene.count
    assert len(result.scene.cameras) == 6
    rounds = result.info["rounds"]
    assert [each["round"] for each in rounds] == [1, 2]
    assert rounds[0]["held out"] is True
    assert rounds[1]["psnr after"] > rounds[0]["psnr before"]
    assert rounds[1]["psnr before"] == rounds[0]["psnr after"], "a round begins with what the last one kept"
    assert np.abs(result.scene.means - scene.means).max() > 0
    assert result.image.pixels.shape == (36, 48, 3)


def test_a_scene_without_photographs_is_told_what_it_needs(room: Room, scene: GaussianScene) -> None:
    bare = replace(scene, cameras=replace(scene.cameras, pictures=None))
    with pytest.raises(UnsuitableItemError, match="must learn from photographs") as caught:
        run(room, bare)
    assert "--as pictures=FOLDER" in str(caught.value.advice)


@pytest.mark.slow
def test_an_interrupted_loop_goes_on_and_ends_the_same(
    room: Room, scene: GaussianScene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = run(room, scene, novel_weight=0.25)
    calls: list[int] = []
    plain = CodeModel.generate

    def generate(self: CodeModel, *given: Any, **named: Any) -> Any:
        calls.append(1)
        return plain(self, *given, **named)

    monkeypatch.setattr(CodeModel, "generate", generate)
    request = room.bench.request(
        "gsvar.fix_scene", scene_item(scene), params={**QUICK, "novel_weight": 0.25}, typed=True
    )
    lane = room.bench.lane("cpu", request.info)
    said: list[str] = []

    def stop_in_the_second_round(event: object) -> None:
        if isinstance(event, Logged):
            said.append(event.message)
        if isinstance(event, Progressed) and len(calls) == 4:
            event.job.token.cancel()

    stop = lane.subscribe(stop_in_the_second_round)
    job = room.bench.submit(request, device="cpu")
    job.wait()
    stop()
    assert job.state is JobState.CANCELLED
    assert any(line.startswith("round 1 of 2: ") and "round_01.ply" in line for line in said)
    again = room.bench.run(request, device="cpu")
    assert len(calls) in {4, 5}, "finished views are not mended again"
    assert again.info["rounds"][0] == {"round": 1, "resumed": True}
    for name in ("means", "quats", "log_scales", "logit_opacities", "sh"):
        assert_array_equal(getattr(whole.scene, name), getattr(again.scene, name))


@pytest.mark.slow
def test_the_published_step_goes_half_a_unit_and_the_own_one_follows_the_scene(
    room: Room, scene: GaussianScene
) -> None:
    own = run(room, scene, rounds=1)
    published = run(room, scene, rounds=1, move="published", pixels="published", keep="last")
    assert np.abs(own.scene.means - published.scene.means).max() > 0
