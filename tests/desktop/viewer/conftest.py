"""Pictures with known numbers, and a viewer that shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from restora.data.image import Image
from restora_desktop.viewer.background import Background
from restora_desktop.viewer.compare_view import CompareView
from restora_desktop.viewer.layers import Layer

Settle = Callable[[], QImage]


@pytest.fixture(scope="session")
def flat() -> Callable[..., Image]:
    """Makes pictures of one colour."""

    def make(value: float | tuple[float, ...], width: int = 64, height: int = 48, **more: Any) -> Image:
        colour = np.atleast_1d(np.asarray(value, np.float32))
        return Image(pixels=np.broadcast_to(colour, (height, width, len(colour))).copy(), **more)

    return make


@pytest.fixture(scope="session")
def noise() -> Callable[..., Image]:
    """Makes pictures of random numbers."""

    def make(width: int, height: int, channels: int = 3, seed: int = 0) -> Image:
        pixels = np.random.default_rng(seed).random((height, width, channels), dtype=np.float32)
        return Image(pixels=pixels)

    return make


@pytest.fixture
def view(qtbot: QtBot, background: Background) -> CompareView:
    widget = CompareView(background)
    qtbot.addWidget(widget)
    widget.resize(640, 480)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


@pytest.fixture
def settle(qtbot: QtBot, view: CompareView) -> Settle:
    """Wait until the screen shows the best there is, and return it."""

    def wait() -> QImage:
        qtbot.waitUntil(lambda: view.is_settled, timeout=10_000)
        return view.grab_view()

    return wait


@pytest.fixture
def pair(flat: Callable[..., Image]) -> tuple[Layer, Layer]:
    """A dark source and a bright result of four times its sides."""
    first = Layer.source("a", "night.png", flat((0.2, 0.2, 0.2), 160, 120))
    return first, first.over("b", "restored", flat((0.8, 0.8, 0.8), 640, 480))
