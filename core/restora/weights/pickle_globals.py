"""Which functions and classes a pickle asks for, found without running it; only used to word a refusal."""

from __future__ import annotations

import pickletools
from collections.abc import Iterable
from typing import BinaryIO

_MAX_PICKLES = 5
"""The old torch format is a row of pickles: magic number, protocol, system, object, storages."""
_MAX_OPCODES = 5_000_000
_REMEMBER = {"PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"}
_RECALL = {"GET", "BINGET", "LONG_BINGET"}


def globals_in(stream: BinaryIO) -> list[str]:
    """`module.name` of everything that the pickles in the stream ask for, in their order, without repeats."""
    found: dict[str, None] = {}
    for _ in range(_MAX_PICKLES):
        try:
            found.update(dict.fromkeys(_of_one(pickletools.genops(stream))))
        except (ValueError, IndexError, EOFError, UnicodeDecodeError, MemoryError, OverflowError):
            # What follows the pickles is data, or the file is damaged: what was found until here counts.
            break
    return list(found)


def _of_one(
    opcodes: Iterable[tuple[pickletools.OpcodeInfo, object, int | None]],
) -> Iterable[str]:
    texts: list[str] = []
    memo: dict[object, str | None] = {}
    last: str | None = None
    for count, (opcode, argument, _) in enumerate(opcodes):
        if count > _MAX_OPCODES:
            raise ValueError("too many opcodes")
        name = opcode.name
        if name in _REMEMBER:
            memo[len(memo) if name == "MEMOIZE" else argument] = last
            continue
        if name in {"GLOBAL", "INST"}:
            yield str(argument).replace(" ", ".", 1)
        elif name == "STACK_GLOBAL":
            yield ".".join(texts[-2:])
        last = memo.get(argument) if name in _RECALL else argument if isinstance(argument, str) else None
        if last is not None:
            texts = [*texts[-1:], last]
