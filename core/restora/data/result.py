"""What a job made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from restora.data.camera import Camera
from restora.data.image import Image
from restora.data.json_values import JSON
from restora.data.kinds import Transfer
from restora.data.recipe import Recipe
from restora.data.scene import GaussianScene
from restora.errors import FileProblemError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResultFrame:
    """A picture of a scene from one camera; it stays on the disk until it is asked for."""

    camera: Camera
    path: Path
    """A `.npy` file, float16 or float32, height x width x channels."""
    transfer: Transfer = Transfer.SRGB
    keeper: object = field(default=None, repr=False)
    """Owns the file's folder: it is not removed while a frame of it is in use."""

    def image(self) -> Image:
        """The picture, read anew each time; raises FileProblemError where the file is gone."""
        import numpy as np

        try:
            stored = np.load(self.path, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise FileProblemError(self.path, f"the frame cannot be read ({error})") from error
        return Image(pixels=np.ascontiguousarray(stored, np.float32), transfer=self.transfer)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Result:
    """An immutable result; its recipe alone repeats it."""

    recipe: Recipe
    image: Image | None = None
    """What there is to show. None only for a scene whose method made no picture of it; frames without one
    show their first."""
    images: Mapping[str, Image] = field(default_factory=lambda: MappingProxyType({}))
    """Further pictures by name, such as an intermediate stage or a map."""
    scene: GaussianScene | None = None
    frames: tuple[ResultFrame, ...] = ()
    """Pictures of a scene, one per camera, in the method's order."""
    info: Mapping[str, JSON] = field(default_factory=lambda: MappingProxyType({}))
    """Figures that the method reported."""
