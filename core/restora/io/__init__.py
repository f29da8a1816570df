"""File formats: one module per family, recognised by content, read without trust, written atomically."""

from __future__ import annotations
