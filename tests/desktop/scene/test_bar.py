"""The controls above a scene can all be reached, however narrow the window is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from restora_desktop.scene.bar import SceneBar


@pytest.fixture
def show(qtbot: QtBot) -> Callable[[int], SceneBar]:
    """A bar above an empty view, in a window of that width."""
    window = QWidget()
    qtbot.addWidget(window)
    tools = [QAction(name, window) for name in ("Orbit", "Select", "Fly")]
    bar = SceneBar([*tools, None], lambda _title, _colour: None)
    layout = QVBoxLayout(window)
    layout.addWidget(bar)
    layout.addWidget(QWidget(), 1)

    def shown(width: int) -> SceneBar:
        window.resize(width, 400)
        with qtbot.waitExposed(window):
            window.show()
        return bar

    return shown


@pytest.mark.parametrize("width", [2000, 560, 344])
def test_nothing_is_hidden_or_covered(show: Callable[[int], SceneBar], width: int) -> None:
    bar = show(width)
    controls: list[QWidget] = [bar.channel, bar.degree, bar.background, bar.up, bar.fov, bar.drawer]
    controls += [button for button in bar.findChildren(QToolButton) if button.defaultAction() is not None]
    assert len(controls) == 9
    places = [QRect(each.mapTo(bar, QPoint(0, 0)), each.size()) for each in controls]
    assert all(each.isVisible() for each in controls)
    assert all(bar.rect().contains(place) for place in places)
    assert not any(one.intersects(other) for one, other in combinations(places, 2))


def test_rows_break_only_where_the_width_ends(show: Callable[[int], SceneBar]) -> None:
    bar = show(2000)
    wide = bar.height()
    assert wide < 2 * bar.drawer.height()
    assert bar.heightForWidth(344) > wide
