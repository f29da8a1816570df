"""Maps that a user typed instead of having them measured."""

from __future__ import annotations

import math
import re

from restora.api import ParameterError

SIDE = 7
"""Numbers per side."""


def parsed(text: str, param_id: str, *, highest: float, takes_one: bool) -> list[list[float]]:
    """7 x 7 numbers of 0 to `highest`, separated by spaces, commas, semicolons or lines.

    With `takes_one` a single number stands for all of them. Raises ParameterError, naming the parameter.
    """
    numbers = [_number(word, param_id, highest) for word in re.split(r"[\s,;\[\]]+", text) if word]
    if takes_one and len(numbers) == 1:
        numbers *= SIDE * SIDE
    if len(numbers) != SIDE * SIDE:
        single = ", or one for everywhere" if takes_one else ""
        raise ParameterError(param_id, f"needs 7 x 7 = 49 numbers{single}, got {len(numbers)}")
    return [numbers[start : start + SIDE] for start in range(0, SIDE * SIDE, SIDE)]


def _number(word: str, param_id: str, highest: float) -> float:
    try:
        number = float(word)
    except ValueError:
        raise ParameterError(param_id, f"needs numbers, got {word!r:.40}") from None
    if not math.isfinite(number) or not 0 <= number <= highest:
        raise ParameterError(param_id, f"must hold numbers of 0 to {highest:g}, got {word:.40}")
    return number
