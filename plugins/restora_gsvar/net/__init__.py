"""GS-VAR's networks and the arithmetic between them; only this plugin imports them."""

from __future__ import annotations
