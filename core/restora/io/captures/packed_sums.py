"""Sums bit-packed frames without unpacking them: counters that lie across many pixels at once.

A carry-save adder takes three words of equal weight and gives their sum bit and their carry bit, for 64
pixels in five operations. Only the few planes that remain are unpacked, whatever the number of frames.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORD = 8
"""Bytes of one machine word."""
_BATCH_BYTES = 2**20
"""Frames are added in batches that stay in the processor's cache."""
_MOST_WAITING = 63
"""Planes of one weight that may wait before they are added up: bounds memory for endless sums."""


class BitCounter:
    """Counts the set bits at every place of packed frames of one shape."""

    def __init__(self, frame_shape: tuple[int, ...]) -> None:
        self._shape = frame_shape
        self._bytes = math.prod(frame_shape)
        self._waiting: dict[int, list[NDArray[np.uint64]]] = {}

    def add(self, frames: NDArray[np.uint8]) -> None:
        """Count N x frame_shape bytes."""
        batch = max(3, _BATCH_BYTES // self._bytes)
        for start in range(0, len(frames), batch):
            self._settle(0, [_as_words(frames[start : start + batch])])
            while len(self._waiting.get(0, ())) > _MOST_WAITING:
                self._settle_all()

    def planes(self) -> list[NDArray[np.uint8]]:
        """Packed planes of weight 1, 2, 4, … whose weighted sum is the count."""
        self._settle_all()
        return [self._plane(weight) for weight in range(max(self._waiting, default=-1) + 1)]

    def _plane(self, weight: int) -> NDArray[np.uint8]:
        words = self._waiting.get(weight)
        if not words:
            return np.zeros(self._shape, np.uint8)
        return words[0].view(np.uint8).reshape(-1)[: self._bytes].reshape(self._shape)

    def _settle_all(self) -> None:
        """Add up what waits, so that one plane per weight remains."""
        weight = 0
        while weight in self._waiting:
            self._settle(weight, self._waiting.pop(weight))
            weight += 1

    def _settle(self, weight: int, stacks: list[NDArray[np.uint64]]) -> None:
        """Add up words of one weight, and their carries, and so on; one word per weight is put aside."""
        while stacks:
            words = stacks[0] if len(stacks) == 1 else np.concatenate(stacks)
            stacks = []
            while len(words) > 1:
                words, carry = _added(words)
                stacks.append(carry)
            self._waiting.setdefault(weight, []).append(words)
            weight += 1


def _added(words: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """About a third of the words, of the same weight, and the carries of the next one."""
    third = len(words) // 3
    if third == 0:
        return words[:1] ^ words[1:2], words[:1] & words[1:2]
    first, second, last = words[:third], words[third : 2 * third], words[2 * third : 3 * third]
    rest = words[3 * third :]
    either = first ^ second
    total = np.empty((third + len(rest), words.shape[1]), np.uint64)
    np.bitwise_xor(either, last, out=total[:third])
    total[third:] = rest
    either &= last
    carry = first & second
    carry |= either
    return total, carry


def _as_words(frames: NDArray[np.uint8]) -> NDArray[np.uint64]:
    flat = np.ascontiguousarray(frames).reshape(len(frames), -1)
    missing = -flat.shape[1] % _WORD
    if missing:
        flat = np.pad(flat, ((0, 0), (0, missing)))
    return flat.view(np.uint64)
