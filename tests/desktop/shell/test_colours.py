"""Icons take the colours of the theme, also of one that is chosen later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QApplication, QLabel

from restora_desktop.icons import Sign
from restora_desktop.panels.parameter_rows import Fold
from restora_desktop.panels.welcome import NameButton
from restora_desktop.theme import Scheme, Theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Studio
    from pytestqt.qtbot import QtBot

import pytest


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    theme = Theme(qapp)
    theme.choose(Scheme.DARK)
    yield theme
    theme.choose(Scheme.DARK)
    theme.deleteLater()


def brightness(drawn: QIcon | QPixmap) -> float:
    """Mean of what is drawn, from 0 to 255."""
    pixmap = drawn.pixmap(32, 32) if isinstance(drawn, QIcon) else drawn
    image = pixmap.toImage()
    places = [(x, y) for x in range(image.width()) for y in range(image.height())]
    colours = [image.pixelColor(x, y) for x, y in places]
    solid = [colour.lightness() for colour in colours if colour.alpha() > 200]
    return sum(solid) / len(solid)


def test_signs_folds_and_samples_follow_the_theme(theme: Theme, studio: Studio, qtbot: QtBot) -> None:
    sign, fold = Sign("open", 32), Fold("Advanced", is_open=False)
    for widget in (sign, fold):
        qtbot.addWidget(widget)
        widget.show()
    sample = studio.window.welcome.findChildren(NameButton)[0]

    def shown() -> list[float]:
        assert isinstance(sign, QLabel)
        return [brightness(sign.pixmap()), brightness(fold.head.icon()), brightness(sample.icon())]

    assert min(shown()) > 150
    theme.choose(Scheme.LIGHT)
    assert max(shown()) < 100, shown()
    theme.choose(Scheme.DARK)
    assert min(shown()) > 150, shown()
