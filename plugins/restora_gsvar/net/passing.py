"""The rows of a batch through all blocks, scale by scale, with keys and values of the scales before."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Protocol

import torch
from torch import Tensor

from restora_gsvar.net.caching import Store
from restora_gsvar.net.rows import Rows
from restora_gsvar.net.transformer import Block, Transformer

Check = Callable[[], None]
"""Called before every block and step; may raise to stop."""
Work = Callable[[tuple[Tensor, ...], Check], Tensor]
"""What follows from tensors of fixed sizes, and from what the passing holds."""


class Doing(Protocol):
    """How small work is done: step by step, or by a recording of its steps."""

    def __call__(self, name: Hashable, work: Work, given: tuple[Tensor, ...], check: Check) -> Tensor:
        """What `work` makes of `given`; `name` stands for this work and these sizes."""
        ...


def step_by_step(name: Hashable, work: Work, given: tuple[Tensor, ...], check: Check) -> Tensor:
    """Satisfies `Doing` on any device."""
    del name
    return work(given, check)


class Passing:
    """Room for one composition of rows; scales go through in their order, and anew from the first."""

    def __init__(
        self, transformer: Transformer, rows: Rows, device: torch.device, do: Doing = step_by_step
    ) -> None:
        self.transformer, self.rows, self.do = transformer, rows, do
        self.labels = rows.labels(device)
        self._final = len(transformer.sides) - 1
        self._stores: dict[int, Store] = {}
        self._wide: dict[bool, Store] = {}

    def through(self, x: Tensor, scale: int, check: Check) -> Tensor:
        """The generated rows after all blocks, of the first segment its last token.

        The first and the last scale are large enough to keep any device busy; those between are small.
        """
        if not 0 < scale < self._final:
            return self._through(x, scale, check)
        return self.do(
            ("scale", scale), lambda given, check: self._through(given[0], scale, check), (x,), check
        )

    def _through(self, x: Tensor, scale: int, check: Check) -> Tensor:
        start, stop = self.transformer.bounds(scale)
        rotation = self.transformer.rotation(start, stop)
        *middle, last = self.transformer.layers
        for number, block in enumerate(middle):
            check()
            q, k, v = block.attn.all_three(block.before_attention(x, self.labels), rotation)
            store = self._filled(number, scale, k, v)
            x = block.after_attention(x, store.attend(q, stop), self.labels)
        check()
        return self._wanted(last, x, scale, rotation)

    def _wanted(self, last: Block, x: Tensor, scale: int, rotation: tuple[Tensor, Tensor]) -> Tensor:
        """What the last block makes of the tokens that something is predicted from.

        Of everything else it needs keys and values only.
        """
        inner = last.before_attention(x, self.labels)
        tokens = slice(None) if scale else slice(-1, None)
        generated = slice(self.rows.generated)
        q = last.attn.queries(inner[generated, tokens], (rotation[0][tokens], rotation[1][tokens]))
        k, v = last.attn.keys_and_values(inner, rotation)
        store = self._filled(len(self.transformer.layers) - 1, scale, k, v)
        seen = store.attend(q, self.transformer.bounds(scale)[1])
        return last.after_attention(x[generated, tokens], seen, self.labels[generated])

    def _filled(self, number: int, scale: int, k: Tensor, v: Tensor) -> Store:
        """A block's keys and values, those of a scale included.

        Those of the last scale, a third of all, are never needed again: one store serves all blocks for it.
        """
        start = self.transformer.bounds(scale)[0]
        store = self._store(number, scale, k)
        store.put(k, v, start)
        return store

    def _store(self, number: int, scale: int, like: Tensor) -> Store:
        fuses = number in self.transformer.fused
        before, whole = self.transformer.bounds(self._final)
        if scale < self._final:
            if number not in self._stores:
                self._stores[number] = Store(self.rows, like, before, fuses=fuses)
            return self._stores[number]
        if fuses not in self._wide:
            self._wide[fuses] = Store(self.rows, like, whole, fuses=fuses)
        if self._final > 0:
            self._wide[fuses].take(self._stores[number], before)
        return self._wide[fuses]
