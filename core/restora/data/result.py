"""What a job made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from restora.data.image import Image
from restora.data.json_values import JSON
from restora.data.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Result:
    """An immutable result; its recipe alone repeats it."""

    image: Image
    recipe: Recipe
    images: Mapping[str, Image] = field(default_factory=lambda: MappingProxyType({}))
    """Further pictures by name, such as an intermediate stage or a map."""
    info: Mapping[str, JSON] = field(default_factory=lambda: MappingProxyType({}))
    """Figures that the method reported."""
