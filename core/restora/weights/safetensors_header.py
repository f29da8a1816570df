"""The header of a safetensors file, read without trust and without the library."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from restora.data.json_values import expect
from restora.errors import WeightsFormatError
from restora.weights.specs import Contents, TensorSpec, shown

MAX_HEADER = 100_000_000
"""Bytes; the format's own limit."""

_LENGTH_BYTES = 8
_DTYPES: Mapping[str, tuple[str, int]] = MappingProxyType({
    "BOOL": ("bool", 1), "U8": ("uint8", 1), "I8": ("int8", 1),
    "F8_E4M3": ("float8_e4m3fn", 1), "F8_E5M2": ("float8_e5m2", 1),
    "I16": ("int16", 2), "U16": ("uint16", 2), "F16": ("float16", 2), "BF16": ("bfloat16", 2),
    "I32": ("int32", 4), "U32": ("uint32", 4), "F32": ("float32", 4),
    "I64": ("int64", 8), "U64": ("uint64", 8), "F64": ("float64", 8), "C64": ("complex64", 8),
})  # fmt: skip  # a table reads better than a column
"""Code in the file: name, bytes per number."""


def read_header(path: Path) -> Contents:
    """Names, shapes and types; raises WeightsFormatError where header and file do not fit together."""
    try:
        with path.open("rb") as stream:
            size = path.stat().st_size
            length = _header_length(path, stream.read(_LENGTH_BYTES), size)
            text = stream.read(length)
    except OSError as error:
        raise WeightsFormatError(path, f"cannot be read ({error.strerror})") from error
    try:
        raw = expect(json.loads(text, object_pairs_hook=_without_repeats), dict, "the header")
        metadata = expect(raw.pop("__metadata__", {}), dict, "__metadata__")
        tensors, spans = _entries(raw)
        _refuse_gaps(spans, size - _LENGTH_BYTES - length)
    except (TypeError, ValueError, RecursionError) as error:
        raise WeightsFormatError(path, f"the safetensors header is damaged ({shown(str(error))})") from error
    return Contents(tensors=tensors, values=metadata)


def _header_length(path: Path, prefix: bytes, size: int) -> int:
    if len(prefix) < _LENGTH_BYTES:
        raise WeightsFormatError(path, f"not a safetensors file: it has {size} bytes")
    length = int.from_bytes(prefix, "little")
    if length > MAX_HEADER:
        problem = (
            f"not a safetensors file: its header claims {length} bytes, at most {MAX_HEADER} are allowed"
        )
        raise WeightsFormatError(path, problem)
    if length > size - _LENGTH_BYTES:
        problem = f"cut short: the header claims {length} bytes, {size - _LENGTH_BYTES} follow"
        raise WeightsFormatError(path, problem)
    return length


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands there twice")
    return found


def _entries(raw: dict[str, object]) -> tuple[dict[str, TensorSpec], list[tuple[int, int]]]:
    tensors: dict[str, TensorSpec] = {}
    spans: list[tuple[int, int]] = []
    for name, value in raw.items():
        entry = expect(value, dict, name)
        code = expect(entry.get("dtype"), str, f"dtype of {name}")
        if code not in _DTYPES:
            raise ValueError(f"{name} has the unknown type {code}")
        dtype, width = _DTYPES[code]
        shape = _whole_numbers(entry.get("shape"), f"shape of {name}")
        begin, end = _whole_numbers(entry.get("data_offsets"), f"data_offsets of {name}")
        if end - begin != math.prod(shape) * width:
            raise ValueError(f"{name} has {end - begin} bytes, its shape needs {math.prod(shape) * width}")
        tensors[name] = TensorSpec(shape=shape, dtype=dtype)
        spans.append((begin, end))
    return tensors, spans


def _whole_numbers(value: object, what: str) -> tuple[int, ...]:
    numbers = tuple(expect(number, int, what) for number in expect(value, list, what))
    if any(number < 0 for number in numbers):
        raise ValueError(f"{what} must not be negative, got {numbers}")
    return numbers


def _refuse_gaps(spans: list[tuple[int, int]], room: int) -> None:
    """The tensors must fill the rest of the file, without gaps and without sharing bytes."""
    position = 0
    for begin, end in sorted(spans):
        if begin != position:
            raise ValueError(f"the data of a tensor begin at {begin}, expected {position}")
        position = end
    if position != room:
        raise ValueError(f"the tensors need {position} bytes, {room} follow the header")
