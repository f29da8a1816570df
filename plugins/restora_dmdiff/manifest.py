"""DMDiff's methods for metalens photographs; declarations only."""

from __future__ import annotations

from collections.abc import Iterable

from restora.api import MethodInfo, hookimpl
from restora_dmdiff.declarations import IMITATE, RESTORE


@hookimpl
def restora_methods() -> Iterable[MethodInfo]:
    """Restoring, and the way back."""
    return (RESTORE, IMITATE)
