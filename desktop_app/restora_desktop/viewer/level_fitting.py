"""Black and white from the numbers themselves; runs on any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.geometry import Rect
from restora_desktop.viewer.layers import Layer, SceneRect
from restora_desktop.viewer.levels import Levels

LOW_PERCENT, HIGH_PERCENT = 0.5, 99.5
_SAMPLES = 1_000_000
"""Numbers looked at per picture at most: sorting more would be felt."""


def fitted_levels(layers: Sequence[Layer], visible: Rect, old: Levels) -> Levels:
    """`old` with black and white at the 0.5 and 99.5 percentile of what lies in `visible` (source pixels).

    Of several layers the darker black and the brighter white count. Alpha, NaN and infinities do not. Where
    nothing is left to look at, `old` comes back; where all numbers are equal, white is one unit above black.
    """
    ranges = [found for layer in layers if (found := _range(layer, visible)) is not None]
    if not ranges:
        return old
    black, white = min(low for low, _ in ranges), max(high for _, high in ranges)
    return replace(old, black=black, white=white if white > black else black + 1)


def _range(layer: Layer, visible: Rect) -> tuple[float, float] | None:
    part = _part(layer, visible)
    if part is None:
        return None
    step = 1 + int((part.size / _SAMPLES) ** 0.5)
    sample = part[::step, ::step]
    finite = sample[np.isfinite(sample)]
    if finite.size == 0:
        return None
    low, high = np.percentile(finite, (LOW_PERCENT, HIGH_PERCENT)) / layer.image.nominal_white
    return float(low), float(high)


def _part(layer: Layer, visible: Rect) -> ImageArray | None:
    scene = SceneRect(float(visible.x), float(visible.y), float(visible.width), float(visible.height))
    common = scene.intersected(layer.scene)
    if common is None:
        return None
    across, down = layer.image.width / layer.scene.width, layer.image.height / layer.scene.height
    left, top = int((common.x - layer.scene.x) * across), int((common.y - layer.scene.y) * down)
    right, bottom = left + max(1, round(common.width * across)), top + max(1, round(common.height * down))
    colours = min(layer.image.channels, 3)
    part: ImageArray = layer.image.pixels[top:bottom, left:right, :colours]
    return part
