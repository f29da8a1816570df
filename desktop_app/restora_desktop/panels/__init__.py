"""The docks around the viewer."""

from __future__ import annotations
