"""Cases that are JSON files: lists of numbers and of names."""

from __future__ import annotations

from restora.testing.vectors import Case, Plan


def plan_of(case: Case) -> Plan | None:
    """How to run a JSON case; None where it is none of GS-VAR's."""
    entries = case.json(case.path.name)
    if isinstance(entries, list) and entries and "tiles_x_y" in entries[0]:
        from restora_gsvar.vectors import tiled  # torch

        return tiled.grid(case)
    return None
