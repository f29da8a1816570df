"""What the core itself offers to stored vectors, by a name that stands where a method's id could stand.

One subject may have several adapters; each takes the cases that are its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CORE_SUBJECTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "splats": (
            "restora.testing.splats.files:SceneFiles",
            "restora.testing.splats.cameras:CameraFiles",
            "restora.testing.splats.renders:Renders",
            "restora.testing.splats.gradients:Gradients",
        )
    }
)
"""Name and the `module:class` of its adapters, which are only imported when their vectors are run."""
