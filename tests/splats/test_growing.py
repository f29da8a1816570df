"""Gaussians are added where they are missing: by the first paper's rules, and as a Markov chain."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora.errors import ParameterError
from restora.splats.attributes import opacities
from restora.splats.devices import choose_device
from restora.splats.framing import Framing, Optics, orbit
from restora.splats.raster_torch import ScreenStatistics
from restora.splats.refinement.engine import refine
from restora.splats.refinement.growth import Growth
from restora.splats.refinement.options import (
    STANDARD,
    Densification,
    RefineOptions,
    Relocation,
    Strategy,
    growing_for,
    training_options,
)
from restora.splats.refinement.relocation import Wandering, shared_place
from restora.splats.refinement.rows import NAMES, Rows
from restora.splats.refinement.views import TrainingView
from restora.splats.rendering import render

MakeScene = Callable[..., GaussianScene]
SCENE_ARRAYS = ("means", "quats", "log_scales", "logit_opacities", "sh")


def cameras(count: int = 6) -> tuple[Camera, ...]:
    around = Framing(low=-np.ones(3), high=np.ones(3))
    return orbit(around, count, Optics(width=28, height=24))


def photographs(scene: GaussianScene) -> list[TrainingView]:
    return [
        TrainingView(camera=camera, picture=np.clip(render(scene, camera).rgb, 0, 1)) for camera in cameras()
    ]


# -- by the pull in the picture ---------------------------------------------------------------------


def grown(scene: GaussianScene, rules: Densification, pull: np.ndarray, step: int) -> Rows:
    rows = Rows.of(scene, STANDARD, 1.0, "cpu")
    growth = Growth(rules, 1.0, 0, scene.count, "cpu")
    screen = ScreenStatistics(
        visible=torch.ones(scene.count, dtype=torch.bool),
        radii=torch.ones(scene.count),
        gradients=torch.from_numpy(pull),
    )
    growth.watch(rows, screen, replace(cameras()[0], width=2, height=2))
    growth.act(step, rows)
    return rows


def test_small_gaussians_that_are_pulled_are_doubled_and_large_ones_split(make_scene: MakeScene) -> None:
    scene = make_scene(4, degree=1)
    scene.logit_opacities[:] = 0
    scene.log_scales[:2], scene.log_scales[2:] = -6, -2
    pull = np.array([[1, 0], [0, 0], [0, 1], [0, 0]], np.float32)
    found = grown(scene, Densification(), pull, 600).scene(scene)
    assert found.count == 6
    # Kept: 0, 1, 3. Added: a copy of 0, and two parts of 2.
    assert_array_equal(found.means[:4], scene.means[[0, 1, 3, 0]])
    assert np.allclose(found.log_scales[4:], -2 - np.log(1.6))
    assert (np.linalg.norm(found.means[4:] - scene.means[2], axis=1) < 6 * np.exp(-2)).all()
    assert not np.array_equal(found.means[4], found.means[5])


def test_faint_gaussians_go_and_huge_ones_after_the_first_reset(make_scene: MakeScene) -> None:
    scene = make_scene(4)
    scene.logit_opacities[:] = (-9, 0, 0, 0)
    scene.log_scales[:] = -4
    scene.log_scales[1] = 0
    still = np.zeros((4, 2), np.float32)
    assert grown(scene, Densification(), still, 600).count == 3
    assert grown(scene, Densification(), still, 3100).count == 2


def test_opacities_are_reset_and_the_schedule_is_kept(make_scene: MakeScene) -> None:
    scene = make_scene(10)
    pulled = np.ones((10, 2), np.float32)
    assert grown(scene, Densification(), pulled, 500).count == 10
    assert grown(scene, Densification(), pulled, 550).count == 10
    assert grown(scene, Densification(), pulled, 15_000).count == 10
    reset = grown(scene, Densification(every=7), pulled, 3000).scene(scene)
    assert opacities(reset).max() <= 0.0100001


def test_growth_stops_at_its_limit(make_scene: MakeScene) -> None:
    pulled = np.ones((10, 2), np.float32)
    pulled[3:6] *= 2
    scene = make_scene(10)
    found = grown(scene, Densification(most=13), pulled, 600).scene(scene)
    assert found.count == 13
    # The three that are pulled most were split; all are large.
    assert_array_equal(found.means[:7], scene.means[[0, 1, 2, 6, 7, 8, 9]])


def test_no_more_than_a_share_is_added_at_once(make_scene: MakeScene) -> None:
    pulled = np.ones((40, 2), np.float32)
    pulled[7] *= 3
    scene = make_scene(40)
    scene.log_scales[:] = -6
    found = grown(scene, Densification(at_once=0.03), pulled, 600).scene(scene)
    assert found.count == 41
    assert_array_equal(found.means[40], scene.means[7])
    with pytest.raises(ParameterError, match="at_once must be above 0 and at most 1, got 0"):
        Densification(at_once=0)


def test_a_short_training_shrinks_the_published_schedule() -> None:
    short, full = training_options(600), training_options(30_000)
    assert short.densification is not None
    assert full.densification is not None
    assert (full.densification.start, full.densification.stop, full.degree_every) == (500, 15_000, 1000)
    assert short.densification.stop == 300
    assert short.densification.start < short.densification.stop
    assert short.degree_every == 100


# -- the same as gsplat's strategy -------------------------------------------------------------------


def test_growing_and_pruning_are_those_of_gsplat(make_scene: MakeScene) -> None:
    strategies = pytest.importorskip("gsplat.strategy")
    scene = make_scene(200, degree=1)
    rng = np.random.default_rng(4)
    scene.log_scales[:] = rng.normal(-4.5, 1.5, scene.log_scales.shape)
    scene.logit_opacities[:] = rng.normal(-2, 3, 200)
    pull = rng.exponential(2e-4, (200, 2)).astype(np.float32)
    ours = grown(scene, Densification(), pull, 3100)

    rows = Rows.of(scene, STANDARD, 1.0, "cpu")
    theirs = {"log_scales": "scales", "logit_opacities": "opacities"}
    params = {theirs.get(name, name): torch.nn.Parameter(rows.values[name].detach()) for name in NAMES}
    optimisers = {name: torch.optim.Adam([value]) for name, value in params.items()}
    for name, value in params.items():
        optimisers[name].state[value] = {"exp_avg": torch.zeros_like(value)}
    strategy = strategies.DefaultStrategy()
    state = strategy.initialize_state(scene_scale=1.0)
    seen = torch.zeros(1, 200, 2, requires_grad=True)
    seen.grad = torch.from_numpy(pull)[None]
    info = {
        "width": 2,
        "height": 2,
        "n_cameras": 1,
        "radii": torch.ones(1, 200, 2),
        "gaussian_ids": None,
        "means2d": seen,
    }
    strategy.step_post_backward(params, optimisers, state, 3100, info)

    assert ours.count == len(params["means"]) != 200
    for name in NAMES:
        found, expected = ours.values[name].detach(), params[theirs.get(name, name)].detach()
        if name == "means":  # where the parts of a split one lie is chance
            settled = np.isin(expected.numpy(), scene.means).all(axis=1)
            assert 50 < settled.sum() < len(settled)
            found, expected = found[settled], expected[settled]
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


# -- as a Markov chain -------------------------------------------------------------------------------


def published(opacity: float, copies: int) -> tuple[float, float]:
    """Equation 9 of the paper, as it stands there."""
    new = 1 - (1 - opacity) ** (1 / copies)
    below = sum(
        math.comb(i - 1, k) * (-1) ** k / math.sqrt(k + 1) * new ** (k + 1)
        for i in range(1, copies + 1)
        for k in range(i)
    )
    return new, opacity / below


@pytest.mark.parametrize("copies", [1, 2, 3, 17, 51])
@pytest.mark.parametrize("opacity", [0.006, 0.3, 0.9, 0.9999])
def test_gaussians_that_share_a_place_get_the_published_opacity_and_size(opacity: float, copies: int) -> None:
    new, factor = shared_place(torch.tensor([opacity]), torch.tensor([copies]))
    assert (float(new), float(factor)) == pytest.approx(
        published(float(np.float32(opacity)), copies), rel=1e-4
    )


def test_a_picture_stays_nearly_as_it_was_when_faint_gaussians_move(make_scene: MakeScene) -> None:
    scene = make_scene(60, degree=1)
    scene.logit_opacities[:30], scene.logit_opacities[30:] = -9, 1
    rows = Rows.of(scene, STANDARD, 1.0, "cpu")
    Wandering(Relocation(noise=0, most=60), 0).act(600, rows)
    moved = rows.scene(scene)
    assert opacities(moved).min() > 0.005
    assert np.isin(moved.means[:30], scene.means[30:]).all()
    assert_array_equal(moved.means[30:], scene.means[30:])
    camera = cameras()[0]
    before, after = render(scene, camera), render(moved, camera)
    one_more = replace(scene, logit_opacities=np.where(np.arange(60) < 30, 1, 1).astype(np.float32))
    assert (
        np.abs(after.rgb - before.rgb).mean()
        < 0.25 * np.abs(render(one_more, camera).rgb - before.rgb).mean()
    )


def test_the_number_grows_by_a_twentieth_up_to_its_limit(make_scene: MakeScene) -> None:
    rows = Rows.of(make_scene(100), STANDARD, 1.0, "cpu")
    wandering = Wandering(Relocation(most=107), 0)
    counts = []
    for step in (500, 550, 600, 700, 800, 30_000):
        wandering.act(step, rows)
        counts.append(rows.count)
    assert counts == [100, 100, 105, 107, 107, 107]


def test_faint_gaussians_wander_and_opaque_ones_stay(make_scene: MakeScene) -> None:
    scene = make_scene(10)
    scene.logit_opacities[:5], scene.logit_opacities[5:] = -9, 3
    rows = Rows.of(scene, STANDARD, 1.0, "cpu")
    Wandering(Relocation(), 0).act(1, rows)
    moved = np.linalg.norm(rows.scene(scene).means - scene.means, axis=1)
    assert (moved[:5] > 1e-3).all()
    assert (moved[5:] < 1e-6).all()


def test_what_moved_begins_anew_in_the_optimiser(make_scene: MakeScene) -> None:
    scene = make_scene(4)
    scene.logit_opacities[:] = (-9, 3, -20, -20)
    rows = Rows.of(scene, STANDARD, 1.0, "cpu")
    for value in rows.values.values():
        value.grad = torch.ones_like(value)
    rows.step()
    rows.put(torch.tensor([0, 1]), {"means": torch.zeros(2, 3)})
    moment = rows.optimiser.state[rows.values["log_scales"]]["exp_avg"]
    assert_array_equal((moment == 0).all(dim=1).numpy(), [True, True, False, False])
    assert_array_equal(rows.scene(scene).means[:2], np.zeros((2, 3)))


def test_a_scene_that_lost_gaussians_is_healed_by_both_strategies(make_scene: MakeScene) -> None:
    truth = make_scene(120, degree=0)
    thin = replace(truth, **{name: getattr(truth, name)[::2].copy() for name in SCENE_ARRAYS})
    options = RefineOptions(steps=120, hold_out_every=3, evaluate_every=20, save_every=120)
    gains = {}
    for strategy in Strategy:
        growing = growing_for(120, thin.count, strategy)
        counts: list[int] = []
        found = refine(
            thin,
            photographs(truth),
            replace(options, densification=growing),
            report=lambda step, counts=counts: counts.append(step.gaussians),
        )
        assert counts[-1] > thin.count
        gains[strategy] = found.after.psnr - found.before.psnr
    assert min(gains.values()) > 1.5, gains


@pytest.mark.parametrize("steps", [20, 60, 100, 500, 3000])
@pytest.mark.parametrize("strategy", Strategy)
def test_a_loaded_scene_grows_however_few_steps_there_are(steps: int, strategy: Strategy) -> None:
    rules = growing_for(steps, 1000, strategy)
    assert any(rules.start < step < rules.stop and step % rules.every == 0 for step in range(steps))
    assert rules.most == 3000


def test_a_limit_that_cannot_be_drawn_from_is_refused() -> None:
    with pytest.raises(ParameterError, match="a limit of 1 to 16777216"):
        Relocation(most=2**24 + 1)


# -- on a real card ----------------------------------------------------------------------------------


@pytest.mark.gpu
def test_sharing_a_place_is_that_of_gsplats_kernel() -> None:
    from gsplat.relocation import compute_relocation

    choose_device("cuda")
    generator = torch.Generator().manual_seed(0)
    opacity = torch.rand(500, generator=generator) * 0.9 + 0.006
    copies = torch.randint(1, 12, (500,), generator=generator)
    binomials = torch.tensor(
        [[math.comb(n, k) for k in range(51)] for n in range(51)], dtype=torch.float32, device="cuda"
    )
    theirs, sizes = compute_relocation(opacity.cuda(), torch.ones(500, 3).cuda(), copies.cuda(), binomials)
    ours, factor = shared_place(opacity, copies)
    torch.testing.assert_close(ours, theirs.cpu(), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(factor, sizes[:, 0].cpu(), rtol=1e-3, atol=1e-4)


@pytest.mark.gpu
@pytest.mark.parametrize("strategy", Strategy)
def test_a_scene_grows_and_improves_on_a_card(make_scene: MakeScene, strategy: Strategy) -> None:
    device = choose_device("cuda").device
    truth = make_scene(120, degree=1)
    thin = replace(truth, **{name: getattr(truth, name)[::2].copy() for name in SCENE_ARRAYS})
    options = RefineOptions(steps=120, hold_out_every=3, evaluate_every=20, save_every=120, device=device)
    growing = growing_for(120, thin.count, strategy)
    found = refine(thin, photographs(truth), replace(options, densification=growing))
    assert found.latest.count > thin.count
    assert found.after.psnr > found.before.psnr + 1.5
