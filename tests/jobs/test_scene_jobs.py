"""Scenes on the lane: what methods get, what they may give back, and what becomes of it."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restora.data.geometry import Rect
from restora.data.item import Item
from restora.data.kinds import Kind
from restora.data.scene import GaussianScene
from restora.errors import BadInputError, FileProblemError
from restora.jobs.cost import decision_for
from restora.jobs.forecast import forecast
from restora.jobs.states import JobState
from restora.plugins.declarations import MemoryRule, Tiling
from restora.plugins.running import Context, Frame, Output, Request
from restora.testing.scene_items import sample_scene, scene_item

SPLAT = frozenset({Kind.SPLAT})
MAKES_SCENE: dict[str, Any] = {"accepts": SPLAT, "produces": Kind.SPLAT}
MAKES_FRAMES: dict[str, Any] = {"accepts": SPLAT, "produces_frames": True}


def scene_of(request: Request) -> GaussianScene:
    assert request.source.scene is not None
    return request.source.scene


@pytest.fixture
def method(copy_method: type) -> Callable[[Callable[[Request, Context], Output]], type]:
    """A method whose `run` is given."""

    def make(run: Callable[[Request, Context], Output]) -> type:
        class Made(copy_method):  # type: ignore[misc]
            def run(self, request: Request, context: Context) -> Output:
                return run(request, context)

        return Made

    return make


@pytest.fixture
def item() -> Item:
    return scene_item(sample_scene(100))


def same(request: Request, context: Context) -> Output:
    return Output(scene=scene_of(request))


def framed(
    count: int = 3, *, dtype: type = np.float32, where: str = "resume", channels: int = 3
) -> Callable[[Request, Context], Output]:
    """Writes ramps, one per camera."""

    def run(request: Request, context: Context) -> Output:
        frames = []
        for number, camera in enumerate(scene_of(request).cameras.cameras[:count]):
            path = getattr(context, where) / f"{number}.npy"
            ramp = np.linspace(0, 1, camera.width, dtype=dtype)[None, :, None] * (number + 1)
            np.save(path, np.broadcast_to(ramp, (camera.height, camera.width, channels)).astype(dtype))
            frames.append(Frame(camera=camera, path=path))
        return Output(frames=tuple(frames))

    return run


# -- what comes out ----------------------------------------------------------------------------------


def test_a_method_gets_the_scene_with_its_cameras_and_cannot_change_it(
    bench: Any, method: Any, item: Item
) -> None:
    seen: list[GaussianScene] = []

    def look(request: Request, context: Context) -> Output:
        seen.append(scene_of(request))
        with pytest.raises(ValueError, match="read-only"):
            seen[0].means[0] = 0
        return same(request, context)

    job = bench.done(method(look), item, **MAKES_SCENE)
    assert job.state is JobState.DONE, job.details
    assert [camera.name for camera in seen[0].cameras] == ["view0", "view1", "view2"]
    assert np.array_equal(seen[0].means, item.scene().means)


def test_a_scene_without_a_preview_leaves_nothing_to_show(bench: Any, method: Any, item: Item) -> None:
    result = bench.done(method(same), item, **MAKES_SCENE).result
    assert result.image is None
    assert result.scene.count == 100
    assert not result.scene.sh.flags.writeable
    output = result.recipe.output
    assert (output.what, output.shape, output.transfer) == ("scene", (100, 4), "")


def test_a_preview_may_have_any_size(bench: Any, method: Any, item: Item) -> None:
    picture = np.random.default_rng(1).random((7, 9, 3), np.float32)
    run = method(lambda request, _: Output(scene=scene_of(request), image=picture))
    assert np.array_equal(bench.done(run, item, **MAKES_SCENE).result.image.pixels, picture)


@pytest.mark.parametrize("where", ["resume", "scratch"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_frames_are_taken_from_the_method_and_read_when_asked_for(
    bench: Any, method: Any, item: Item, where: str, dtype: type
) -> None:
    job = bench.done(method(framed(where=where, dtype=dtype)), item, **MAKES_FRAMES)
    assert job.state is JobState.DONE, job.details
    frames = job.result.frames
    assert [frame.camera.name for frame in frames] == ["view0", "view1", "view2"]
    expected = np.linspace(0, 1, 32, dtype=dtype)[None, :, None] * 2
    assert np.array_equal(frames[1].image().pixels, np.broadcast_to(expected, (24, 32, 3)).astype(np.float32))
    assert np.array_equal(job.result.image.pixels, frames[0].image().pixels), "the first is shown"
    assert job.result.recipe.output.shape == (3, 24, 32, 3)


def test_frames_go_with_the_last_who_uses_them(bench: Any, method: Any, item: Item) -> None:
    job = bench.done(method(framed()), item, **MAKES_FRAMES)
    kept = job.result.frames[0]
    job.result = None
    gc.collect()
    assert kept.path.is_file()
    path = kept.path
    del kept
    gc.collect()
    assert not path.parent.exists()


def test_a_frame_whose_file_is_gone_is_a_sentence(bench: Any, method: Any, item: Item) -> None:
    job = bench.done(method(framed()), item, **MAKES_FRAMES)
    frame = job.result.frames[0]
    frame.path.unlink()
    with pytest.raises(FileProblemError, match="the frame cannot be read"):
        frame.image()


def test_a_scene_and_frames_may_come_together(bench: Any, method: Any, item: Item) -> None:
    def both(request: Request, context: Context) -> Output:
        return replace(framed()(request, context), scene=scene_of(request))

    result = bench.done(method(both), item, **MAKES_SCENE, produces_frames=True).result
    assert result.scene is not None
    assert len(result.frames) == 3
    assert result.recipe.output.what == "scene and frames"


def test_the_recipe_knows_every_bit(bench: Any, method: Any, item: Item) -> None:
    def hashed(change: Callable[[GaussianScene], GaussianScene]) -> str:
        run = method(lambda request, _: Output(scene=change(scene_of(request))))
        sha256 = bench.done(run, item, **MAKES_SCENE).result.recipe.output.sha256
        assert isinstance(sha256, str)
        return sha256

    def nudged(scene: GaussianScene) -> GaussianScene:
        sh = scene.sh.copy()
        sh[-1, -1, -1] = np.nextafter(sh[-1, -1, -1], np.float32(9))
        return replace(scene, sh=sh)

    plain = hashed(lambda scene: scene)
    assert hashed(lambda scene: replace(scene, dropped=3)) == plain
    assert hashed(nudged) != plain
    assert hashed(lambda scene: replace(scene, cameras=type(scene.cameras)())) != plain
    assert hashed(lambda scene: replace(scene, is_antialiased=True)) != plain


def test_the_input_is_known_by_its_numbers_and_cameras(bench: Any, method: Any) -> None:
    def hashed(scene: GaussianScene, name: str = "a.ply") -> str:
        job = bench.done(method(same), scene_item(scene, name), **MAKES_SCENE)
        record = job.result.recipe.item
        assert (record.hashed, record.kind, record.name) == ("scene", "splat", name)
        return str(record.sha256)

    assert hashed(sample_scene()) == hashed(sample_scene(), "b.ply")
    assert len({hashed(sample_scene()), hashed(sample_scene(cameras=2)), hashed(sample_scene(seed=2))}) == 3


# -- what is refused ---------------------------------------------------------------------------------


def _broken(name: str, value: float) -> Callable[[Request, Context], Output]:
    def run(request: Request, context: Context) -> Output:
        scene = scene_of(request)
        array = getattr(scene, name).copy()
        array.flat[0] = value
        return Output(scene=replace(scene, **{name: array}))

    return run


def _frame(change: Callable[[Frame, Context], Frame]) -> Callable[[Request, Context], Output]:
    def run(request: Request, context: Context) -> Output:
        made = framed()(request, context).frames
        return Output(frames=(made[0], change(made[1], context), made[2]))

    return run


def _saved(array: np.ndarray) -> Callable[[Frame, Context], Frame]:
    def change(frame: Frame, context: Context) -> Frame:
        np.save(frame.path, array)
        return frame

    return change


def _elsewhere(frame: Frame, context: Context) -> Frame:
    path = context.scratch.parent / "other.npy"
    np.save(path, np.load(frame.path))
    return replace(frame, path=path)


def _linked(frame: Frame, context: Context) -> Frame:
    path = context.scratch / "link.npy"
    path.symlink_to(frame.path)
    return replace(frame, path=path)


SCENES: dict[str, tuple[Any, str]] = {
    "nothing": (lambda *_: Output(), "no scene, but it declares that it makes one"),
    "no scene": (lambda *_: Output(scene="x"), "str instead of a GaussianScene"),  # type: ignore[arg-type]
    "NaN": (_broken("means", np.nan), "1 values of means that are NaN or infinite"),
    "infinite": (_broken("sh", np.inf), "1 values of sh that are NaN or infinite"),
    "doubles": (
        lambda request, _: Output(
            scene=replace(scene_of(request), means=scene_of(request).means.astype(np.float64))
        ),
        "means are float64; expected float32",
    ),
    "empty": (lambda *_: Output(scene=sample_scene(0)), "a scene without Gaussians"),
    "short column": (
        lambda request, _: Output(scene=replace(scene_of(request), extra={"label": np.zeros(3, np.float32)})),
        "column 'label' has not one value each",
    ),
    "no camera set": (
        lambda request, _: Output(scene=replace(scene_of(request), cameras=())),
        "tuple instead of a CameraSet",
    ),
    "frames": (framed(), "frames, but it does not declare produces_frames"),
    "a bad preview": (
        lambda request, _: Output(scene=scene_of(request), image=np.zeros((3, 3), np.float32)),
        "expected float32 with 1, 3 or 4 channels",
    ),
}

FRAMES: dict[str, tuple[Any, str]] = {
    "nothing": (lambda *_: Output(), "no frames, but it declares that it makes them"),
    "scene": (same, "a scene, but it declares that it makes image items"),
    "list": (
        lambda request, context: Output(frames=list(framed()(request, context).frames)),  # type: ignore[arg-type]
        "frames that are not a tuple of Frame",
    ),
    "wrong size": (
        _frame(_saved(np.zeros((24, 31, 3), np.float32))),
        "frame 2 of float32, shape (24, 31, 3); expected",
    ),
    "doubles": (_frame(_saved(np.zeros((24, 32, 3)))), "frame 2 of float64"),
    "objects": (_frame(_saved(np.array([{}], object))), "frame 2 in a file that is no .npy array"),
    "NaN": (_frame(_saved(np.full((24, 32, 3), np.nan, np.float16))), "frame 2 with values that are NaN"),
    "missing": (
        _frame(lambda frame, context: replace(frame, path=context.scratch / "none.npy")),
        "frame 2 without a file",
    ),
    "elsewhere": (_frame(_elsewhere), "frame 2 outside its folders for files"),
    "linked": (_frame(_linked), "frame 2 without a file"),
    "twice": (
        lambda request, context: Output(frames=framed(1)(request, context).frames * 2),
        "frame 2 in the file of another",
    ),
    "black": (
        lambda request, context: Output(
            frames=tuple(
                _saved(np.zeros((24, 32, 3), np.float32))(frame, context)
                for frame in framed()(request, context).frames
            )
        ),
        "3 frames, each of one colour throughout",
    ),
}


@pytest.mark.parametrize("case", SCENES)
def test_what_is_no_sound_scene_is_no_result(bench: Any, method: Any, item: Item, case: str) -> None:
    run, sentence = SCENES[case]
    job = bench.done(method(run), item, **MAKES_SCENE)
    assert job.state is JobState.FAILED
    assert sentence in job.message


@pytest.mark.parametrize("case", FRAMES)
def test_what_are_no_sound_frames_are_no_result(bench: Any, method: Any, item: Item, case: str) -> None:
    run, sentence = FRAMES[case]
    job = bench.done(method(run), item, **MAKES_FRAMES)
    assert job.state is JobState.FAILED
    assert sentence in job.message


def test_a_method_that_takes_a_scene_and_makes_a_picture_must_make_one(
    bench: Any, method: Any, item: Item
) -> None:
    picture = np.random.default_rng(1).random((7, 9, 3), np.float32)
    assert bench.done(method(lambda *_: Output(image=picture)), item, accepts=SPLAT).result is not None
    assert bench.done(method(lambda *_: Output()), item, accepts=SPLAT).state is JobState.FAILED


def test_a_scene_takes_no_region(bench: Any, item: Item) -> None:
    with pytest.raises(BadInputError, match="a scene has no pixels"):
        bench.request(pixels=item, region=Rect(0, 0, 1, 1), **MAKES_SCENE)


# -- admission ---------------------------------------------------------------------------------------


def test_memory_is_counted_per_million_gaussians_and_learnt(bench: Any, method: Any) -> None:
    rule = MemoryRule(fixed_mib=100, mib_per_mpix=9, precision="fp32", mib_per_million_gaussians=5e6)
    item = scene_item(sample_scene(100))
    request = bench.request(method(same), item, memory=(rule,), **MAKES_SCENE)

    def decided() -> Any:
        return decision_for(request, bench.device, bench.estimates, budget_mib=1e6, free_mib=1e6)

    around = 2 * 100 * 23 * 4 / 2**20
    assert decided().estimate.peak_mib == pytest.approx(100 + 5e6 * 100 / 1e6 + around)
    line = forecast(request, decided()).line()
    assert line == "about 600 MiB, 100 Gaussians · declared"
    bench.device.peak = 300.0
    assert bench.lane.submit(bench_job(request)).wait(20)
    assert decided().estimate.peak_mib == pytest.approx(300 * 1.1, rel=1e-3)
    assert "measured here" in forecast(request, decided()).line()
    assert "under 1 s" in forecast(request, decided()).line()


def bench_job(request: Any) -> Any:
    from restora.jobs.job import Job

    return Job(request=request)


def test_a_scene_that_never_fits_is_refused_with_numbers(bench: Any, method: Any, item: Item) -> None:
    rule = MemoryRule(fixed_mib=2000, mib_per_mpix=0, precision="fp32", mib_per_million_gaussians=1)
    job = bench.done(method(same), item, memory=(rule,), **MAKES_SCENE)
    assert job.state is JobState.REFUSED
    assert "needs about 2.0 GiB" in job.message


def test_internal_tiling_takes_a_tile_set_by_hand(bench: Any, method: Any, item: Item) -> None:
    tiles: list[object] = []

    def look(request: Request, context: Context) -> Output:
        tiles.append(context.tile.side)
        return same(request, context)

    bench.done(method(look), item, tiling=Tiling.INTERNAL, **MAKES_SCENE)
    bench.done(method(look), item, tiling=Tiling.INTERNAL, side=64, **MAKES_SCENE)
    assert tiles == [None, 64]


def test_working_folders_of_frames_lie_where_the_next_start_tidies_up(
    bench: Any, method: Any, item: Item
) -> None:
    job = bench.done(method(framed()), item, **MAKES_FRAMES)
    folder: Path = job.result.frames[0].path.parent
    assert folder.parent == bench.scratch
    assert job.id in folder.name
