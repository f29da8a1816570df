"""Qt models and controllers; none of them knows a widget."""

from __future__ import annotations
