"""What the host hands to a running method, and what it expects back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from restora.data.arrays import ImageArray, Mask
from restora.data.geometry import FrameWindow, Rect
from restora.data.json_values import JSON
from restora.data.kinds import Kind

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from restora.data.camera import Camera
    from restora.data.photon_cube import PhotonCube
    from restora.data.scene import GaussianScene


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSpec:
    """Where a lane computes."""

    type: str
    """`cpu` or `cuda`."""
    index: int = 0
    name: str = ""
    """The processor's or card's own name, for records."""

    def __str__(self) -> str:
        return self.type if self.type == "cpu" else f"{self.type}:{self.index}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TileChoice:
    """The tile size in force, and who chose it."""

    side: int | None
    """None: the whole picture at once."""
    automatic: bool = True

    def __str__(self) -> str:
        size = "whole picture" if self.side is None else str(self.side)
        return f"Auto ({size})" if self.automatic else size


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a method works on; exactly one of the three is given."""

    kind: Kind
    image: ImageArray | None = None
    """In the method's declared domain, with one of its channel counts."""
    cube: PhotonCube | None = None
    scene: GaussianScene | None = None
    """Since 1.1, for `Kind.SPLAT`; its cameras lie in it. Its arrays are read-only."""
    window: FrameWindow | None = None
    """For captures: the frames to use."""
    nominal_white: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call of a method."""

    source: Source
    params: Mapping[str, object]
    """Typed values of all declared parameters."""
    seed: int
    references: tuple[ImageArray, ...] = ()
    region: Rect | None = None
    """Where this tile or crop lies in the whole source; None: it is the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A picture of a scene that a method has written."""

    camera: Camera
    """From where it was taken, with the picture's own width and height."""
    path: Path
    """A `.npy` file below `Context.resume` or `Context.scratch`.

    float16 or float32, height x width x 1, 3 or 4, in the method's declared domain. The host takes it away.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a method gives back: float32 arrays on the CPU, in its declared domain (counts: linear)."""

    image: ImageArray | None = None
    """May be None, or a preview of any size, where a scene or frames are declared."""
    scene: GaussianScene | None = None
    """Since 1.1, where `produces` is `SPLAT`."""
    frames: tuple[Frame, ...] = ()
    """Since 1.1, where `produces_frames` says so; in the order in which they are to be shown."""
    images: Mapping[str, ImageArray] = field(default_factory=lambda: MappingProxyType({}))
    """Further pictures by name, such as an intermediate stage or a map."""
    info: Mapping[str, JSON] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """Since 1.1: what a forward model says that the measurement would have been, had a result been true."""

    values: NDArray[np.floating]
    """For a picture: its values in the declared domain, with the shape of `Request.source.image`.

    For a capture: mean detections over `window`, rows x columns x channels of `Request.source.cube`.
    """
    window: FrameWindow | None = None
    """For captures: the frames that are predicted; None stands for all of the request's."""
    ignored: Mask | None = None
    """For captures: pixels that do not count beside those the capture calls bad, rows x columns."""
    note: str = ""
    """What the model leaves out or has fitted, in a sentence for people; empty where it is exact."""


class Stage(Protocol):
    """One named part of a run."""

    def advance(self, done: float, total: float) -> None:
        """Report that `done` of `total` steps are finished."""
        ...


class Context(Protocol):
    """The host's side of a running method."""

    scratch: Path
    """A folder that is emptied when the job ends; beside `resume` the only place a method may write to."""
    tile: TileChoice
    precision: str
    device: DeviceSpec

    @property
    def resume(self) -> Path:
        """Since 1.1: the folder of this very request, for work that takes long.

        It belongs to this job alone. It outlives a cancel, an error and the death of the process, and is
        found again by the same request: same method and version, item, parameters, seed, weights, precision,
        references. It is removed when the job is done, and after thirty days without use. Write a file under
        another name first and rename it: whatever lies there under its own name must be whole.
        """
        ...

    def stage(self, name: str, weight: float = 1.0) -> AbstractContextManager[Stage]:
        """A part of this call that takes the share `weight` of it; the shares of a call add up to 1."""
        ...

    def checkpoint(self) -> None:
        """Raise Cancelled if the user took the job back; wait here while it is paused."""
        ...

    def preview(self, image: ImageArray) -> None:
        """Show an unfinished picture; it may be dropped if the previous one is still being drawn."""
        ...

    def noise(self, shape: tuple[int, ...], *, name: str, cell: int = 1) -> torch.Tensor:
        """Standard normal noise on the method's device; see `noise_array`."""
        ...

    def noise_array(self, shape: tuple[int, ...], *, name: str, cell: int = 1) -> ImageArray:
        """Standard normal noise from the job's seed, by name: the same bits on every device.

        The last two axes are rows and columns of a field that covers the whole source with one value per
        `cell` x `cell` source pixels; a tile or crop receives its own part of that field. Where the tile does
        not start at a multiple of `cell` the nearest cell to its left and above is taken.
        """
        ...

    def log(self, level: int, message: str) -> None:
        """Write to the job's log, with a level of the standard `logging` module."""
        ...

    def converted(
        self,
        recipe: str,
        version: str,
        sources: Sequence[Path],
        build: Callable[[], Mapping[str, torch.Tensor]],
    ) -> dict[str, torch.Tensor]:
        """Since 1.1: what `build` makes of files of weights, made once and kept on the disk from then on.

        `recipe` and `version` name what is made, and of which form: another precision is another version.
        Tensors may be mapped from the disk: copy them to where they are used. Where the disk is full they are
        made each time.
        """
        ...


class Method(Protocol):
    """The heavy part of a method; only ever called on the lane of its device."""

    def load(self, weights: Mapping[str, Path], device: DeviceSpec, context: Context) -> None:
        """Bring the weights (by declared id) onto the device; raise WeightsFormatError if they do not fit."""
        ...

    def run(self, request: Request, context: Context) -> Output:
        """A pure function of weights, request and named noise: no global state, no files, no network."""
        ...

    def unload(self) -> None:
        """Give back everything that `load` took."""
        ...
