"""How many windows go through the networks at once where nobody says."""

from __future__ import annotations

from restora_gsvar.declarations import MEMORY

AUTOMATIC = 0
"""The parameter's value that asks for this."""
_HELD_MIB = {"fp32": 3600, "bf16": 2100}
"""Weights."""
_DECODING_MIB = {"fp32": 1950, "bf16": 1000}
"""One window through the bridge, while recorded batches keep their room."""
_ROW_MIB = {"fp32": 950, "bf16": 475}
"""A render or a photograph on its way, with its keys and values."""


def windows_at_once(stated: int, *, device: str, precision: str, rows: int) -> int:
    """As stated; else what the declared memory holds, with so many rows per window.

    It depends on nothing else, so that the same request gives the same bits. A processor goes one by one,
    because it would not be quicker otherwise.
    """
    if stated != AUTOMATIC:
        return stated
    if device == "cpu":
        return 1
    declared = next(rule.fixed_mib for rule in MEMORY if rule.precision == precision)
    left = declared - _HELD_MIB[precision] - _DECODING_MIB[precision]
    return max(1, left // (rows * _ROW_MIB[precision]))
