"""What a scene is, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from restora.data.scene import GaussianScene
from restora.errors import BadInputError
from restora.splats.attributes import ATTRIBUTES, Statistics, statistics
from restora.splats.edits.cleaning import is_broken
from restora.splats.framing import Framing, framing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Description:
    """A scene's numbers."""

    count: int
    degree: int
    is_antialiased: bool
    broken: int
    """Gaussians that cannot be drawn."""
    dropped: int
    framing: Framing
    statistics: Mapping[str, Statistics]
    """By attribute; attributes without a finite number are left out."""
    cameras: int
    cameras_from: str
    photographs: int
    """How many of the cameras have theirs."""
    distorted: int
    """Cameras whose lens bends."""


def describe(scene: GaussianScene) -> Description:
    """All that `restora scene info` tells."""
    found = {}
    for attribute in ATTRIBUTES.values():
        try:
            found[attribute.id] = statistics(attribute.measure(scene))
        except BadInputError:
            continue
    cameras = scene.cameras
    return Description(
        count=scene.count,
        degree=scene.degree,
        is_antialiased=scene.is_antialiased,
        broken=int(is_broken(scene).sum()),
        dropped=scene.dropped,
        framing=framing(scene),
        statistics=MappingProxyType(found),
        cameras=len(cameras),
        cameras_from=cameras.source,
        photographs=sum(cameras.picture_of(camera) is not None for camera in cameras),
        distorted=sum(camera.is_distorted for camera in cameras),
    )
