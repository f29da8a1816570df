"""Something that was opened: what it is, where it came from, and how to get at its data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from restora.data.geometry import FrameWindow
from restora.data.json_values import JSON
from restora.data.kinds import Kind
from restora.data.photon_cube import Fact, PhotonCube
from restora.errors import UnsuitableItemError

if TYPE_CHECKING:
    from restora.data.image import Image
    from restora.data.scene import GaussianScene

Data: TypeAlias = "Image | PhotonCube | GaussianScene"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a file's header tells, learnt without reading its pixels."""

    kind: Kind
    format: str
    """For people: `PNG, 16 bit`, `NumPy array`."""
    width: int
    """0 for a scene, which has no pixels of its own."""
    height: int
    channels: int
    frames: int | None = None
    """Frames of a capture; None for a single picture."""
    gaussians: int | None = None
    """Of a scene; None for everything else."""
    degree: int | None = None
    """Of a scene's harmonics."""
    facts: tuple[Fact, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def size_text(self) -> str:
        """For people: `512 × 256` pixels, or `100000 Gaussians, degree 3`."""
        if self.gaussians is not None:
            return f"{self.gaussians:,} Gaussians, degree {self.degree}"
        return f"{self.width} × {self.height}"

    @property
    def megapixels(self) -> float:
        """Pixels of one frame, in millions."""
        return self.width * self.height / 1e6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Item:
    """An opened thing. Its header is known; its data are read when `data()` is first called."""

    name: str
    """What people call it: the file's name, or the name of a sample."""
    probe: Probe
    load: Callable[[], Data]
    path: Path | None = None
    window: FrameWindow | None = None
    """For captures: the frames to work on; None means all."""
    reading: Mapping[str, JSON] = field(default_factory=lambda: MappingProxyType({}))
    """What the user stated about how to read it; a recipe repeats it."""
    _kept: list[Data] = field(default_factory=list, repr=False)
    """At most one entry: the data, once they were read."""

    @property
    def kind(self) -> Kind:
        """What it is."""
        return self.probe.kind

    def data(self) -> Data:
        """Its data, read once and kept."""
        if not self._kept:
            self._kept.append(self.load())
        return self._kept[0]

    def image(self) -> Image:
        """Its picture; raises UnsuitableItemError where it is something else."""
        from restora.data.image import Image

        data = self.data()
        if not isinstance(data, Image):
            raise UnsuitableItemError(f"{self.name} is a {self.kind} item, not a picture")
        return data

    def cube(self) -> PhotonCube:
        """Its capture; raises UnsuitableItemError where it is something else."""
        data = self.data()
        if not isinstance(data, PhotonCube):
            raise UnsuitableItemError(f"{self.name} is a {self.kind} item, not a single-photon capture")
        return data

    def scene(self) -> GaussianScene:
        """Its scene; raises UnsuitableItemError where it is something else."""
        from restora.data.scene import GaussianScene

        data = self.data()
        if not isinstance(data, GaussianScene):
            raise UnsuitableItemError(f"{self.name} is a {self.kind} item, not a scene of Gaussians")
        return data

    def release(self) -> None:
        """Forget the data; the next `data()` reads them again."""
        self._kept.clear()
