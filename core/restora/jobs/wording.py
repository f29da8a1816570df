"""Amounts as people write them."""

from __future__ import annotations


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
