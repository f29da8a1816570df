"""The photographs that a scene's cameras name: found, read when they are needed, and straightened."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from restora.api import Camera, CameraSet, ImageArray
from restora.splats.refinement.views import TrainingView, photo_view

if TYPE_CHECKING:
    from pathlib import Path

_KEPT = 8
"""Photographs in memory: a path keeps to a few for a while."""


@dataclass(slots=True, kw_only=True, eq=False)
class Photographs:
    """All that are on this machine, in the order of the cameras."""

    cameras: tuple[Camera, ...]
    paths: tuple[Path, ...]
    longest_side: int = 0
    """Pixels they are made smaller to; 0 leaves them as they are."""
    _read: OrderedDict[int, TrainingView] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self.cameras)

    def view(self, index: int) -> TrainingView:
        """One of them with its camera, lens distortion undone; raises where the file cannot be used."""
        if index not in self._read:
            self._read[index] = self.read(index)
            while len(self._read) > _KEPT:
                self._read.popitem(last=False)
        self._read.move_to_end(index)
        return self._read[index]

    def read(self, index: int) -> TrainingView:
        """The same without remembering it."""
        pixels = _pixels(self.paths[index])
        return photo_view(self.cameras[index], pixels, longest_side=self.longest_side or None)


def found(cameras: CameraSet, *, longest_side: int = 0) -> Photographs:
    """The photographs of a scene's cameras whose files are there."""
    there = [(camera, path) for camera in cameras if (path := cameras.picture_of(camera)) is not None]
    paths = tuple(path for _, path in there)
    return Photographs(cameras=tuple(camera for camera, _ in there), paths=paths, longest_side=longest_side)


def _pixels(path: Path) -> ImageArray:
    from restora.io.opening import open_item
    from restora.quality.views import displayed

    colours = np.asarray(displayed(open_item(path).image()), np.float32)
    return colours if colours.shape[2] == 3 else np.repeat(colours, 3, axis=2)
