"""Values that JSON can hold, and reading them without trust."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeVar

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"

T = TypeVar("T")


def expect(value: object, kind: type[T], what: str) -> T:
    """`value` if it is a `kind`; raises TypeError with a sentence about `what` otherwise."""
    wrong_bool = isinstance(value, bool) and kind is not bool
    if wrong_bool or not isinstance(value, kind):
        found = reprlib.repr(value)  # shortened: the value may be a whole document
        raise TypeError(f"{what} must be {_PLAIN.get(kind, kind.__name__)}, got {found}")
    return value


def finite(value: object, what: str) -> float:
    """`value` as a float, if it is a number that has one; raises TypeError otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{what} must be a number, got {reprlib.repr(value)}")
    try:
        number = float(value)
    except OverflowError:  # JSON's whole numbers have no limit
        number = math.inf
    if not math.isfinite(number):
        raise TypeError(f"{what} must be a number, got {reprlib.repr(value)}")
    return number


_PLAIN: Mapping[type, str] = {
    str: "text",
    int: "a whole number",
    dict: "an object",
    list: "a list",
    bool: "true or false",
}
