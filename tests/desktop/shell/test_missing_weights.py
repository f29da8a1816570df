"""From a capture to a picture where the weights of the method are not here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from restora_desktop.viewer.light_level import LightLevel

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Studio

LEFT = Qt.MouseButton.LeftButton


@pytest.mark.more_plugins(gqir="restora_gqir.manifest")
def test_missing_weights_lead_to_the_models_and_a_classic_method_is_offered(
    studio: Studio, capture: Path
) -> None:
    root = studio.open(capture)
    panel, plan, board = studio.window.method_panel, studio.window.plan, studio.window.board
    assert not panel.instead.isVisible()
    plan.choose("gqir.single")
    studio.settle()
    assert "weights are missing: 4 files" in panel.weights_note.text()
    assert not board["run.run"].isEnabled()
    assert "weights are missing" in board["run.run"].toolTip()
    studio.qtbot.mouseClick(panel.get_weights, LEFT)
    dialog = studio.commander.tools.weights_dialog
    assert dialog is not None
    assert dialog.isVisible()
    assert dialog.methods.currentData() == "gqir.single"
    assert {row.entry.name.partition("/")[0] for row in dialog.model.rows} == {"gqir"}
    assert dialog.get_all.isEnabled()
    dialog.close()
    studio.qtbot.mouseClick(panel.instead, LEFT)
    assert plan.info is not None
    assert plan.info.plugin == "classic"
    assert not plan.info.weights
    studio.settle()
    studio.trigger("run.run")
    studio.wait(lambda: len(root.children) == 1)
    studio.settle()


def test_a_capture_tells_how_much_light_it_caught(studio: Studio, capture: Path) -> None:
    studio.open(capture)
    label = studio.desk.capture.strip.findChild(QLabel, "light_level")
    studio.wait(lambda: "per pixel" in label.text())
    assert "good light" in label.text()


@pytest.mark.parametrize(
    ("total", "frames", "most", "verdict"),
    [
        (0.0, 10, 1, "no light"),
        (0.5, 100, 1, "take more frames"),
        (5.0, 1000, 1, "very dark"),
        (50.0, 1000, 1, "dark: methods merge"),
        (300.0, 1000, 1, "good light"),
        (900.0, 1000, 1, "saturate"),
        (900.0, 1000, 7, "good light"),
    ],
)
def test_the_light_is_judged_by_what_a_frame_can_hold(
    total: float, frames: int, most: int, verdict: str
) -> None:
    assert verdict in LightLevel.of(total, frames, most).text()
