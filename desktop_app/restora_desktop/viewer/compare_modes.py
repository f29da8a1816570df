"""The ways of comparing pictures."""

from __future__ import annotations

from enum import StrEnum


class CompareMode(StrEnum):
    """How a viewer arranges its pictures; with fewer than two, every mode shows the one there is."""

    SINGLE = "single"
    """The picture in front; the others at the press of a key."""
    WIPE = "wipe"
    """A to the left, B to the right of an upright line."""
    WIPE_ROWS = "wipe-rows"
    """A above, B below a level line."""
    SIDE_BY_SIDE = "side-by-side"
    """Up to four, each on a pane of its own."""
    DIFFERENCE = "difference"
    """What B adds to A, or takes away."""
    BLINK = "blink"
    """A and B in turn."""
    CONTACT_SHEET = "contact-sheet"
    """All of them, small."""

    @property
    def least_pictures(self) -> int:
        """How many pictures it takes to differ from SINGLE."""
        return 1 if self is CompareMode.SINGLE else 2

    @property
    def most_panes(self) -> int:
        """How many panes it may have."""
        return {CompareMode.SIDE_BY_SIDE: 4, CompareMode.CONTACT_SHEET: 64}.get(self, 1)
