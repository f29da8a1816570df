"""What every format of scene files offers, and what a header tells about a scene."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from restora.data.scene import GaussianScene

C0 = 0.28209479177387814
"""The constant harmonic: colour = 0.5 + C0 * first coefficient."""

MOST_DEGREE = 3
"""Bands above it are left out on reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneHeader:
    """A scene before its Gaussians are read."""

    format: str
    """For people: `3DGS PLY, binary`."""
    count: int
    degree: int
    is_antialiased: bool = False
    extra: int = 0
    """Columns beyond those that we use."""
    working_bytes: int = 0
    """What reading takes beside the scene itself, per Gaussian."""
    warnings: tuple[str, ...] = ()


class SceneFormat(Protocol):
    """One module per format that can be read."""

    NAME: str
    SUFFIXES: tuple[str, ...]
    """The usual endings; a format without a signature also decides by them."""

    def sniff(self, head: bytes, path: Path) -> bool:
        """Whether the content is of this format; `head` is empty for a folder."""
        ...

    def header(self, path: Path) -> SceneHeader:
        """What the file says about its scene; raises FileProblemError where it contradicts its size."""
        ...

    def read(self, path: Path, degree: int) -> GaussianScene:
        """The scene without cameras and without harmonics above `degree`.

        Raises FileProblemError where the file is damaged.
        """
        ...


class SceneWriter(Protocol):
    """One module per format that can be written."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a constant of the module
        """For people."""
        ...

    @property
    def SUFFIXES(self) -> tuple[str, ...]:  # noqa: N802 - as above
        """The usual endings; `.compressed.ply` has two dots."""
        ...

    def losses(self, scene: GaussianScene) -> tuple[str, ...]:
        """What this format will not keep of this scene, one short sentence each."""
        ...

    def write(self, stream: BinaryIO, scene: GaussianScene) -> None:
        """Write the scene."""
        ...
