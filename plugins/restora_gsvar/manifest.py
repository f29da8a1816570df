"""GS-VAR's methods for renders of Gaussian scenes; declarations only."""

from __future__ import annotations

from collections.abc import Iterable

from restora.api import MethodInfo, hookimpl
from restora_gsvar.declarations import ENHANCE, FIX, FIX_PATH, FIX_SCENE


@hookimpl
def restora_methods() -> Iterable[MethodInfo]:
    """Mending renders, one, a path or a scene's own, and enhancing pictures."""
    return (FIX, ENHANCE, FIX_PATH, FIX_SCENE)
