"""`--device` of the scene commands: the processor, a card, or whichever works."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from restora.splats import devices
from restora.splats.gsplat_probe import GsplatState

Command = Callable[..., Any]
SCENE = Path(__file__).parents[1] / "vectors" / "splats" / "files" / "deg1.ply"


@pytest.fixture(autouse=True)
def no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    state = GsplatState(is_usable=False, reason="the card is on holiday", advice="Wait for it.")
    monkeypatch.setattr(devices, "probe", lambda folders=None: state)
    # pytest-qt loads the widgets into every test process, and a window's process asks for no card.
    monkeypatch.delitem(devices.sys.modules, "PySide6.QtWidgets", raising=False)


def test_auto_draws_on_the_processor_and_says_what_stood_in_the_way(restora: Command) -> None:
    done = restora(
        "scene", "render", SCENE, "-o", "auto", "--orbit", 1, "--size", "20x16", "--device", "auto"
    )
    assert done.code == 0
    assert "the processor draws: the card is on holiday" in done.err
    restora("scene", "render", SCENE, "-o", "plain", "--orbit", 1, "--size", "20x16")
    assert Path("auto/orbit_0000.png").read_bytes() == Path("plain/orbit_0000.png").read_bytes()


def test_a_card_by_name_that_cannot_draw_is_refused_before_anything_is_written(restora: Command) -> None:
    done = restora("scene", "render", SCENE, "-o", "cuda", "--orbit", 1, "--device", "cuda")
    assert done.code == 1
    assert "the CUDA rasteriser cannot be used: the card is on holiday" in done.err
    assert "Wait for it." in done.err
    assert not Path("cuda").exists()


def test_an_unknown_device_is_refused(restora: Command) -> None:
    done = restora("scene", "render", SCENE, "-o", "out", "--orbit", 1, "--device", "vulkan")
    assert done.code == 2
    assert "must be auto, cpu, cuda or cuda:N, got vulkan" in done.err


def test_the_other_preset_draws_on_the_processor_whatever_the_card(
    restora: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    usable = GsplatState(is_usable=True, reason="gsplat on a card")
    monkeypatch.setattr(devices, "probe", lambda folders=None: usable)
    arguments = ("--orbit", 1, "--size", "20x16", "--preset", "inria", "--device", "auto")
    done = restora("scene", "render", SCENE, "-o", "out", *arguments)
    assert done.code == 0
    assert "caps alpha at 0.999, not at 0.99" in done.err
