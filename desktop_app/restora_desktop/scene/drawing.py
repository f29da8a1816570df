"""What is asked of a renderer of scenes, and what it gives back; any renderer may stand behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restora.data.camera import Camera
    from restora.data.scene import GaussianScene

Colour: TypeAlias = tuple[float, float, float]
"""Red, green and blue, 0 to 1, as a screen shows them."""


class Channel(StrEnum):
    """What the picture shows of a scene."""

    COLOUR = "colour"
    DEPTH = "depth"
    """Expected distance along the line of sight; near is dark."""
    ALPHA = "alpha"
    """How much the Gaussians cover; black lets everything through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How well a picture is drawn; anything below FULL is a preview and says so."""

    scale: float = 1.0
    """Pixels of the picture per pixel of the screen."""
    share: float = 1.0
    """Of the Gaussians, the most important ones."""
    degree: int | None = None
    """Highest degree of the harmonics; None takes what the look says."""

    @property
    def is_full(self) -> bool:
        """Whether nothing was saved."""
        return self.scale >= 1.0 and self.share >= 1.0 and self.degree is None


FULL = Quality()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the user chose about the picture."""

    channel: Channel = Channel.COLOUR
    background: Colour = (0.0, 0.0, 0.0)
    degree: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One picture of a scene, or as much of it as is there."""

    rgb: NDArray[np.float32]
    """Height x width x 3, with the background; not clamped above."""
    alpha: NDArray[np.float32]
    depth: NDArray[np.float32]
    """Accumulated: expected depth is `depth / alpha`."""


Check: TypeAlias = Callable[[], None]
OnRows: TypeAlias = Callable[[int, int, Drawn], None]
"""First row, row after the last, and the growing picture."""


class Prepared(Protocol):
    """A scene that is ready to be drawn again and again."""

    scene: GaussianScene

    def draw(
        self,
        camera: Camera,
        look: Look,
        quality: Quality,
        *,
        check: Check | None = None,
        on_rows: OnRows | None = None,
    ) -> Drawn:
        """The picture from a camera; `check` may raise to stop between bands of rows."""
        ...


Prepare: TypeAlias = Callable[["GaussianScene", Check], Prepared]
"""Makes a scene ready; slow for large ones, so never called on the GUI thread. The check may stop it."""
