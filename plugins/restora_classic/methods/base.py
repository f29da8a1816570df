"""What methods without weights share: nothing to load, typed parameters, progress by rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from restora.api import Context, DeviceSpec, ImageArray, Request, Stage, UnsuitableItemError

T = TypeVar("T")


class WeightlessMethod:
    """Satisfies `load` and `unload` for methods that need nothing."""

    def load(self, weights: Mapping[str, Path], device: DeviceSpec, context: Context) -> None:
        """Nothing to bring."""

    def unload(self) -> None:
        """Nothing to give back."""


def picture(request: Request) -> ImageArray:
    """The picture to work on; raises UnsuitableItemError where the source is something else."""
    image = request.source.image
    if image is None:
        raise UnsuitableItemError(f"a picture is needed, but the source is a {request.source.kind} item")
    return image


def number(request: Request, param_id: str) -> float:
    """A parameter that was declared as a number."""
    return _typed(request, param_id, float)


def whole(request: Request, param_id: str) -> int:
    """A parameter that was declared as a whole number."""
    return _typed(request, param_id, int)


def flag(request: Request, param_id: str) -> bool:
    """A parameter that was declared as yes or no."""
    return _typed(request, param_id, bool)


def choice(request: Request, param_id: str) -> str:
    """A parameter that was declared as a choice."""
    return _typed(request, param_id, str)


def _typed(request: Request, param_id: str, kind: type[T]) -> T:
    value = request.params[param_id]
    assert isinstance(value, kind), f"the host hands over parsed parameters; {param_id} is {value!r}"
    return value


def ticking(context: Context, stage: Stage) -> Callable[[int, int], None]:
    """A function to call as (done, total) inside loops: reports progress and notices a cancel."""

    def tick(done: int, total: int) -> None:
        context.checkpoint()
        stage.advance(done, total)

    return tick
