from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restora.api import BadInputError, Cancelled, DeviceSpec, GaussianScene, Kind, Output, Source
from restora.data.camera import CameraSet
from restora.data.image import Image
from restora.errors import NotImprovedError
from restora.io.writing import write_image
from restora.splats import devices
from restora.splats.gsplat_probe import GsplatState
from restora.splats.rendering import render
from restora.testing.scene_items import sample_scene

Run = Callable[..., Output]


def source(scene: GaussianScene) -> Source:
    return Source(kind=Kind.SPLAT, scene=scene)


@pytest.fixture
def photographed(tmp_path: Path) -> GaussianScene:
    """A dull scene whose cameras have photographs of a bright one."""
    truth = sample_scene(120, cameras=4)
    cameras = tuple(replace(each, picture=f"{each.name}.png") for each in truth.cameras)
    for camera in cameras:
        write_image(tmp_path / f"{camera.name}.png", Image(pixels=render(truth, camera).rgb))
    dull = truth.sh * np.float32(0.6) - np.float32(0.4) * np.eye(1, 4, dtype=np.float32).T
    return replace(truth, sh=dull, cameras=CameraSet(cameras=cameras, pictures=tmp_path))


@pytest.fixture
def resuming(quiet: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Contexts with a folder that outlives them, which collect live renders."""

    def make(cancel_at: int | None = None) -> Any:
        context = quiet(cancel_at)
        context.resume = tmp_path / "resume"
        context.previews = []
        context.preview = context.previews.append
        return context

    return make


def test_cleaning_takes_out_what_is_faint_and_far(run: Run) -> None:
    scene = sample_scene(200)
    scene.logit_opacities[:3] = -9
    scene.means[3] = 60
    output = run("classic.scene_clean", source(scene), degree=0)
    assert output.scene is not None
    assert output.info["faint"] == 3
    assert output.info["isolated"] >= 1
    assert output.scene.count == 200 - output.info["removed"]
    assert output.scene.degree == 0
    assert len(output.scene.cameras) == 3


def test_cleaning_with_all_rules_off_changes_nothing(run: Run) -> None:
    scene = sample_scene(50)
    output = run("classic.scene_clean", source(scene), least_opacity=0.0, isolated=False)
    assert output.scene is scene or np.array_equal(output.scene.sh, scene.sh)  # type: ignore[union-attr]  # a scene is given


def test_refining_comes_nearer_to_the_photographs(
    run: Run, photographed: GaussianScene, resuming: Callable[..., Any]
) -> None:
    context = resuming()
    output = run("classic.scene_refine", source(photographed), context, steps=40, hold_out=4)
    assert output.scene is not None
    assert output.info["psnr after"] > output.info["psnr before"] + 2
    assert "held-out photographs" in str(output.info["outcome"])
    assert output.image is not None
    assert output.image.shape == (24, 32, 3)
    assert len(context.previews) == 4
    assert context.reports[-1][-1] == 1.0


def test_where_the_card_cannot_draw_the_processor_refines_and_says_why(
    run: Run,
    photographed: GaussianScene,
    resuming: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refusal = GsplatState(is_usable=False, reason="the card is on holiday")
    monkeypatch.setattr(devices, "probe", lambda folders=None: refusal)
    monkeypatch.delitem(devices.sys.modules, "PySide6.QtWidgets", raising=False)
    context = resuming()
    context.device = DeviceSpec(type="cuda", index=0)
    said: list[str] = []
    context.log = lambda level, message: said.append(message)
    output = run("classic.scene_refine", source(photographed), context, steps=10, hold_out=4)
    assert output.info["psnr after"] > output.info["psnr before"]
    assert "the card is on holiday; the processor refines instead" in " ".join(said)


@pytest.mark.parametrize("strategy", ["default", "mcmc"])
def test_refining_adds_gaussians_by_the_chosen_strategy(
    run: Run, photographed: GaussianScene, resuming: Callable[..., Any], strategy: str, tmp_path: Path
) -> None:
    stated = {"steps": 60, "hold_out": 4, "densify": True, "strategy": strategy}
    with pytest.raises(Cancelled):  # so that the latest state stays, which need not be the best
        run("classic.scene_refine", source(photographed), resuming(cancel_at=75), **stated)
    with np.load(next((tmp_path / "resume").glob("*.npz"))) as state:
        assert len(state["rows:means"]) > photographed.count
        assert ("growth:pull" in state.files) == (strategy == "default")


def test_a_cancelled_refinement_goes_on_to_the_same_bits(
    run: Run, photographed: GaussianScene, resuming: Callable[..., Any], tmp_path: Path
) -> None:
    stated = {"steps": 30, "hold_out": 4}
    context = resuming()
    context.resume = tmp_path / "whole"
    whole = run("classic.scene_refine", source(photographed), context, **stated)
    with pytest.raises(Cancelled):
        run("classic.scene_refine", source(photographed), resuming(cancel_at=25), **stated)
    assert any((tmp_path / "resume").iterdir())
    rest = run("classic.scene_refine", source(photographed), resuming(), **stated)
    assert whole.scene is not None
    assert rest.scene is not None
    assert rest.scene.means.tobytes() == whole.scene.means.tobytes()
    assert rest.scene.sh.tobytes() == whole.scene.sh.tobytes()


def test_a_scene_that_comes_no_nearer_is_not_given_out(
    run: Run, photographed: GaussianScene, resuming: Callable[..., Any], tmp_path: Path
) -> None:
    truth = sample_scene(120, cameras=4)
    for camera in photographed.cameras:
        if camera.name != "view2":  # the one that is held out
            write_image(tmp_path / f"{camera.name}.png", Image(pixels=1 - render(truth, camera).rgb))
    perfect = replace(photographed, sh=truth.sh)
    with pytest.raises(NotImprovedError, match="not replaced"):
        run("classic.scene_refine", source(perfect), resuming(), steps=20, hold_out=4)


def test_a_scene_without_photographs_is_refused(run: Run, resuming: Callable[..., Any]) -> None:
    with pytest.raises(BadInputError, match="none of the 3 cameras has its photograph"):
        run("classic.scene_refine", source(sample_scene(30)), resuming())
    with pytest.raises(BadInputError, match="no cameras"):
        run("classic.scene_refine", source(sample_scene(30, cameras=0)), resuming())
