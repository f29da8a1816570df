"""The photographs that a scene's cameras name: found, read when they are needed, and straightened."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
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
    _read: OrderedDict[int, TrainingView] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self.cameras)

    def view(self, index: int) -> TrainingView:
        """One of them with its camera, lens distortion undone; raises where the file cannot be used."""
        if index not in self._read:
            self._read[index] = photo_view(self.cameras[index], _pixels(self.paths[index]))
            while len(self._read) > _KEPT:
                self._read.popitem(last=False)
        self._read.move_to_end(index)
        return self._read[index]


def found(cameras: CameraSet) -> Photographs:
    """The photographs of a scene's cameras whose files are there."""
    there = [(camera, path) for camera in cameras if (path := cameras.picture_of(camera)) is not None]
    return Photographs(cameras=tuple(c for c, _ in there), paths=tuple(p for _, p in there))


def straight(cameras: Sequence[Camera]) -> tuple[Camera, ...]:
    """The cameras without their lens's faults, as renders are made."""
    from dataclasses import replace

    return tuple(replace(camera, distortion=()) for camera in cameras)


def _pixels(path: Path) -> ImageArray:
    from restora.io.opening import open_item
    from restora.quality.views import displayed

    colours = np.asarray(displayed(open_item(path).image()), np.float32)
    return colours if colours.shape[2] == 3 else np.repeat(colours, 3, axis=2)
