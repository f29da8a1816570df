"""What a file of weights holds, without its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

MAX_SHOWN = 120
"""Characters of a name from a file that are put into a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """Shape and type of one tensor."""

    shape: tuple[int, ...]
    dtype: str
    """As torch and numpy name it: float32, bfloat16, int64."""

    def __str__(self) -> str:
        return f"{'x'.join(map(str, self.shape)) or 'scalar'} {self.dtype}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Everything in a file by name; nested dictionaries are joined with `/`."""

    tensors: Mapping[str, TensorSpec]
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """Numbers, texts and lists that lie beside the tensors, such as a rank or a step."""


def shown(name: str) -> str:
    """A name from a file, fit for a sentence: no control characters, not endless."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in name[:MAX_SHOWN])
    return plain if len(name) <= MAX_SHOWN else f"{plain}..."
