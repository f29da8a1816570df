"""DMDiff's own knob and ladder in the window, with tiny weights in the published containers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from restora.weights.consent import Consents
from restora_desktop.viewer.map_overlay import MapOverlay
from restora_dmdiff import weights as declared
from restora_dmdiff.net.generator import Generator

sys.path.insert(0, str(Path(__file__).parents[2] / "dmdiff"))

from tiny_parts import CALM, configuration, manifests, write_files  # isort: skip

if TYPE_CHECKING:
    from conftest import Studio

    from restora_desktop.models.items import Node

pytestmark = [
    pytest.mark.more_plugins(dmdiff="restora_dmdiff.manifest"),
    pytest.mark.slow,  # loading and running the networks takes longer than a test in the quick set may
]


@pytest.fixture
def restored(studio: Studio, picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    """A photograph that DMDiff has restored in the window."""
    known = manifests()
    monkeypatch.setattr("restora_dmdiff.method.published", lambda: configuration(known))
    files = write_files(known, tmp_path)
    workbench = studio.desk.known_workbench
    for file_id, part in declared.PARTS.items():
        consents = Consents(allow_unverified=True)
        workbench.weights.import_file(files[part], target=f"dmdiff/{file_id}", copy=True, consents=consents)
    studio.desk.method.look_at_weights()
    studio.open(picture)
    return studio.run("dmdiff.restore", **CALM, alpha=0.75)


def alphas(node: Node) -> list[float]:
    return [float(str(each.result.recipe.params["alpha"])) for each in node.root.children if each.result]


def test_the_slider_below_a_result_develops_it_anew_without_predicting_again(
    studio: Studio, restored: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []
    for name in ("encode", "noises", "decode"):
        plain = getattr(Generator, name)

        def counted(*given: object, plain: object = plain, name: str = name, **named: object) -> object:
            called.append(name)
            return plain(*given, **named)  # type: ignore[operator]  # one of the generator's methods

        monkeypatch.setattr(Generator, name, counted)
    bar = studio.tuning.tuner.bar
    assert bar.isVisible()
    assert bar.editor is not None
    assert bar.editor.box.value() == 0.75
    bar.editor.slider.setFocus()
    QTest.keyClick(bar.editor.slider, Qt.Key.Key_PageDown)
    wanted = bar.editor.box.value()
    assert wanted < 0.75
    studio.wait(lambda: alphas(restored) == [0.75, pytest.approx(wanted)])
    studio.settle()
    assert called == ["decode"]
    tuned = restored.root.children[1]
    assert tuned.picture is not None
    assert restored.picture is not None
    assert float(np.abs(tuned.picture.pixels - restored.picture.pixels).max()) > 0.001
    assert studio.desk.view.layers[1].image is tuned.picture
    assert "follows" in bar.note.text().lower()


def test_the_degradation_map_lies_over_the_result(studio: Studio, restored: Node) -> None:
    bar = studio.desk.drawing.overlays.bar
    assert bar.isVisible()
    bar.names.setCurrentIndex(bar.names.findData("degradation map"))
    studio.wait(lambda: bool(studio.desk.view.panes[0].overlays))
    (laid,) = studio.desk.view.panes[0].overlays
    assert isinstance(laid, MapOverlay)
    assert laid.name == "degradation map"


def test_the_ladder_shows_five_settings_and_a_click_takes_one(studio: Studio, restored: Node) -> None:
    studio.desk.view.state.look_at(48, 32, 20)
    studio.settle()
    studio.trigger("run.ladder")
    page = studio.tuning.ladder.page
    studio.wait(lambda: studio.tuning.trials.is_idle)
    images = [rung.image for rung in page.ladder._rungs]
    assert len(images) == 5
    assert all(image is not None for image in images)
    assert page.ladder._rungs[0].value < page.ladder._rungs[4].value
    button, taken = page.ladder._buttons[4], page.ladder._rungs[4].value
    studio.wait(button.isEnabled)
    studio.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    parameters = studio.window.plan.parameters
    assert parameters is not None
    assert parameters.value("alpha") == taken
    assert alphas(restored) == [0.75]
