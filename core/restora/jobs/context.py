"""The host's side of a running method: progress, cancel, pause, noise and scratch space."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from restora.data.arrays import ImageArray
from restora.data.geometry import Rect
from restora.jobs.cancelling import Token
from restora.jobs.noise import field_part
from restora.jobs.progress import Part, ProgressMeter
from restora.jobs.resume import Resumption
from restora.jobs.services import Build, Convert, built_each_time
from restora.plugins.running import DeviceSpec, TileChoice

if TYPE_CHECKING:
    import torch


@dataclass(slots=True, kw_only=True)
class Hooks:
    """What the lane does when a context asks; each is called on the lane's thread."""

    pausing: Callable[[], None] = field(default=lambda: None)
    """Free what can be freed and tell the world, before the job waits."""
    resumed: Callable[[], None] = field(default=lambda: None)
    preview: Callable[[ImageArray], None] = field(default=lambda _image: None)
    log: Callable[[int, str], None] = field(default=lambda _level, _message: None)

    def cut(self) -> None:
        """Do nothing from now on: a method may keep its context, but nothing of the job that ended."""
        nothing = Hooks()
        self.pausing, self.resumed = nothing.pausing, nothing.resumed
        self.preview, self.log = nothing.preview, nothing.log


class RunContext:
    """Implements `Context` for one call of a method; see there for what its members promise."""

    def __init__(
        self,
        *,
        token: Token,
        meter: ProgressMeter,
        part: Part,
        hooks: Hooks,
        device: DeviceSpec,
        precision: str,
        tile: TileChoice,
        scratch: Path,
        resumption: Resumption,
        seed: int,
        place: Rect | None = None,
        convert: Convert = built_each_time,
        plugin: str = "",
    ) -> None:
        self.device = device
        self.precision = precision
        self.tile = tile
        self.scratch = scratch
        self._resumption = resumption
        self._token = token
        self._meter = meter
        self._part = part
        self._hooks = hooks
        self._seed = seed
        self._place = place
        self._convert = convert
        self._plugin = plugin
        self._spent = 0.0

    @property
    def resume(self) -> Path:
        """See Context.resume."""
        return self._resumption.folder()

    @property
    def writable(self) -> tuple[Path, ...]:
        """Where the method may have written."""
        claimed = self._resumption.claimed
        return (self.scratch,) if claimed is None else (self.scratch, claimed)

    @contextmanager
    def stage(self, name: str, weight: float = 1.0) -> Iterator[Part]:
        """See Context.stage: weights beyond what is left of the call are cut."""
        self.checkpoint()
        share = max(0.0, min(weight, 1.0 - self._spent))
        part = self._part.inner(self._spent, share, name)
        part.advance(0, 1)
        yield part
        part.advance(1, 1)
        self._spent += share

    def checkpoint(self) -> None:
        """See Context.checkpoint."""
        self._token.check()
        if not self._token.is_paused:
            return
        self._meter.hold()
        self._hooks.pausing()
        self._meter.add_pause(self._token.wait_while_paused())
        self._hooks.resumed()

    def preview(self, image: ImageArray) -> None:
        """See Context.preview."""
        self._hooks.preview(image)

    def noise(self, shape: tuple[int, ...], *, name: str, cell: int = 1) -> torch.Tensor:
        """See Context.noise."""
        import torch

        return torch.from_numpy(self.noise_array(shape, name=name, cell=cell)).to(str(self.device))

    def noise_array(self, shape: tuple[int, ...], *, name: str, cell: int = 1) -> ImageArray:
        """See Context.noise_array."""
        origin = (0, 0) if self._place is None else (self._place.y // cell, self._place.x // cell)
        return field_part(self._seed, name, shape, origin=origin)

    def log(self, level: int, message: str) -> None:
        """See Context.log."""
        self._hooks.log(level, message)

    def converted(
        self, recipe: str, version: str, sources: Sequence[Path], build: Build
    ) -> dict[str, torch.Tensor]:
        """See Context.converted."""
        return self._convert(self._plugin, recipe, version, sources, build)
