"""The CUDA way: asked in another process, called as gsplat wants to be called, equal on cards that exist."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from restora.data.camera import Camera, Projection
from restora.data.scene import GaussianScene
from restora.errors import ParameterError
from restora.folders import Folders
from restora.splats import gsplat_probe
from restora.splats.devices import choose_device
from restora.splats.gsplat_probe import GsplatError, GsplatState, probe
from restora.splats.raster_torch import Params, render_params
from restora.splats.rendering import Render, RenderOptions, render

MakeScene = Callable[..., GaussianScene]
MakeCamera = Callable[..., Camera]
VECTORS = Path(__file__).parents[2] / "vectors" / "splats"
CARD: dict[str, object] = {
    "torch": "2.99.0+cu130",
    "cuda": "13.0",
    "gpu": "Testcard 9000",
    "gsplat": "1.5.3",
    "is_built": True,
    "nvcc": "/usr/bin/nvcc",
    "compiler": "/usr/bin/c++",
}


class Answers:
    """Stands in for the other process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **look: object) -> None:
        self.look = {**CARD, **look}
        self.draw: dict[str, object] | Exception = {"difference": 1e-6}
        self.asked: list[str] = []
        monkeypatch.setattr(gsplat_probe, "_asked", self)
        monkeypatch.setattr(gsplat_probe, "_torch_build", lambda: "2.99.0+cu130")

    def __call__(self, question: str, seconds: float, log: Path | None) -> dict[str, object]:
        self.asked.append(question)
        answer = self.look if question == "look" else self.draw
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest-qt loads the widgets into every test process."""
    monkeypatch.delitem(sys.modules, "PySide6.QtWidgets", raising=False)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders.below(tmp_path)


# -- the probe ---------------------------------------------------------------------------------------


def test_a_card_where_gsplat_draws_right_is_used_and_not_tried_again(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers(monkeypatch)
    for _ in range(2):
        assert probe(folders) == GsplatState(is_usable=True, reason="gsplat 1.5.3 on Testcard 9000")
    assert answers.asked == ["look", "draw", "look"]


@pytest.mark.parametrize("changed", ["torch", "cuda", "gsplat", "gpu"])
def test_another_version_or_card_is_tried_anew(
    changed: str, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers(monkeypatch)
    probe(folders)
    answers.look[changed] = "another"
    probe(folders)
    assert answers.asked.count("draw") == 2


@pytest.mark.parametrize(
    ("look", "reason", "advice"),
    [
        ({"gpu": None, "cuda": None}, "torch 2.99.0.cu130 sees no CUDA card", "without CUDA"),
        ({"is_built": False}, "is not compiled yet", "doctor --compile-gsplat"),
        ({"is_built": False, "nvcc": None}, "needs nvcc of the CUDA toolkit", "Install nvcc"),
        ({"is_built": False, "compiler": None}, "needs a C.. compiler", "Install a C"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_compiled_unasked(
    look: dict[str, object], reason: str, advice: str, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    import re

    answers = Answers(monkeypatch, **look)
    state = probe(folders)
    assert not state.is_usable
    assert re.search(reason, state.reason)
    assert state.advice is not None
    assert advice in state.advice
    assert answers.asked == ["look"]


def test_compiling_is_done_when_asked_for(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers(monkeypatch, is_built=False)
    assert probe(folders, may_compile=True).is_usable
    assert answers.asked == ["look", "draw"]


def test_a_failure_is_kept_until_compiling_is_asked_for(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers(monkeypatch)
    answers.draw = gsplat_probe._TrialError("no kernel image is available")
    for _ in range(2):
        state = probe(folders)
        assert "no kernel image is available" in state.reason
    assert answers.asked == ["look", "draw", "look"]
    answers.draw = {"difference": 1e-6}
    assert probe(folders, may_compile=True).is_usable


@pytest.mark.parametrize("difference", [0.2, float("nan")])
def test_a_card_that_draws_something_else_is_not_used(
    difference: float, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    Answers(monkeypatch).draw = {"difference": difference}
    assert "otherwise than the processor" in probe(folders).reason


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}', '{"a": {"x": 1}}'])
def test_a_damaged_memory_of_answers_is_none(
    content: str, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    Answers(monkeypatch)
    folders.cache.mkdir(parents=True)
    (folders.cache / "gsplat.json").write_text(content)
    assert probe(folders).is_usable


def test_a_trial_that_ends_badly_is_told_by_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(gsplat_probe._TrialError, match="KeyError: 'dance'"):
        gsplat_probe._asked("dance", 60, tmp_path / "cache" / "gsplat.log")
    assert "Traceback" in (tmp_path / "cache" / "gsplat.log").read_text()


def test_a_trial_that_hangs_is_given_up_and_leaves_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("gsplat", 7, b"nvcc -c kernels.cu", None)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(gsplat_probe._TrialError, match="no answer within 7 s"):
        gsplat_probe._asked("draw", 7, tmp_path / "gsplat.log")
    assert "nvcc -c kernels.cu" in (tmp_path / "gsplat.log").read_text()


@pytest.mark.skipif(torch.cuda.is_available(), reason="asks a machine without a card")
def test_this_machine_answers_why_it_has_no_card(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gsplat")
    monkeypatch.setattr(gsplat_probe, "_torch_build", lambda: "unknown")
    assert "sees no CUDA card" in probe(folders).reason


def test_a_torch_without_cuda_is_known_without_asking(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("gsplat")
    answers = Answers(monkeypatch)
    monkeypatch.setattr(gsplat_probe, "_torch_build", lambda: "2.99.0+cpu")
    assert probe(folders).reason == "torch 2.99.0+cpu was built without CUDA"
    assert answers.asked == []


def test_without_gsplat_the_command_that_installs_it_is_told(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    state = probe(folders)
    assert state.reason == "gsplat is not installed"
    assert 'pip install "restora[cuda]"' in str(state.advice)


# -- the choice --------------------------------------------------------------------------------------


def test_auto_falls_back_to_the_processor_and_says_why(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    Answers(monkeypatch, gpu=None)
    chosen = choose_device("auto", folders=folders)
    assert chosen.device == "cpu"
    assert "sees no CUDA card" in chosen.reason
    with pytest.raises(GsplatError, match="sees no CUDA card"):
        choose_device("cuda", folders=folders)


def test_a_working_card_is_taken(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    Answers(monkeypatch)
    assert choose_device("auto", folders=folders).device == "cuda"
    assert choose_device("cuda:1", folders=folders).device == "cuda:1"


def test_the_window_never_loads_gsplat(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers(monkeypatch)
    monkeypatch.setitem(sys.modules, "PySide6.QtWidgets", ModuleType("PySide6.QtWidgets"))
    assert "the window never loads gsplat" in choose_device("auto", folders=folders).reason
    assert answers.asked == []


def test_another_cap_is_drawn_by_the_processor(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    Answers(monkeypatch)
    assert "caps alpha at 0.999" in choose_device("auto", RenderOptions(alpha_max=0.99), folders).reason


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(ParameterError, match="auto, cpu, cuda or cuda:N, got vulkan"):
        choose_device("vulkan")


def test_neither_rendering_nor_the_choice_loads_torch_or_gsplat() -> None:
    program = (
        "import sys, json; import restora.splats.rendering, restora.splats.devices; "
        "print(json.dumps([m for m in ('torch', 'gsplat', 'numba') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


# -- the call ----------------------------------------------------------------------------------------


def rasterization_on_cpu(**call: object) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
    """gsplat's rasterization, from its own torch functions, which run everywhere, and a plain blending."""
    from gsplat.cuda import _torch_impl as impl
    from gsplat.rendering import rasterization

    bound = inspect.signature(rasterization).bind(**call)
    bound.apply_defaults()
    a = bound.arguments
    assert a["render_mode"] == "RGB+D"
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
    behind = torch.cat([a["backgrounds"][0], torch.zeros(1)])
    return (
        (out + left[..., None] * behind)[None],
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


def test_looking_tells_versions_and_tools_and_compiles_nothing() -> None:
    pytest.importorskip("gsplat")
    from restora.splats.gsplat_trial import look

    found = look()
    assert found["torch"] == torch.__version__
    assert set(found) == set(CARD)
    assert "gsplat.cuda._backend" not in sys.modules


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
