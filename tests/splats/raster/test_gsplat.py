"""gsplat is called as it wants to be called, and draws the same on cards that exist."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from restora.data.camera import Camera, Projection
from restora.data.scene import GaussianScene
from restora.splats.devices import choose_device
from restora.splats.raster_torch import Params, render_params
from restora.splats.rendering import Render, RenderOptions, render

MakeScene = Callable[..., GaussianScene]
MakeCamera = Callable[..., Camera]
VECTORS = Path(__file__).parents[2] / "vectors" / "splats"


@pytest.fixture(autouse=True)
def no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest-qt loads the widgets into every test process."""
    monkeypatch.delitem(sys.modules, "PySide6.QtWidgets", raising=False)


# -- the call ----------------------------------------------------------------------------------------


def rasterization_on_cpu(**call: object) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
    """gsplat's rasterization, from its own torch functions, which run everywhere, and a plain blending."""
    from gsplat.cuda import _torch_impl as impl
    from gsplat.rendering import rasterization

    bound = inspect.signature(rasterization).bind(**call)
    bound.apply_defaults()
    a = bound.arguments
    assert a["render_mode"] == "RGB+D"
    assert a["backgrounds"] is None, "gsplat 1.5.3 refuses them where its tensors are packed"
    covars, _ = impl._quat_scale_to_covar_preci(a["quats"], a["scales"], True, False)
    radii, means2d, depths, conics, kept = impl._fully_fused_projection(
        a["means"],
        covars,
        a["viewmats"],
        a["Ks"],
        a["width"],
        a["height"],
        eps2d=a["eps2d"],
        near_plane=a["near_plane"],
        far_plane=a["far_plane"],
        calc_compensations=a["rasterize_mode"] == "antialiased",
        camera_model=a["camera_model"],
    )
    if means2d.requires_grad:
        means2d.retain_grad()
    opacities = a["opacities"][None] * (1 if kept is None else kept)
    away = a["means"] - torch.inverse(a["viewmats"])[0, :3, 3]
    k = (a["sh_degree"] + 1) ** 2
    light = impl._spherical_harmonics(a["sh_degree"], away, a["colors"][:, :k])
    colours = torch.cat([(light + 0.5).clamp_min(0), depths[0, :, None]], -1)
    xs, ys = torch.arange(a["width"]) + 0.5, torch.arange(a["height"]) + 0.5
    columns, rows = torch.meshgrid(xs, ys, indexing="xy")
    left, out = torch.ones_like(columns), torch.zeros(*columns.shape, 4)
    is_open = torch.ones_like(columns, dtype=torch.bool)
    for i in torch.argsort(depths[0], stable=True).tolist():
        if not bool((radii[0, i] > 0).all()):
            continue
        dx, dy = means2d[0, i, 0] - columns, means2d[0, i, 1] - rows
        x, y, z = conics[0, i]
        alpha = (opacities[0, i] * (-(0.5 * (x * dx * dx + z * dy * dy) + y * dx * dy)).exp()).clamp_max(
            0.999
        )
        alpha = torch.where(is_open & (alpha >= 1 / 255), alpha, 0)
        is_open = is_open & (left * (1 - alpha) > 1e-4)
        weight = left * torch.where(is_open, alpha, 0)
        out = out + weight[..., None] * colours[i]
        left = left - weight
    return (
        out[None],
        (1 - left)[None, ..., None],
        {"radii": radii, "means2d": means2d},
    )


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> str:
    """The processor, with gsplat's own torch functions in the place of its kernels."""
    gsplat = pytest.importorskip("gsplat")
    monkeypatch.setattr(gsplat, "rasterization", rasterization_on_cpu)
    return "cpu"


CASES = {
    "plain": (RenderOptions(), Projection.PINHOLE),
    "background": (RenderOptions(background=(0.2, 0.4, 0.6), degree=1), Projection.PINHOLE),
    "antialiased": (RenderOptions(antialiased=True, near=0.5, far=3.2), Projection.PINHOLE),
    "orthographic": (RenderOptions(eps2d=0.1), Projection.ORTHOGRAPHIC),
}


@pytest.mark.parametrize("case", CASES)
def test_gsplat_is_called_so_that_it_draws_what_the_processor_does(
    case: str, card: str, make_scene: MakeScene, make_camera: MakeCamera
) -> None:
    from restora.splats.raster_gsplat import render_on

    options, projection = CASES[case]
    focal = 15.0 if projection is Projection.ORTHOGRAPHIC else 40.0
    camera = make_camera(33, 20, focal=focal, projection=projection)
    scene = make_scene(40, degree=2)
    theirs, ours = render_on(scene, camera, options, card), render(scene, camera, options)
    for name in ("rgb", "alpha", "depth"):
        error = np.abs(getattr(theirs, name) - getattr(ours, name))
        assert np.quantile(error, 0.99) < 1e-4, name


def test_gradients_and_statistics_come_back_as_on_the_processor(
    card: str, make_scene: MakeScene, make_camera: MakeCamera
) -> None:
    from restora.splats.raster_gsplat import draw_params

    camera, options = make_camera(33, 20, focal=40.0), RenderOptions(background=(0.1, 0.2, 0.3))
    found = []
    for draw in (draw_params, render_params):
        params = Params.of(make_scene(40, degree=2), requires_grad=True)
        seen = draw(params, camera, options)
        (seen.rgb.square().sum() + seen.alpha.sum() + seen.depth.sum()).backward()
        found.append((params, seen))
    (theirs, their_view), (ours, our_view) = found
    for one, other in zip(theirs.tensors, ours.tensors, strict=True):
        assert (one.grad - other.grad).norm() < 2e-3 * other.grad.norm()
    assert (their_view.screen.gradients - our_view.screen.gradients).norm() < 2e-3 * (
        our_view.screen.gradients.norm()
    )
    assert bool((our_view.screen.visible <= their_view.screen.visible).all())


def test_a_preview_on_a_card_draws_the_same_part(
    card: str, make_scene: MakeScene, make_camera: MakeCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    from restora.splats import raster_gsplat

    original = raster_gsplat.render_on
    monkeypatch.setattr(raster_gsplat, "render_on", lambda s, c, o, device: original(s, c, o, "cpu"))
    told: list[tuple[int, int]] = []
    checks: list[int] = []

    def on_rows(first: int, end: int, picture: Render) -> None:
        told.append((first, end))

    scene, camera, options = make_scene(60), make_camera(33, 20, focal=40.0), RenderOptions(fraction=0.5)
    drawn = render(scene, camera, options, device="cuda", check=lambda: checks.append(1), on_rows=on_rows)
    assert np.quantile(np.abs(drawn.rgb - render(scene, camera, options).rgb), 0.99) < 1e-4
    assert told == [(0, 20)]
    assert checks == [1]


def test_the_trial_compares_both_rasterisers(
    card: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from restora.splats import gsplat_trial, raster_gsplat

    original = raster_gsplat.render_on
    monkeypatch.setattr(raster_gsplat, "render_on", lambda s, c, o, device: original(s, c, o, "cpu"))
    monkeypatch.setattr(sys, "argv", ["trial", "draw"])
    gsplat_trial.main()
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert 0 < answer["difference"] < gsplat_trial.DIFFERENCE / 10


# -- a real card -------------------------------------------------------------------------------------


@pytest.mark.gpu
@pytest.mark.parametrize(
    "name",
    [
        "deg0_background",
        "deg1_antialiased",
        "deg2_tall_clip",
        "deg3_orbit",
        "deg3_used1",
        "opaque_stop",
        "ortho_deg1",
    ],
)
def test_a_card_draws_the_vectors(name: str) -> None:
    from restora.testing.splats.renders import camera_of, options_of, scene_of

    choose_device("cuda")
    stated = json.loads((VECTORS / "cases.json").read_text())[name]
    arrays = dict(np.load(VECTORS / f"{name}.npz"))
    stable = np.unpackbits(arrays["stable"], axis=-1)[..., : stated["width"]] > 0
    for i, (pose, intrinsics) in enumerate(zip(arrays["viewmats"], arrays["Ks"], strict=True)):
        drawn = render(
            scene_of(arrays), camera_of(name, stated, pose, intrinsics), options_of(stated), device="cuda"
        )
        for part, limit in (("rgb", 1e-4), ("alpha", 1e-4), ("depth", 5e-4)):
            assert np.abs(getattr(drawn, part) - arrays[part][i])[stable[i]].max() < limit


@pytest.mark.gpu
def test_a_card_gives_the_gradients_of_the_processor(make_scene: MakeScene, make_camera: MakeCamera) -> None:
    choose_device("cuda")
    found = []
    for device in ("cpu", "cuda"):
        params = Params.of(replace(make_scene(200)), device=device, requires_grad=True)
        seen = render_params(params, make_camera())
        (seen.rgb.square().sum() + seen.alpha.sum() + seen.depth.sum()).backward()
        found.append([tensor.grad.cpu() for tensor in params.tensors])
    for ours, theirs in zip(*found, strict=True):
        assert (ours - theirs).norm() < 5e-3 * ours.norm()
