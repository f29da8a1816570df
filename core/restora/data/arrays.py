"""Names for the arrays that cross module borders; numpy is only needed by type checkers here."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    ImageArray: TypeAlias = NDArray[np.float32]
    CountStack: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.uint32]
    Mask: TypeAlias = NDArray[np.bool_]
else:
    # At run time the aliases only name a meaning: plugins import them without paying for numpy.
    ImageArray = object
    """float32, height x width x channels (1, 3 or 4; RGB order)."""
    CountStack = object
    """Unsigned integers, frames x height x width (x channels): detections, never scaled."""
    Mask = object
    """bool, height x width; True marks a pixel that must not be trusted."""
