"""The classical methods that everyone has before any weights are there; declarations only."""

from __future__ import annotations

from collections.abc import Iterable

from restora.api import MethodInfo, hookimpl
from restora_classic.declarations import pictures


@hookimpl
def restora_methods() -> Iterable[MethodInfo]:
    """All methods of this plugin, in the order of the menu."""
    return pictures.METHODS
