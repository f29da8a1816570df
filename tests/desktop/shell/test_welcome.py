"""The first page keeps its shape on low screens, and offers every sample."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from restora_desktop.panels.welcome import Offer, Welcome

SAMPLES = [
    Offer(name=f"sample:{n}", title=f"Sample {n}", tip="to try", icon_name="picture") for n in range(12)
]


@pytest.fixture
def page(qtbot: QtBot) -> Welcome:
    page = Welcome(QAction("Open"), QAction("Open folder"))
    qtbot.addWidget(page)
    page.show_samples(SAMPLES)
    return page


@pytest.mark.parametrize("size", [(1400, 1000), (650, 380), (400, 250)])
def test_nothing_is_squeezed(qtbot: QtBot, page: Welcome, size: tuple[int, int]) -> None:
    page.resize(*size)
    with qtbot.waitExposed(page):
        page.show()
    shown: list[QWidget] = [*page.findChildren(QLabel), *page.findChildren(QPushButton)]
    shown = [widget for widget in shown if widget.isVisible()]
    assert len(shown) > len(SAMPLES)
    qtbot.waitUntil(lambda: all(each.height() >= each.minimumSizeHint().height() for each in shown))
    samples = [widget for widget in page.findChildren(QPushButton) if widget.text().startswith("Sample")]
    places = [QRect(each.mapTo(page, QPoint(0, 0)), each.size()) for each in samples]
    assert len(places) == len(SAMPLES)
    assert all(above.bottom() < below.top() for above, below in pairwise(places))


def test_what_does_not_fit_can_be_scrolled_to(qtbot: QtBot, page: Welcome) -> None:
    page.resize(650, 380)
    with qtbot.waitExposed(page):
        page.show()
    bar = page.area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    bar.setValue(bar.maximum())
    last = page.findChildren(QPushButton)[-1]
    assert not last.visibleRegion().isEmpty()
