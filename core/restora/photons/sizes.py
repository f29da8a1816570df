"""Picture sizes that networks accept."""

from __future__ import annotations

from restora.errors import BadInputError


def fit_size(height: int, width: int, *, longest: int, multiple: int) -> tuple[int, int]:
    """Height and width with the longest side brought to `longest`, both made a multiple of `multiple`.

    Sides go to the nearest multiple (a tie to the even one) and are one multiple at least.
    """
    if min(height, width, longest, multiple) < 1:
        raise BadInputError(f"sizes must be at least 1, got {height} x {width}, {longest} and {multiple}")
    scale = longest / max(height, width)
    return _nearest(height * scale, multiple), _nearest(width * scale, multiple)


def _nearest(side: float, multiple: int) -> int:
    return max(multiple, round(side / multiple) * multiple)
