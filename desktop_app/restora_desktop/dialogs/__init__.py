"""Windows that open for one purpose."""

from __future__ import annotations
