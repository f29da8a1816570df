"""Thousands of random actions, the same ones every time, find no way to break the viewer."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from restora.data.geometry import Rect
from restora.data.image import Image
from restora.data.kinds import Transfer
from restora_desktop.viewer.colour_maps import ColourMap
from restora_desktop.viewer.compare_modes import CompareMode
from restora_desktop.viewer.compare_view import CompareView
from restora_desktop.viewer.difference import DifferenceKind, DifferenceSettings
from restora_desktop.viewer.layers import Alignment, Layer
from restora_desktop.viewer.levels import Channel, Levels, Tone
from restora_desktop.viewer.overlays import FieldRings
from restora_desktop.viewer.pane import Tool

Make = Callable[..., Image]
KEYS = [
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Plus, Qt.Key.Key_Minus,
    Qt.Key.Key_Space, Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_1, Qt.Key.Key_3,
]  # fmt: skip


class Monkey:
    def __init__(self, qtbot: QtBot, view: CompareView, noise: Make, seed: int) -> None:
        self.qtbot, self.view, self.noise, self.random = qtbot, view, noise, random.Random(seed)
        names = [name for name in dir(self) if name.startswith("do_")]
        self.actions: list[Callable[[], object]] = [getattr(self, name) for name in names]

    def act(self) -> None:
        self.random.choice(self.actions)()

    def do_layers(self) -> None:
        first = Layer.source("a", "first", self.picture())
        more = [
            first.over(str(number), f"layer {number}", self.picture(), self.random.choice(list(Alignment)))
            for number in range(self.random.randrange(6))
        ]
        self.view.set_layers([first, *more] if self.random.random() < 0.9 else [])

    def picture(self) -> Image:
        width, height = self.random.choice([(1, 1), (3, 700), (640, 480), (1300, 9), (1030, 1030)])
        pixels = self.noise(width, height, self.random.choice([1, 3, 4])).pixels * np.float32(1.5)
        if self.random.random() < 0.2:
            pixels[0, 0] = np.float32(self.random.choice([np.nan, np.inf, -np.inf]))
        transfer, white = self.random.choice(list(Transfer)), self.random.choice([1.0, 100.0])
        return Image(pixels=pixels * np.float32(white), transfer=transfer, nominal_white=white)

    def do_mode(self) -> None:
        self.view.set_mode(self.random.choice(list(CompareMode)))

    def do_key(self) -> None:
        pane = self.random.choice(self.view.panes)
        modifier = self.random.choice([Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier])
        self.qtbot.keyClick(pane, self.random.choice(KEYS), modifier)

    def do_mouse(self) -> None:
        pane = self.random.choice(self.view.panes)
        first, last = (
            QPoint(self.random.randrange(pane.width() + 20), self.random.randrange(pane.height() + 20))
            for _ in range(2)
        )
        modifier = self.random.choice([Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier])
        self.qtbot.mousePress(pane, Qt.MouseButton.LeftButton, modifier, first)
        self.qtbot.mouseMove(pane, last)
        self.qtbot.mouseRelease(pane, Qt.MouseButton.LeftButton, modifier, last)

    def do_zoom(self) -> None:
        self.view.zoom(self.random.choice([0.2, 0.9, 1.3, 7]))

    def do_levels(self) -> None:
        levels = Levels(
            black=self.random.uniform(-1, 1),
            white=self.random.uniform(-1, 2),
            exposure=self.random.uniform(-8, 8),
        )
        self.view.state.set_levels(replace(levels, tone=self.random.choice(list(Tone))))

    def do_look(self) -> None:
        self.view.state.set_channel(self.random.choice(list(Channel)))
        self.view.state.set_marks(self.random.random() < 0.5)
        self.view.state.set_shares_levels(self.random.random() < 0.7)

    def do_difference(self) -> None:
        kind, colours = self.random.choice(list(DifferenceKind)), self.random.choice(list(ColourMap))
        gain = self.random.choice([None, 1.0, 100.0])
        self.view.set_difference(DifferenceSettings(kind=kind, gain=gain, colour_map=colours))

    def do_call(self) -> None:
        view = self.view
        calls = [
            view.flip,
            view.swap,
            view.fit,
            view.one_to_one,
            view.auto_levels,
            view.reset_levels,
            view.next_channel,
        ]
        self.random.choice(calls)()

    def do_dress(self) -> None:
        self.view.set_rulers(self.random.random() < 0.5)
        self.view.set_values(self.random.random() < 0.8)
        self.view.set_tool(self.random.choice(list(Tool)))
        self.view.set_linked(self.random.random() < 0.6)
        self.view.set_overlays(
            [FieldRings.around(self.view.state.scene)] if self.random.random() < 0.5 else []
        )
        self.view.state.set_selection(Rect(self.random.randrange(-9, 99), 2, 30, 20))

    def do_resize(self) -> None:
        self.view.resize(self.random.randrange(100, 900), self.random.randrange(80, 700))

    def do_wait(self) -> None:
        self.qtbot.wait(self.random.randrange(20))


def run(qtbot: QtBot, view: CompareView, noise: Make, seed: int, actions: int) -> None:
    monkey = Monkey(qtbot, view, noise, seed)
    for _ in range(actions):
        monkey.act()
    qtbot.waitUntil(lambda: view.is_settled, timeout=30_000)
    view.set_mode(CompareMode.SINGLE)
    view.set_layers([])


def test_random_actions_break_nothing(qtbot: QtBot, view: CompareView, noise: Make) -> None:
    run(qtbot, view, noise, seed=1, actions=150)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 10))
def test_many_random_actions_break_nothing(qtbot: QtBot, view: CompareView, noise: Make, seed: int) -> None:
    run(qtbot, view, noise, seed, actions=1000)
