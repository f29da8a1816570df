"""gQIR's methods for captures of single-photon cameras; declarations only."""

from __future__ import annotations

from collections.abc import Iterable

from restora.api import MethodInfo, hookimpl
from restora_gqir.declarations import BURST, SINGLE


@hookimpl
def restora_methods() -> Iterable[MethodInfo]:
    """One method per way of working."""
    return (SINGLE, BURST)
