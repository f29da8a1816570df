"""Questions that the checks of declarations ask of single values, which may be of any type."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import TypeGuard

_REFERENCE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


def is_text(value: object) -> TypeGuard[str]:
    """A text with more than blanks in it."""
    return isinstance(value, str) and bool(value.strip())


def matches(pattern: re.Pattern[str], value: object) -> bool:
    """A text that the pattern fits from end to end."""
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def is_reference(value: object) -> bool:
    """`module:name`, both dotted identifiers."""
    return matches(_REFERENCE, value)


def is_whole(value: object, minimum: int) -> bool:
    """A whole number of at least `minimum`; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= minimum


def is_number(value: object, minimum: float = -math.inf) -> bool:
    """A finite number of at least `minimum`; True and False are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and value >= minimum


def is_truth(value: object) -> bool:
    """True or False."""
    return isinstance(value, bool)


def is_mapping(value: object) -> bool:
    """Something with keys and values."""
    return isinstance(value, Mapping)


def is_tuple_of(value: object, fits: Callable[[object], bool] | type | tuple[type, ...]) -> bool:
    """A tuple, possibly empty, whose entries are of these types or pass the test."""
    return isinstance(value, tuple) and all(_fits(entry, fits) for entry in value)


def is_set_of(value: object, fits: Callable[[object], bool] | type) -> bool:
    """A frozenset with at least one entry, all of this type or passing the test."""
    return isinstance(value, frozenset) and bool(value) and all(_fits(entry, fits) for entry in value)


def is_one_of(allowed: frozenset[object]) -> Callable[[object], bool]:
    """The test whether a value is one of `allowed`; values of any type can be asked about."""
    return lambda value: any(value == each and type(value) is type(each) for each in allowed)


def _fits(entry: object, fits: Callable[[object], bool] | type | tuple[type, ...]) -> bool:
    return isinstance(entry, fits) if isinstance(fits, type | tuple) else fits(entry)
