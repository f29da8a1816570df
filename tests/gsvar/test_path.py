"""gsvar.fix_path on the lane: a procedural scene, photographs on disk, tiny weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.testing import assert_array_equal

from restora.data.camera import CameraSet
from restora.data.item import Item
from restora.data.result import Result
from restora.data.scene import GaussianScene
from restora.errors import UnsuitableItemError
from restora.jobs.job import Progressed
from restora.jobs.states import JobState
from restora.splats.rendering import render as drawn
from restora.testing.scene_items import orbit_camera, sample_scene, scene_item
from restora_gsvar.net.generating import CodeModel

Room = Any
QUICK = {"extent": "resize", "refiner": False}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> GaussianScene:
    """Five cameras close together, of which three have photographs."""
    folder = tmp_path_factory.mktemp("photos")
    plain = sample_scene(150)
    cameras = []
    for number in range(5):
        camera = replace(orbit_camera(number, 60, width=120, height=96), name=f"view{number}")
        if number % 2 == 0:
            pixels = (np.clip(drawn(plain, camera).rgb, 0, 1) * 255).round().astype(np.uint8)
            PIL.Image.fromarray(pixels).save(folder / f"{number}.png")
            camera = replace(camera, picture=f"{number}.png")
        cameras.append(camera)
    return replace(plain, cameras=CameraSet(cameras=tuple(cameras), pictures=folder))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many pictures each call generated, and how often a photograph was read."""
    calls: list[int] = []
    plain = CodeModel.generate

    def generate(self: CodeModel, pictures: Any, *rest: Any, **named: Any) -> Any:
        calls.append(len(pictures))
        return plain(self, pictures, *rest, **named)

    monkeypatch.setattr(CodeModel, "generate", generate)
    return calls


def run(room: Room, scene: GaussianScene, *references: Item, **params: object) -> Result:
    return room.run("fix_path", scene_item(scene), *references, **{**QUICK, **params})


def pictures(result: Result) -> list[np.ndarray]:
    return [frame.image().pixels for frame in result.frames]


def test_every_camera_gives_a_mended_frame_beside_a_photograph_near_it(
    room: Room, scene: GaussianScene
) -> None:
    result = run(room, scene)
    frames = pictures(result)
    assert [frame.camera.name for frame in result.frames] == [f"view{n}" for n in range(5)]
    assert all(pixels.shape == (96, 120, 3) for pixels in frames)
    facts = result.info["frames"]
    assert [each["reference"] for each in facts][::2] == ["view0", "view2", "view4"]
    assert all(len(each["candidates"]) == 3 for each in facts)
    assert set(result.info["flicker"]) == {"render", "mended", "result"}
    assert 0 < result.info["flicker"]["render"] < result.info["flicker"]["mended"]


def test_a_path_of_its_own_still_finds_the_photographs_of_the_cameras(
    room: Room, scene: GaussianScene
) -> None:
    path = tuple(
        replace(camera, name=f"step{n}", picture=None) for n, camera in enumerate(list(scene.cameras)[2:4])
    )
    result = run(room, replace(scene, cameras=replace(scene.cameras, path=path)))
    assert [frame.camera.name for frame in result.frames] == ["step0", "step1"]
    assert result.info["frames"][0]["reference"] == "view2"


@pytest.mark.slow
def test_stabilising_lowers_the_flicker_and_is_a_choice(room: Room, scene: GaussianScene) -> None:
    # Random weights make every frame another picture; at a fifth of them neighbours are alike enough.
    steady = run(room, scene, blend=0.2, stabilise=0.8).info["flicker"]
    loose = run(room, scene, blend=0.2, stabilise=0.0).info["flicker"]
    assert steady["result"] < 0.9 * steady["mended"]
    assert loose["result"] == loose["mended"]


@pytest.mark.slow
def test_photographs_are_read_once_for_all_frames(
    room: Room, scene: GaussianScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    plain = CodeModel.reference

    def reference(self: CodeModel, *given: Any) -> Any:
        made.append(1)
        return plain(self, *given)

    monkeypatch.setattr(CodeModel, "reference", reference)
    run(room, scene, reference="pose")
    assert len(made) == 3


@pytest.mark.slow
@pytest.mark.parametrize("choice", ["previous", "none", "file"])
def test_other_references(room: Room, scene: GaussianScene, render: Callable[..., Item], choice: str) -> None:
    photo = [render(50, 50)] if choice == "file" else []
    result = run(room, scene, *photo, reference=choice, every=2)
    named = [each["reference"] for each in result.info["frames"]]
    expected = {
        "previous": [None, "the frame before", "the frame before"],
        "none": [None] * 3,
        "file": ["the picture handed in"] * 3,
    }
    assert named == expected[choice]


def test_a_file_that_was_not_handed_in_is_asked_for(room: Room, scene: GaussianScene) -> None:
    with pytest.raises(UnsuitableItemError, match="no picture was handed in"):
        run(room, scene, reference="file")


@pytest.mark.slow
def test_tiles_take_the_part_of_the_photograph_that_shows_the_same(room: Room, scene: GaussianScene) -> None:
    settings = {"extent": "tiles", "overlap": 4, "every": 4, "stabilise": 0.0}
    projected = run(room, scene, **settings)
    same = run(room, scene, **settings, reference_window="same")
    assert all(pixels.shape == (96, 120, 3) for pixels in pictures(projected))
    assert any(np.abs(a - b).max() > 1e-4 for a, b in zip(pictures(projected), pictures(same), strict=True))


@pytest.mark.slow
def test_a_way_between_cameras_and_a_circle_have_as_many_frames_as_asked(
    room: Room, scene: GaussianScene
) -> None:
    between = run(room, scene, way="between", frames=4, longest_side=60)
    assert [frame.camera.width for frame in between.frames] == [60] * 4
    bare = replace(scene, cameras=CameraSet())
    circle = run(room, bare, way="orbit", frames=2, longest_side=48)
    assert [pixels.shape for pixels in pictures(circle)] == [(27, 48, 3)] * 2
    assert [each["reference"] for each in circle.info["frames"]] == [None, None]


def test_a_scene_without_cameras_is_asked_for_some(room: Room, scene: GaussianScene) -> None:
    with pytest.raises(UnsuitableItemError, match="has no cameras") as caught:
        run(room, replace(scene, cameras=CameraSet()))
    assert "--as cameras=PATH" in str(caught.value.advice)


def test_an_interrupted_path_goes_on_where_it_stopped_and_ends_the_same(
    room: Room, scene: GaussianScene, counted: list[int], tmp_path: Path
) -> None:
    whole = pictures(run(room, scene, seed=7))
    counted.clear()
    request = room.bench.request("gsvar.fix_path", scene_item(scene), params=QUICK, typed=True, seed=7)

    lane = room.bench.lane("cpu", request.info)

    def stop_in_the_third(event: object) -> None:
        if isinstance(event, Progressed) and len(counted) == 3:
            event.job.token.cancel()

    stop = lane.subscribe(stop_in_the_third)
    job = room.bench.submit(request, device="cpu")
    job.wait()
    stop()
    assert job.state is JobState.CANCELLED
    assert len(counted) == 3
    again = pictures(room.bench.run(request, device="cpu"))
    assert len(counted) - 3 == 3, "two frames were there already"
    for first, second in zip(whole, again, strict=True):
        assert_array_equal(first, second)


def test_a_frame_in_which_nothing_shows_is_its_background_and_asks_no_network(
    room: Room, scene: GaussianScene, counted: list[int]
) -> None:
    first = next(iter(scene.cameras))
    pose = first.world_to_camera.copy()
    pose[2, 3] *= -1  # the scene lies behind it
    away = replace(first, name="away", world_to_camera=pose, picture=None)
    path = replace(scene.cameras, path=(away, first))
    result = run(room, replace(scene, cameras=path), background="white", reference="none", stabilise=0.0)
    assert counted == [1]
    assert_array_equal(pictures(result)[0], np.ones((96, 120, 3)))


def test_a_path_that_sees_nothing_at_all_is_refused_in_a_sentence(room: Room, scene: GaussianScene) -> None:
    damaged = replace(scene, quats=np.zeros_like(scene.quats))
    with pytest.raises(UnsuitableItemError, match="nothing of the scene shows in any of the 5 frames"):
        run(room, damaged, reference="none")
