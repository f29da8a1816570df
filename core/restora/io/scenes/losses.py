"""What small formats leave out, in sentences that people read before they export."""

from __future__ import annotations

import numpy as np

from restora.data.scene import GaussianScene
from restora.io.scenes.activations import colour_of


def left_out(scene: GaussianScene, *, degree: int = 3, antialiased: bool = False) -> tuple[str, ...]:
    """What a format leaves out that keeps bands up to `degree`, and the antialiased flag or not."""
    said = []
    if scene.degree > degree:
        kept = "no harmonics: colours no longer change with the side" if degree == 0 else f"degree {degree}"
        said.append(f"keeps {kept} (the scene has degree {scene.degree})")
    if scene.is_antialiased and not antialiased:
        said.append("does not keep that the scene is antialiased")
    if scene.extra:
        said.append(f"does not keep the columns {', '.join(scene.extra)[:100]}")
    return tuple(said)


def clipped_colours(scene: GaussianScene) -> tuple[str, ...]:
    """Whether colours outside 0 to 1 would be clipped, and of how many Gaussians."""
    colours = colour_of(scene.sh[:, 0])
    count = int(np.count_nonzero(((colours < 0) | (colours > 1)).any(axis=1)))
    return (f"clips the colours of {count} Gaussians to 0 to 1",) if count else ()
