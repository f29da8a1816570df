from __future__ import annotations

import pytest

from restora.data.geometry import Rect
from restora_desktop.viewer.layers import Alignment, Layer, SceneRect, aligned
from restora_desktop.viewer.viewport import Viewport


@pytest.fixture
def source(make_flat) -> Layer:  # noqa: ANN001
    return Layer.source("a", "a", make_flat(0.5, 60, 40))
