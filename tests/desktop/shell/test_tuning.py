"""The knob on a result, and the ladder before a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from restora.plugins.parameters import FloatParam, IntParam
from restora_desktop.panels.editors import NumberEditor
from restora_desktop.panels.ladder_page import rungs

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Studio


def editor_of(studio: Studio) -> NumberEditor:
    editor = studio.tuning.tuner.bar.editor
    assert editor is not None
    return editor


def moved(studio: Studio, value: float) -> None:
    editor_of(studio).box.setValue(value)


def test_a_result_whose_method_can_be_tuned_has_a_knob(studio: Studio, picture: Path) -> None:
    bar = studio.tuning.tuner.bar
    root = studio.open(picture)
    assert not bar.isVisible()
    studio.run("classic.unsharp", amount=0.4)
    assert bar.isVisible()
    assert editor_of(studio).box.value() == 0.4
    studio.run("fake.identity")
    assert not bar.isVisible()
    studio.window.items_panel.select(root)
    assert not bar.isVisible()


def test_moving_the_knob_leaves_the_result_and_changes_another_one(studio: Studio, picture: Path) -> None:
    root = studio.open(picture)
    first = studio.run("classic.unsharp", amount=0.4)
    before = first.result
    moved(studio, 1.0)
    studio.wait(lambda: len(root.children) == 2)
    studio.settle()
    second = root.children[1]
    assert first.result is before
    assert second.result is not None
    assert second.result.recipe.params["amount"] == 1.0
    moved(studio, 1.5)
    studio.wait(lambda: second.result is not None and second.result.recipe.params["amount"] == 1.5)
    studio.settle()
    assert root.children == [first, second]
    assert second.picture is second.result.image
    assert "1.5" in second.subtitle
    assert studio.desk.view.layers[1].image is second.picture
    assert len(studio.window.jobs.rows) == 1  # the run itself


def test_what_is_kept_stays_and_the_next_move_makes_another(studio: Studio, picture: Path) -> None:
    root = studio.open(picture)
    studio.run("classic.unsharp", amount=0.4)
    bar = studio.tuning.tuner.bar
    assert not bar.keep.isEnabled()
    assert "Not now" in bar.keep.toolTip()
    moved(studio, 1.0)
    studio.wait(lambda: len(root.children) == 2)
    studio.settle()
    studio.qtbot.mouseClick(bar.keep, Qt.MouseButton.LeftButton)
    moved(studio, 1.2)
    studio.wait(lambda: len(root.children) == 3)
    studio.settle()
    values = [node.result.recipe.params["amount"] for node in root.children if node.result]
    assert values == [0.4, 1.0, 1.2]


def test_of_many_moves_the_newest_wins(studio: Studio, picture: Path) -> None:
    root = studio.open(picture)
    studio.run("classic.unsharp", amount=0.4)
    ended: list[str] = []
    studio.tuning.trials.ended.connect(lambda trial, _job: ended.append(trial))
    for step in range(40):
        moved(studio, 0.5 + step / 10)
        studio.qtbot.wait(2)
    studio.wait(lambda: len(root.children) == 2)
    last = root.children[1]
    studio.wait(lambda: last.result is not None and last.result.recipe.params["amount"] == 4.4)
    assert len(ended) < 20


def test_keys_move_the_knob(studio: Studio, picture: Path) -> None:
    root = studio.open(picture)
    studio.run("classic.unsharp", amount=0.4)
    slider = editor_of(studio).slider
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_PageUp)
    studio.wait(lambda: len(root.children) == 2)
    studio.settle()


def test_a_knob_moved_while_the_queue_is_paused_waits_and_says_so(studio: Studio, picture: Path) -> None:
    root = studio.open(picture)
    studio.run("classic.unsharp", amount=0.4)
    studio.trigger("run.pause")
    moved(studio, 1.0)
    bar = studio.tuning.tuner.bar
    studio.wait(lambda: "paused" in bar.note.text())
    assert len(root.children) == 1
    studio.trigger("run.pause")
    studio.wait(lambda: len(root.children) == 2)
    studio.settle()


def test_the_ladder_shows_five_values_and_takes_the_one_that_is_clicked(
    studio: Studio, picture: Path
) -> None:
    root = studio.open(picture)
    studio.window.plan.choose("classic.unsharp")
    studio.desk.view.state.look_at(48, 32, 40)
    studio.settle()
    studio.trigger("run.ladder")
    page = studio.tuning.ladder.page
    assert studio.window.stack.currentWidget() is page
    studio.wait(lambda: studio.tuning.trials.is_idle)
    images = [rung.image for rung in page.ladder._rungs]
    assert len(images) == 5
    assert all(image is not None and image.width < 96 for image in images)
    assert root.children == []
    button = page.ladder._buttons[3]
    studio.wait(button.isEnabled)
    value = page.ladder._rungs[3].value
    studio.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    parameters = studio.window.plan.parameters
    assert parameters is not None
    assert parameters.value("amount") == value
    assert studio.window.stack.currentWidget() is not page
    assert studio.window.jobs.rows == ()


def test_other_ends_of_the_ladder_compute_only_what_is_new(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    studio.window.plan.choose("classic.unsharp")
    studio.settle()
    studio.trigger("run.ladder")
    page = studio.tuning.ladder.page
    studio.wait(lambda: studio.tuning.trials.is_idle)
    first = page.ladder._rungs[0].image
    page.high.setValue(1.0)
    studio.wait(lambda: page.ladder._rungs[-1].value == 1.0)
    studio.wait(lambda: studio.tuning.trials.is_idle)
    assert page.ladder._rungs[0].image is first
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert studio.window.stack.currentWidget() is not page


def test_a_ladder_that_fails_says_why_and_goes_back(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    studio.window.plan.choose("classic.unsharp")
    studio.settle()
    studio.trigger("run.ladder")
    assert studio.desk.workbench is not None
    studio.desk.workbench.lane(None, studio.window.plan.info).fault = "it broke"  # type: ignore[arg-type]  # a method is chosen
    studio.tuning.ladder._images.clear()
    studio.tuning.ladder._fill()
    studio.wait(lambda: any("it broke" in text for text in studio.notices()))
    assert studio.window.stack.currentWidget() is not studio.tuning.ladder.page


def test_a_method_without_a_knob_says_why_there_is_no_ladder(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    studio.window.plan.choose("fake.identity")
    studio.settle()
    assert "declares no parameter" in studio.window.board["run.ladder"].toolTip()


@pytest.mark.parametrize(
    ("param", "ends", "expected"),
    [
        (
            FloatParam(id="a", label="A", default=0.75, minimum=-0.5, maximum=1.5, step=0.05),
            (0, 1.05),
            (0.0, 0.25, 0.5, 0.8, 1.05),
        ),
        (
            FloatParam(id="a", label="A", default=1.0, minimum=0.01, maximum=100.0, scale="log"),
            (100, 0.01),
            (0.01, 0.1, 1.0, 10.0, 100.0),
        ),
        (IntParam(id="a", label="A", default=1, minimum=0, maximum=9), (2, 4), (2, 3, 4)),
        (IntParam(id="a", label="A", default=1, minimum=0, maximum=9), (3, 3), (3,)),
    ],
)
def test_rungs_are_values_that_the_parameter_can_have(
    param: FloatParam, ends: tuple[float, float], expected: tuple[float, ...]
) -> None:
    assert rungs(param, *ends) == pytest.approx(expected, abs=0.026)
