"""Pictures from another process: the same as from this one, and no harm where it fails."""

from __future__ import annotations

import gc
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from restora.data.camera import Camera, Projection
from restora.data.scene import GaussianScene
from restora.splats import devices
from restora.splats.devices import choose_device
from restora.splats.elsewhere.client import DrawingProcess, ElsewhereError
from restora.splats.elsewhere.messages import receive, send
from restora.splats.elsewhere.server import Server, serve
from restora.splats.gsplat_probe import GsplatState
from restora.splats.rendering import RenderOptions, render

MakeScene = Callable[..., GaussianScene]
MakeCamera = Callable[..., Camera]


@pytest.fixture
def process() -> Iterator[DrawingProcess]:
    """On the processor, which draws behind the same questions as a card."""
    made = DrawingProcess("cpu")
    yield made
    made.close()


def test_pictures_are_those_of_this_process(
    process: DrawingProcess, make_scene: MakeScene, make_camera: MakeCamera
) -> None:
    scenes = [make_scene(60, degree=2), replace(make_scene(30, degree=0, seed=3), is_antialiased=True)]
    kept = [process.keep(scene) for scene in scenes]
    cameras = [make_camera(45, 77), make_camera(20, 16, focal=15, projection=Projection.ORTHOGRAPHIC)]
    for scene, remote in zip(scenes, kept, strict=True):
        for camera in cameras:
            for options in (RenderOptions(), RenderOptions(background=(0.2, 0.4, 0.6), degree=1, near=2.8)):
                drawn, ours = remote.draw(camera, options), render(scene, camera, options)
                for name in ("rgb", "alpha", "depth"):
                    assert_array_equal(getattr(drawn, name), getattr(ours, name))


def test_a_process_that_is_killed_is_an_error_with_a_sentence(
    process: DrawingProcess, make_scene: MakeScene, make_camera: MakeCamera
) -> None:
    remote = process.keep(make_scene(5))
    assert process._process is not None
    os.kill(process._process.pid, 9)
    process._process.wait()
    with pytest.raises(ElsewhereError, match="the process that draws on cpu has ended"):
        remote.draw(make_camera(), RenderOptions())


def test_after_closing_nothing_is_drawn(
    process: DrawingProcess, make_scene: MakeScene, make_camera: MakeCamera
) -> None:
    remote = process.keep(make_scene(5))
    process.close()
    process.close()
    with pytest.raises(ElsewhereError, match="has ended"):
        remote.draw(make_camera(), RenderOptions())


def test_a_device_that_fails_says_so_and_the_process_goes_on(
    make_scene: MakeScene, make_camera: MakeCamera
) -> None:
    process = DrawingProcess("nowhere")
    try:
        for _ in range(2):
            with pytest.raises(ElsewhereError, match="nowhere cannot draw this scene: RuntimeError"):
                process.keep(make_scene(5))
    finally:
        process.close()


def test_scenes_that_nobody_holds_are_forgotten_there(make_scene: MakeScene) -> None:
    server, process = Server("cpu"), DrawingProcess("cpu")
    process._exchanged = lambda said, arrays: server.answer(said, dict(arrays))  # type: ignore[method-assign]
    first, second = process.keep(make_scene(5)), process.keep(make_scene(6))
    assert len(server._scenes) == 2
    del first
    gc.collect()
    process.keep(make_scene(7))
    assert sorted(len(each.means) for each in server._scenes.values()) == [6, 7]
    assert second is not None


def test_a_message_that_is_cut_off_is_the_end() -> None:
    whole = io.BytesIO()
    send(whole, {"scene": "1"}, {"means": np.ones((3, 3), np.float32), "sh": np.zeros((0, 4), np.float32)})
    content = whole.getvalue()
    said, arrays = receive(io.BytesIO(content)) or ({}, {})
    assert said == {"scene": "1"}
    assert arrays["means"].sum() == 9
    assert arrays["sh"].shape == (0, 4)
    for size in (0, 5, content.index(b"\n"), len(content) - 1):
        assert receive(io.BytesIO(content[:size])) is None
    serve("cpu", io.BytesIO(content[:5]), io.BytesIO())


def test_a_window_may_choose_a_card_that_another_process_draws_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import PySide6.QtWidgets  # noqa: F401 - as in a window's process

    usable = GsplatState(is_usable=True, reason="gsplat on a card")
    monkeypatch.setattr(devices, "probe", lambda folders=None: usable)
    assert choose_device("auto").device == "cpu"
    assert "the window never loads gsplat" in choose_device("auto").reason
    assert choose_device("auto", in_other_process=True).device == "cuda"


@pytest.mark.gpu
def test_a_card_draws_in_another_process_what_the_processor_draws_here(
    make_scene: MakeScene, make_camera: MakeCamera
) -> None:
    device = choose_device("cuda", in_other_process=True).device
    process, scene, camera = DrawingProcess(device), make_scene(200, degree=2), make_camera()
    try:
        drawn = process.keep(scene).draw(camera, RenderOptions(background=(0.2, 0.4, 0.6)))
    finally:
        process.close()
    ours = render(scene, camera, RenderOptions(background=(0.2, 0.4, 0.6)))
    assert np.quantile(np.abs(drawn.rgb - ours.rgb), 0.99) < 1e-4
