"""The public surface changes on purpose only: compare, and write the list anew when a change is meant.

`python tests/plugins/test_api_surface.py` writes it.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import get_args

import restora.api

STORED = Path(__file__).with_name("api_surface.json")


def surface() -> dict[str, object]:
    """Every public name with what a plugin can rely on: fields, members, methods."""
    return {name: described(getattr(restora.api, name)) for name in restora.api.__all__}


def described(thing: object) -> object:
    if dataclasses.is_dataclass(thing):
        return [f"{field.name}: {field.type}{default(field)}" for field in dataclasses.fields(thing)]
    if isinstance(thing, type) and issubclass(thing, Enum):
        return [f"{member.name} = {member.value!r}" for member in thing]
    if isinstance(thing, type) and getattr(thing, "_is_protocol", False):
        methods = {
            name: str(inspect.signature(value))
            for name, value in vars(thing).items()
            if is_method(name, value)
        }
        properties = [name for name, value in vars(thing).items() if isinstance(value, property)]
        attributes = [*thing.__annotations__, *properties]
        return [f"{name}{signature}" for name, signature in methods.items()] + attributes
    if isinstance(thing, type) and issubclass(thing, BaseException):
        return f"below {thing.__mro__[1].__name__}"
    if isinstance(thing, UnionType):
        return [member.__name__ for member in get_args(thing)]
    return thing if isinstance(thing, str) else type(thing).__name__


def is_method(name: str, value: object) -> bool:
    return inspect.isfunction(value) and not name.startswith("_")


def default(field: dataclasses.Field[object]) -> str:
    if field.default is not dataclasses.MISSING:
        value = field.default
        return f" = {sorted(value) if isinstance(value, frozenset) else value!r}"
    return "" if field.default_factory is dataclasses.MISSING else " = ..."


def test_the_public_surface_is_the_stored_one() -> None:
    assert surface() == json.loads(STORED.read_text(encoding="utf-8"))


def test_all_public_names_are_listed_once_and_in_order() -> None:
    names = restora.api.__all__
    assert len(set(names)) == len(names)
    public = {name for name in vars(restora.api) if name[0].isalpha()}
    assert public - set(names) <= {"annotations"}


if __name__ == "__main__":
    STORED.write_text(json.dumps(surface(), indent=2) + "\n", encoding="utf-8")
