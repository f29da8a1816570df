from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora.errors import BadInputError, Cancelled, FileProblemError, ParameterError
from restora.splats.framing import Framing, Optics, orbit
from restora.splats.refinement.engine import Refined, StepReport, refine
from restora.splats.refinement.estimate import estimate, readable
from restora.splats.refinement.options import (
    STANDARD,
    Densification,
    RefineOptions,
    Relocation,
)
from restora.splats.refinement.saving import STATE_FILE
from restora.splats.refinement.views import TrainingView, fixed_view
from restora.splats.rendering import render

MakeScene = Callable[..., GaussianScene]
AROUND = Framing(low=-np.ones(3), high=np.ones(3))
SCENE_ARRAYS = ("means", "quats", "log_scales", "logit_opacities", "sh")


def cameras(count: int = 6) -> tuple[Camera, ...]:
    return orbit(AROUND, count, Optics(width=28, height=24))


def photographs(scene: GaussianScene, count: int = 6) -> list[TrainingView]:
    return [
        TrainingView(camera=camera, picture=np.clip(render(scene, camera).rgb, 0, 1))
        for camera in cameras(count)
    ]


def perturbed(scene: GaussianScene, amount: float = 1.0) -> GaussianScene:
    rng = np.random.default_rng(9)

    def shaken(array: np.ndarray, by: float) -> np.ndarray:
        return (array + rng.normal(0, by * amount, array.shape)).astype(np.float32)

    return replace(
        scene,
        means=shaken(scene.means, 0.1),
        log_scales=shaken(scene.log_scales, 0.3),
        logit_opacities=shaken(scene.logit_opacities, 0.5),
        sh=shaken(scene.sh, 0.4),
    )


@pytest.fixture
def truth(make_scene: MakeScene) -> GaussianScene:
    return make_scene(60, degree=1)


FAST = RefineOptions(steps=60, rates=STANDARD, hold_out_every=3, evaluate_every=20, save_every=7)


def same(first: Refined, second: Refined) -> bool:
    return all(
        getattr(first.scene, name).tobytes() == getattr(second.scene, name).tobytes() for name in SCENE_ARRAYS
    )


# -- the loop ----------------------------------------------------------------------------------------


def test_a_shaken_scene_comes_nearer_to_photographs_that_it_never_saw(truth: GaussianScene) -> None:
    reports: list[StepReport] = []
    begun = perturbed(truth)
    found = refine(begun, photographs(truth), FAST, report=reports.append)
    assert found.after.psnr > found.before.psnr + 1.5
    assert found.before.is_held_out
    assert found.is_better
    assert (found.steps_done, found.was_cancelled) == (60, False)
    assert [report.step for report in reports] == list(range(1, 61))
    assert reports[-1].render.shape == (24, 28, 3)
    assert np.mean([each.loss for each in reports[-10:]]) < np.mean([each.loss for each in reports[:10]])
    assert "dB became" in found.sentence


def test_the_scene_that_went_in_is_not_changed(truth: GaussianScene) -> None:
    begun = perturbed(truth)
    before = {name: getattr(begun, name).copy() for name in SCENE_ARRAYS}
    refine(begun, photographs(truth), replace(FAST, steps=10))
    for name in SCENE_ARRAYS:
        assert_array_equal(getattr(begun, name), before[name])


def test_a_perfect_scene_is_not_replaced(truth: GaussianScene) -> None:
    wrong = [replace(view, picture=view.picture[::-1].copy()) for view in photographs(truth)]
    views = [view if index % 3 == 1 else wrong[index] for index, view in enumerate(photographs(truth))]
    found = refine(truth, views, FAST)
    assert not found.is_better
    assert found.scene is truth
    assert found.after == found.before
    assert "not replaced" in found.sentence


def test_the_same_request_gives_the_same_bits_and_another_seed_others(truth: GaussianScene) -> None:
    options = replace(FAST, steps=20)
    first, second = (refine(perturbed(truth), photographs(truth), options) for _ in range(2))
    assert same(first, second)
    assert not same(first, refine(perturbed(truth), photographs(truth), replace(options, seed=1)))


# -- cancelling and going on -------------------------------------------------------------------------


class CancelAt:
    """A check that cancels at its n-th call."""

    def __init__(self, call: int) -> None:
        self.left = call

    def __call__(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled


@pytest.mark.parametrize(
    ("kind", "call"), [("plain", 4), ("plain", 17), ("anchored", 17), ("growing", 17), ("wandering", 17)]
)
def test_an_interrupted_refinement_goes_on_to_equal_bits(
    truth: GaussianScene, tmp_path: Path, call: int, kind: str
) -> None:
    growing = Densification(every=7, start=5, stop=23, reset_every=17, gradient=1e-5)
    options = {
        "plain": replace(FAST, steps=24),
        "anchored": replace(FAST, steps=24, anchor=0.1, prune_every=15, prune_opacity=0.2),
        "growing": replace(FAST, steps=24, densification=growing),
        "wandering": replace(FAST, steps=24, densification=Relocation(every=7, start=5, stop=23)),
    }[kind]
    begun, views = perturbed(truth), photographs(truth)
    whole = refine(begun, views, options)
    part = refine(begun, views, options, check=CancelAt(call), resume_folder=tmp_path)
    assert part.was_cancelled
    assert part.steps_done < 24
    rest = refine(begun, views, options, resume_folder=tmp_path)
    assert same(whole, rest)
    assert (rest.before, rest.after, rest.best_step) == (whole.before, whole.after, whole.best_step)


def test_cancelling_keeps_the_best_state_so_far(truth: GaussianScene) -> None:
    found = refine(perturbed(truth), photographs(truth), FAST, check=CancelAt(40))
    assert found.was_cancelled
    assert found.is_better
    assert found.best_step == 20


def test_cancelling_before_anything_was_judged_goes_on_as_a_cancel(truth: GaussianScene) -> None:
    with pytest.raises(Cancelled):
        refine(perturbed(truth), photographs(truth), FAST, check=CancelAt(0))


def test_saves_come_at_intervals_with_the_scene(truth: GaussianScene, tmp_path: Path) -> None:
    saved: list[tuple[int, int]] = []
    refine(
        truth,
        photographs(truth),
        replace(FAST, steps=20),
        resume_folder=tmp_path / "new" / "folder",
        on_saved=lambda scene, step: saved.append((step, scene.count)),
    )
    assert saved == [(7, 60), (14, 60)]
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == [STATE_FILE]


def test_a_folder_of_other_work_or_a_damaged_state_is_refused(truth: GaussianScene, tmp_path: Path) -> None:
    options = replace(FAST, steps=10)
    refine(truth, photographs(truth), options, resume_folder=tmp_path)
    with pytest.raises(FileProblemError, match="other pictures or with other settings"):
        refine(truth, photographs(truth), replace(options, seed=5), resume_folder=tmp_path)
    (tmp_path / STATE_FILE).write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(FileProblemError, match="damaged"):
        refine(truth, photographs(truth), options, resume_folder=tmp_path)


# -- views and weights -------------------------------------------------------------------------------


def test_fixed_renders_count_only_where_they_are_solid(truth: GaussianScene) -> None:
    camera = cameras()[0]
    alpha = np.zeros((24, 28), np.float32)
    nothing = fixed_view(camera, np.ones((24, 28, 3), np.float32), alpha)
    found = refine(truth, [nothing], replace(FAST, steps=5, ssim_share=0.0))
    for name in SCENE_ARRAYS:
        assert_array_equal(getattr(found.scene, name), getattr(truth, name))


def test_pictures_of_both_kinds_are_drawn_in_their_shares(truth: GaussianScene) -> None:
    photos = photographs(truth, 4)
    fixed = [replace(view, is_photo=False, camera=replace(view.camera, name="fixed")) for view in photos]
    names: list[str] = []
    options = replace(FAST, steps=60, hold_out_every=0, photo_share=0.7)
    refine(truth, [*photos, *fixed], options, report=lambda each: names.append(each.camera.name))
    assert 30 < sum(name != "fixed" for name in names) < 55


def test_no_view_is_refused(truth: GaussianScene) -> None:
    with pytest.raises(BadInputError, match="no picture to refine"):
        refine(truth, [], FAST)


def test_an_anchor_holds_the_scene_back(truth: GaussianScene) -> None:
    begun, views = perturbed(truth), photographs(truth)
    free = refine(begun, views, replace(FAST, steps=20))
    held = refine(begun, views, replace(FAST, steps=20, anchor=100.0))
    moved = [np.abs(found.scene.sh - begun.sh).mean() for found in (free, held)]
    assert moved[1] < 0.8 * moved[0]


def test_pruning_removes_faint_gaussians_and_only_those(truth: GaussianScene) -> None:
    truth.logit_opacities[:5] = -7
    options = replace(FAST, steps=10, evaluate_every=1, prune_every=5, prune_opacity=0.01)
    begun = perturbed(truth, 0.3)
    begun.logit_opacities[:5] = -7
    found = refine(begun, photographs(truth), options)
    assert found.is_better
    assert found.scene.count == (55 if found.best_step >= 5 else 60)
    counts: list[int] = []
    refine(begun, photographs(truth), options, report=lambda each: counts.append(each.gaussians))
    assert counts == [60] * 4 + [55] * 6


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"steps": 0}, "steps must be 1 to 100000, got 0"),
        ({"ssim_share": 1.5}, "ssim_share must be 0 to 1"),
        ({"hold_out_every": -1}, "0 or more"),
        ({"hold_out_every": 1}, "0 or 2 and more"),
        ({"save_every": 0}, "1 or more"),
        ({"anchor": float("nan")}, "anchor must be 0 or more"),
        ({"anchor": 1.0, "densification": Densification()}, "choose one of them"),
        ({"prune_opacity": 1.0}, "between 0 and 1"),
        ({"anchor": 1.0, "densification": Relocation()}, "choose one of them"),
    ],
)
def test_impossible_options_are_refused(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        RefineOptions(**values)  # type: ignore[arg-type]  # each case breaks one value


# -- the estimate ------------------------------------------------------------------------------------


def test_a_probe_tells_the_time_in_words_and_changes_nothing(truth: GaussianScene) -> None:
    begun = perturbed(truth)
    before = begun.means.copy()
    found = estimate(begun, photographs(truth), FAST)
    assert found.steps == 60
    assert found.looks == 4
    assert found.seconds > 0
    assert found.words.startswith("about ")
    assert "60 steps of" in found.words
    assert_array_equal(begun.means, before)
    long = replace(found, steps=100_000, seconds_per_step=2.0, is_growing=True)
    assert "a GPU make it shorter" in long.words
    assert "as Gaussians are added" in long.words


@pytest.mark.parametrize(("seconds", "text"), [(0.1, "1 s"), (89, "89 s"), (600, "10 min"), (9000, "2.5 h")])
def test_times_read_well(seconds: float, text: str) -> None:
    assert readable(seconds) == text
