"""Drawing on the pictures: a line with its curves, and rectangles and points of a method."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from restora.data.geometry import Rect
from restora.data.image import Image
from restora.data.kinds import Kind
from restora.plugins.declarations import MethodInfo
from restora.plugins.parameters import PointParam, RectParam
from restora_desktop.panels.curve_plot import ends_of
from restora_desktop.viewer.grips import Grip
from restora_desktop.viewer.layers import Layer
from restora_desktop.viewer.pane import Pane
from restora_desktop.viewer.profile import profile

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Studio

LEFT = Qt.MouseButton.LeftButton

PLACED = MethodInfo(
    id="fake.placed",
    title="Placed",
    summary="s",
    factory="a:B",
    accepts=frozenset({Kind.IMAGE}),
    params=(RectParam(id="area", label="Area"), PointParam(id="spot", label="Spot")),
)


def at(pane: Pane, x: float, y: float) -> QPoint:
    return Grip(key="", x=x, y=y).place(pane.viewport()).toPoint()


def dragged(studio: Studio, start: tuple[float, float], end: tuple[float, float]) -> None:
    pane = studio.desk.view.panes[0]
    studio.qtbot.mousePress(pane, LEFT, pos=at(pane, *start))
    studio.qtbot.mouseMove(pane, at(pane, *end))
    studio.qtbot.mouseRelease(pane, LEFT, pos=at(pane, *end))


def test_a_line_gives_one_number_per_pixel_of_each_picture(studio: Studio, picture: Path) -> None:
    root = studio.open(picture)
    studio.run("classic.unsharp")
    studio.trigger("view.line")
    dragged(studio, (10.5, 20.5), (60.5, 20.5))
    panel = studio.window.inspect_panel.curve
    rows = list(csv.DictReader(io.StringIO(panel.csv_text())))
    assert {row["picture"] for row in rows} == {root.title, "Unsharp mask"}
    assert root.picture is not None
    mine = [row for row in rows if row["picture"] == root.title and row["channel"] == "green"]
    assert 48 <= len(mine) <= 53
    first = mine[0]
    column, row = int(float(first["x"])), int(float(first["y"]))
    assert float(first["value"]) == pytest.approx(float(root.picture.pixels[row, column, 1]))
    before = len(mine)
    studio.trigger("view.line")  # off: the ends can still be moved
    dragged(studio, (60.5, 20.5), (80.5, 20.5))
    rows = list(csv.DictReader(io.StringIO(panel.csv_text())))
    after = [row for row in rows if row["picture"] == root.title and row["channel"] == "green"]
    assert len(after) == pytest.approx(before + 20, abs=2)
    studio.trigger("view.no_line")
    assert not panel.save.isEnabled()
    assert studio.desk.view.panes[0].grips == ()


def test_only_one_tool_is_in_the_hand(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    board = studio.window.board
    studio.trigger("view.select")
    studio.trigger("view.line")
    assert not board["view.select"].isChecked()
    studio.trigger("view.select")
    assert not board["view.line"].isChecked()
    studio.trigger("view.select")
    assert studio.desk.view.panes[0].tool.value == "look"


def test_a_csv_of_curves_is_written(studio: Studio, picture: Path, tmp_path: Path) -> None:
    studio.open(picture)
    studio.trigger("view.line")
    dragged(studio, (10.5, 20.5), (30.5, 40.5))
    studio.answers.place = tmp_path / "curve.csv"
    studio.window.inspect_panel.curve.save.click()
    assert (tmp_path / "curve.csv").read_text().startswith("picture,x,y,distance,channel,value\n")


def test_a_line_beyond_the_picture_has_no_numbers_there() -> None:
    pixels = np.arange(12, dtype=np.float32).reshape(1, 12, 1)
    found = profile(Layer.source("a", "a", Image(pixels=pixels)), (-2.5, 0.5), (13.5, 0.5))
    assert np.isnan(found.values[0, 0])
    assert np.isnan(found.values[-1, 0])
    inside = found.values[np.isfinite(found.values)]
    np.testing.assert_array_equal(np.unique(inside), np.arange(12))
    assert found.distances[-1] == pytest.approx(16)
    assert ends_of([found]) == (0.0, 11.0)
    assert ends_of([]) == (0.0, 1.0)


def test_a_picture_of_other_size_is_asked_at_the_same_place() -> None:
    fine = Image(pixels=np.repeat(np.arange(4, dtype=np.float32), 2)[None, :, None])
    coarse = Layer.source("a", "a", Image(pixels=np.arange(4, dtype=np.float32)[None, :, None]))
    found = profile(coarse.over("b", "b", fine), (0.0, 0.5), (3.9, 0.5))
    assert len(found.values) == 9
    assert found.values[0, 0] == 0
    assert found.values[-1, 0] == 3


def test_a_rectangle_and_a_point_of_a_method_are_moved_on_the_picture(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    plan = studio.window.plan
    plan.set_methods((PLACED,))
    plan.choose("fake.placed")
    pane, values = studio.desk.view.panes[0], plan.parameters
    assert values is not None
    assert pane.grips == ()
    values.set("area", Rect(10, 10, 20, 20))
    values.set("spot", (50, 30))
    assert len(pane.grips) == 5
    dragged(studio, (30.0, 30.0), (60.0, 40.0))
    assert values.value("area") == Rect(10, 10, 50, 30)
    dragged(studio, (10.0, 10.0), (90.0, 90.0))  # it never turns over
    assert values.value("area") == Rect(59, 39, 1, 1)
    dragged(studio, (50.5, 30.5), (200.0, 5.5))
    assert values.value("spot") == (95, 5)
    row = studio.window.method_panel.rows
    assert row is not None
    assert row.rows["spot"].editor.findChild(type(row.rows["spot"].editor.line)).text() == "95, 5"  # type: ignore[attr-defined]  # of the place's editor


def test_grips_of_another_method_are_gone(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    plan = studio.window.plan
    plan.set_methods((*plan.methods, PLACED))
    plan.choose("fake.placed")
    assert plan.parameters is not None
    plan.parameters.set("spot", (5, 5))
    assert len(studio.desk.view.panes[0].grips) == 1
    plan.choose("classic.unsharp")
    assert studio.desk.view.panes[0].grips == ()
