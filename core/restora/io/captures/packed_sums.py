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
_FEWEST = 4
"""Frames of a batch, however large they are."""


class BitCounter:
    """Counts the set bits at every place of packed frames of one shape.

    It works in three arrays that are allocated once: new ones for every step would cost more time in page
    faults than the adding itself takes.
    """

    def __init__(self, frame_shape: tuple[int, ...]) -> None:
        self._shape = frame_shape
        self._bytes = math.prod(frame_shape)
        self._words = -(-self._bytes // _WORD)
        self._batch = max(_FEWEST, _BATCH_BYTES // self._bytes)
        self._ones, self._twos = (np.empty((self._batch, self._words), np.uint64) for _ in range(2))
        self._scratch = np.empty((self._batch // 3 + 1, self._words), np.uint64)
        self._planes: list[NDArray[np.uint64]] = []
        self._count = 0

    def add(self, frames: NDArray[np.uint8]) -> None:
        """Count N x frame_shape bytes."""
        for start in range(0, len(frames), self._batch):
            self._add_batch(_as_words(frames[start : start + self._batch]))

    def planes(self) -> list[NDArray[np.uint8]]:
        """Packed planes of weight 1, 2, 4, … whose weighted sum is the count."""
        return [plane.view(np.uint8)[: self._bytes].reshape(self._shape) for plane in self._planes]

    def _add_batch(self, words: NDArray[np.uint64]) -> None:
        self._count += len(words)
        while len(self._planes) < self._count.bit_length():
            self._planes.append(np.zeros(self._words, np.uint64))
        here, above = self._ones, self._twos
        for plane in self._planes:
            carries = self._settle(words, plane, here, above)
            words = above[:carries]
            here, above = above, here

    def _settle(
        self,
        words: NDArray[np.uint64],
        plane: NDArray[np.uint64],
        here: NDArray[np.uint64],
        above: NDArray[np.uint64],
    ) -> int:
        """Add words of one weight to its plane; their carries fill `above`, and their number is returned.

        `here` takes what is still to be added; `words` may lie in it.
        """
        carries = 0
        while len(words) > 2:
            third, rest = divmod(len(words), 3)
            parts = words[:third], words[third : 2 * third], words[2 * third : 3 * third]
            self._add_three(parts, here[:third], above[carries : carries + third])
            here[third : third + rest] = words[3 * third :]
            words = here[: third + rest]
            carries += third
        self._add_to_plane(words, plane, above[carries])
        return carries + 1

    def _add_to_plane(
        self, words: NDArray[np.uint64], plane: NDArray[np.uint64], carry: NDArray[np.uint64]
    ) -> None:
        """Add one word or two to a plane; together they carry at most once."""
        carry.fill(0)
        both = self._scratch[0]
        for word in words:
            np.bitwise_and(word, plane, out=both)
            plane ^= word
            carry |= both

    def _add_three(
        self, parts: tuple[NDArray[np.uint64], ...], total: NDArray[np.uint64], carry: NDArray[np.uint64]
    ) -> None:
        """The sum bit and the carry bit of three; `total` may be the first of them."""
        first, second, last = parts
        either = self._scratch[: len(first)]
        np.bitwise_and(first, second, out=carry)
        np.bitwise_xor(first, second, out=either)
        np.bitwise_xor(either, last, out=total)
        either &= last
        carry |= either


def _as_words(frames: NDArray[np.uint8]) -> NDArray[np.uint64]:
    flat = np.ascontiguousarray(frames).reshape(len(frames), -1)
    missing = -flat.shape[1] % _WORD
    if missing:
        flat = np.pad(flat, ((0, 0), (0, missing)))
    return flat.view(np.uint64)
