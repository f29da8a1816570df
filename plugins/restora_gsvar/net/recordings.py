"""Recorded kernels: what a graphics card did once for a batch, it does again without Python in between.

Between the first and the last scale a block is so little work that starting its kernels takes longer than
they do. CUDA graphs start them all at once. They need everything to stay at its place: keys and values are
therefore kept from run to run, per composition of rows.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from restora_gsvar.net.passing import Check, Passing, Work
from restora_gsvar.net.rows import Rows
from restora_gsvar.net.transformer import Transformer

_KEPT = 2
"""Compositions of rows: those of a picture's full batches, and that of its last one."""

Replay = Callable[[tuple[Tensor, ...]], Tensor]
"""Does recorded work for other values of the same sizes."""


class Recorder:
    """Records on one graphics card; all recordings of a recorder share their scratch memory."""

    def __init__(self, device: torch.device) -> None:
        self._device, self._pool = device, torch.cuda.graph_pool_handle()
        self._stream = torch.cuda.Stream(device)

    def __call__(self, work: Work, given: tuple[Tensor, ...]) -> Replay:
        """Raises RuntimeError where the card, its driver or its memory do not allow it."""
        held = tuple(part.clone() for part in given)
        graph = torch.cuda.CUDAGraph()
        with (
            torch.cuda.device(self._device),
            # Other threads may use the card meanwhile: a second lane, or the window.
            torch.cuda.graph(graph, pool=self._pool, stream=self._stream, capture_error_mode="thread_local"),
        ):
            found = work(held, _unwatched)

        def replay(given: tuple[Tensor, ...]) -> Tensor:
            for mine, theirs in zip(held, given, strict=True):
                mine.copy_(theirs)
            graph.replay()
            return found.clone()

        return replay


@dataclass(slots=True, eq=False)
class Recordings:
    """Of one transformer; hands out rooms whose small work is recorded the second time it comes."""

    recorder: Callable[[torch.device], Callable[[Work, tuple[Tensor, ...]], Replay]] = Recorder
    refusal: str = ""
    """Why nothing is recorded any more; empty while all is well."""
    _is_told: bool = False
    _rooms: OrderedDict[Rows, Passing] = field(default_factory=OrderedDict)

    def passing(self, transformer: Transformer, rows: Rows, device: torch.device) -> Passing:
        """Room for a composition: the one that its last run left, if that is not too long ago."""
        if rows not in self._rooms:
            self._rooms[rows] = Passing(transformer, rows, device, _Recording(self, device))
            while len(self._rooms) > _KEPT:
                self._rooms.popitem(last=False)
        self._rooms.move_to_end(rows)
        return self._rooms[rows]

    def refuse(self, error: RuntimeError) -> None:
        """Go on step by step."""
        first = (str(error) or type(error).__name__).splitlines()[0]
        self.refusal = f"small scales go kernel by kernel, because they cannot be recorded here ({first})"

    def news(self) -> str:
        """The refusal, once."""
        told, self._is_told = self._is_told, bool(self.refusal)
        return "" if told else self.refusal


class _Recording:
    """The recorded work of one room; satisfies `Doing`."""

    def __init__(self, owner: Recordings, device: torch.device) -> None:
        self._owner, self._device = owner, device
        self._met: set[Hashable] = set()
        self._record: Callable[[Work, tuple[Tensor, ...]], Replay] | None = None
        self._replays: dict[Hashable, Replay] = {}

    def __call__(self, name: Hashable, work: Work, given: tuple[Tensor, ...], check: Check) -> Tensor:
        """The first time step by step, which also brings libraries to set themselves up."""
        if self._owner.refusal or name not in self._met:
            self._met.add(name)
            return work(given, check)
        check()
        if name not in self._replays:
            try:
                self._replays[name] = self._recorded(work, given)
            except RuntimeError as error:
                self._owner.refuse(error)
                return work(given, check)
        return self._replays[name](given)

    def _recorded(self, work: Work, given: tuple[Tensor, ...]) -> Replay:
        if self._record is None:
            self._record = self._owner.recorder(self._device)
        return self._record(work, given)


def _unwatched() -> None:
    """Nobody can stop a recording."""
