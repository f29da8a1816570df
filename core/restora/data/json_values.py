"""Values that JSON can hold, and reading them without trust."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeVar

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"

T = TypeVar("T")


def expect(value: object, kind: type[T], what: str) -> T:
    """`value` if it is a `kind`; raises TypeError with a sentence about `what` otherwise."""
    wrong_bool = isinstance(value, bool) and kind is not bool
    if wrong_bool or not isinstance(value, kind):
        raise TypeError(f"{what} must be {_PLAIN.get(kind, kind.__name__)}, got {value!r}")
    return value


_PLAIN: Mapping[type, str] = {
    str: "text",
    int: "a whole number",
    dict: "an object",
    list: "a list",
    bool: "true or false",
}
