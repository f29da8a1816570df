"""The network that only gQIR has."""

from __future__ import annotations
