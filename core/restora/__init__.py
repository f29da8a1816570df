"""Restora: pictures from unusual cameras, restored with the method made for each."""

from __future__ import annotations

__version__ = "0.1.0"
