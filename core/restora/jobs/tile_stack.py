"""The pictures that a method makes of one tile, laid upon each other, so that they are joined in one go."""

from __future__ import annotations

import numpy as np

from restora.data.arrays import ImageArray
from restora.errors import OutputRejectedError
from restora.jobs.checks import check_picture
from restora.plugins.running import Output


class TileStack:
    """Every tile must bring the same pictures, all of one size; the first tile says which."""

    def __init__(self, method_id: str) -> None:
        self._method_id = method_id
        self._layers: dict[str, int] | None = None
        """Channels by name; the result itself has no name and comes first."""

    def lay(self, output: Output, *, expected_size: tuple[int, int]) -> ImageArray:
        """All pictures of a tile as channels of one; raises OutputRejectedError where they do not fit."""
        pictures = {
            name: check_picture(self._method_id, image, expected_size=expected_size, name=name)
            for name, image in {"": output.image, **output.images}.items()
        }
        layers = {name: int(image.shape[2]) for name, image in pictures.items()}
        if self._layers is None:
            self._layers = layers
        if layers != self._layers:
            found, first = _told(layers), _told(self._layers)
            raise OutputRejectedError(self._method_id, f"{found} for one tile and {first} for another")
        if len(pictures) == 1:
            return pictures[""]
        return np.concatenate([pictures[name] for name in self._layers], axis=2)

    def split(self, joined: ImageArray) -> Output:
        """The joined pictures, apart again."""
        assert self._layers is not None  # there was at least one tile
        if len(self._layers) == 1:
            return Output(image=joined)
        parts, start = {}, 0
        for name, channels in self._layers.items():
            parts[name] = np.ascontiguousarray(joined[:, :, start : start + channels])
            start += channels
        return Output(image=parts.pop(""), images=parts)


def _told(layers: dict[str, int]) -> str:
    return ", ".join(f"{name or 'result'} with {channels} channels" for name, channels in layers.items())
