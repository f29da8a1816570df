from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from restora.data.geometry import Rect
from restora_desktop.viewer.layers import SceneRect
from restora_desktop.viewer.levels import Channel, Levels
from restora_desktop.viewer.view_state import LARGEST_SCALE, ViewState


@pytest.fixture
def state() -> ViewState:
    found = ViewState()
    found.set_scene(SceneRect(0, 0, 400, 300))
    found.fit(800, 300)
    return found


def test_fit_shows_the_whole_scene(state: ViewState) -> None:
    assert state.scale == 1.0
    assert state.centre == (200, 150)
    assert state.is_fitted


def test_zoom_keeps_the_point_under_the_pointer(state: ViewState) -> None:
    anchor = (100.0, 50.0)
    before = [(point - centre) * state.scale for point, centre in zip(anchor, state.centre, strict=True)]
    state.zoom(2, anchor)
    after = [(point - centre) * state.scale for point, centre in zip(anchor, state.centre, strict=True)]
    assert after == pytest.approx(before)
    assert not state.is_fitted


@settings(deadline=None, max_examples=50, derandomize=True)
@given(st.lists(st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5), st.floats(1e-3, 1e3)), max_size=8))
def test_no_way_of_moving_loses_the_picture(moves: list[tuple[float, float, float]]) -> None:
    state = ViewState()
    state.set_scene(SceneRect(0, 0, 400, 300))
    for dx, dy, factor in moves:
        state.pan_by(dx, dy)
        state.zoom(factor)
    x, y = state.centre
    assert 0 <= x <= 400
    assert 0 <= y <= 300
    assert 16 / 400 <= state.scale <= LARGEST_SCALE


def test_a_change_is_told_once_and_no_change_never(qtbot: QtBot, state: ViewState) -> None:
    told: list[str] = []
    state.view_changed.connect(lambda: told.append("view"))
    state.look_changed.connect(lambda: told.append("look"))
    state.look_at(10, 10, 3)
    state.look_at(10, 10, 3)
    state.set_channel(Channel.RED)
    state.set_channel(Channel.RED)
    state.set_levels(Levels())
    assert told == ["view", "look"]


def test_a_scene_of_the_same_size_keeps_the_view(state: ViewState) -> None:
    state.look_at(50, 60, 7)
    state.set_scene(SceneRect(0, 0, 400, 300))
    assert state.centre == (50, 60)
    state.set_scene(SceneRect(0, 0, 401, 300))
    assert state.is_fitted


def test_levels_are_shared_until_each_picture_wants_its_own(state: ViewState) -> None:
    bright = Levels(exposure=2.0)
    state.set_levels(bright, "a")
    assert state.levels("b") == bright
    state.set_shares_levels(False)
    state.set_levels(Levels(), "b")
    assert state.levels("a") == bright
    assert state.levels("b") == Levels()
    state.set_shares_levels(True)
    assert state.levels("b") == bright


def test_a_copy_goes_its_own_way(state: ViewState) -> None:
    copy = state.copied()
    copy.look_at(1, 2, 3)
    copy.set_channel(Channel.BLUE)
    assert state.centre == (200, 150)
    assert state.channel is Channel.COLOUR


def test_the_selection_stays_inside_the_scene(state: ViewState) -> None:
    state.set_selection(Rect(390, -20, 100, 50))
    assert state.selection == Rect(390, 0, 10, 30)
    state.set_selection(Rect(500, 500, 5, 5))
    assert state.selection is None


def test_another_scene_drops_the_selection(state: ViewState) -> None:
    state.set_selection(Rect(1, 1, 5, 5))
    state.set_scene(SceneRect(0, 0, 10, 10))
    assert state.selection is None


def test_a_channel_that_a_picture_does_not_have_shows_its_colours(state: ViewState) -> None:
    state.set_channel(Channel.ALPHA)
    assert state.look("a", 3).channel is Channel.COLOUR
    assert state.look("a", 4).channel is Channel.ALPHA


def test_the_frame_is_told_when_it_changes(qtbot: QtBot, state: ViewState) -> None:
    with qtbot.waitSignal(state.frame_changed) as told:
        state.set_frame(7)
    assert told.args == [7]
    with qtbot.assertNotEmitted(state.frame_changed):
        state.set_frame(7)
