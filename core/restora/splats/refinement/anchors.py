"""A pull back to where a scene began, so that few pictures do not bend what they do not show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from restora.splats.refinement.rows import Rows

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

_UNITS = {
    "quats": 0.1,
    "log_scales": 0.5,
    "logit_opacities": 1.0,
    "sh_constant": 0.3,
    "sh_rest": 0.1,
}
"""A change of this size of one number costs as much as one of a hundredth of the extent in a position."""
_MEANS_UNIT = 0.01


class Anchors:
    """Adds strength · mean((value - begin)² / unit²) to the loss, through the gradients."""

    def __init__(self, rows: Rows, strength: float, extent: float) -> None:
        self._begin = {name: value.detach().clone() for name, value in rows.values.items()}
        self._strength = strength
        self._units = {**_UNITS, "means": _MEANS_UNIT * extent}

    def pull(self, rows: Rows) -> None:
        """Add the gradients; called between the loss's own and the optimiser's step."""
        for name, value in rows.values.items():
            if value.numel() == 0:
                continue
            factor = 2 * self._strength / self._units[name] ** 2 / value.numel()
            pull = (value.detach() - self._begin[name]) * factor
            value.grad = pull if value.grad is None else value.grad.add_(pull)

    def take(self, index: torch.Tensor) -> None:
        """Follow rows that were taken out."""
        self._begin = {name: value[index] for name, value in self._begin.items()}

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Where it began, to be saved."""
        return {name: value.cpu().numpy() for name, value in self._begin.items()}

    def restore(self, arrays: Mapping[str, NDArray[np.float32]]) -> None:
        """Take over what `arrays` gave."""
        import torch

        device = self._begin["means"].device
        self._begin = {name: torch.from_numpy(arrays[name].copy()).to(device) for name in self._begin}
