"""Looking up from inside one long call of a network: for a cancel, and to report how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from weakref import WeakSet

from torch import nn

Tell = Callable[[float, float], None]
"""Takes what is done and the total; may raise to end the call."""

_CURRENT: ContextVar[Callable[[], None] | None] = ContextVar("restora_watched_call", default=None)
_READY: WeakSet[nn.Module] = WeakSet()
_PREPARING = Lock()


@contextmanager
def watched(
    network: nn.Module, tell: Tell, kinds: tuple[type[nn.Module], ...] = (nn.Conv2d, nn.Linear)
) -> Iterator[None]:
    """`tell` is called before each layer of these kinds in one call of `network` on this thread.

    Other threads may use the network at the same time; they are not told of.
    """
    layers = [part for part in network.modules() if isinstance(part, kinds)]
    _prepare(layers)
    done = 0

    def tick() -> None:
        nonlocal done
        tell(min(done, len(layers)), len(layers))
        done += 1

    token = _CURRENT.set(tick)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def looking_up(checkpoint: Callable[[], None], advance: Tell) -> Tell:
    """Look for a cancel or a pause first, then report."""

    def tell(done: float, total: float) -> None:
        checkpoint()
        advance(done, total)

    return tell


def _prepare(layers: list[nn.Module]) -> None:
    """Hooks stay: taking them away again would disturb another thread that is in the middle of a call."""
    with _PREPARING:
        for layer in layers:
            if layer not in _READY:
                layer.register_forward_pre_hook(_tick)
                _READY.add(layer)


def _tick(*_: object) -> None:
    tick = _CURRENT.get()
    if tick is not None:
        tick()
