"""Amounts as people write them."""

from __future__ import annotations

import textwrap

_LONGEST = 500
"""Characters of an error's own text; the whole of it stands in the details."""


def readable_memory(mib: float) -> str:
    """Memory, from mebibytes."""
    return f"{mib / 1024:.1f} GiB" if mib >= 1024 else f"{max(mib, 1):.0f} MiB"


def readable_time(seconds: float) -> str:
    """A duration, from seconds."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def readable_gaussians(count: int) -> str:
    """How many Gaussians a scene has."""
    if count >= 1e6:
        return f"{count / 1e6:.1f} million Gaussians"
    return f"{count} Gaussian" if count == 1 else f"{count:,} Gaussians"


def told(error: BaseException) -> str:
    """What an error says, on one line and not too long; its kind where it says nothing."""
    kind = type(error).__name__
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - the plugin's guard: its error may not even be able to say what it is
        return kind
    return textwrap.shorten(text, _LONGEST, placeholder=" …") if text else kind
