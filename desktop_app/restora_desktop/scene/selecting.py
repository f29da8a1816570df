"""How a new choice of Gaussians joins what is selected already."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask: TypeAlias = NDArray[np.bool_]


class Joining(StrEnum):
    """As in other programs: Shift adds, Ctrl takes away."""

    REPLACE = "replace"
    ADD = "add"
    REMOVE = "remove"

    @classmethod
    def of_keys(cls, modifiers: Qt.KeyboardModifier) -> Joining:
        """What the held keys mean."""
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            return cls.ADD
        return cls.REMOVE if modifiers & Qt.KeyboardModifier.ControlModifier else cls.REPLACE


def joined(old: Mask, new: Mask, joining: Joining, kept: Mask) -> Mask:
    """The selection after a choice; rows that are deleted are never selected."""
    if joining is Joining.ADD:
        chosen = old | new
    elif joining is Joining.REMOVE:
        chosen = old & ~new
    else:
        chosen = new
    return np.asarray(chosen & kept)
