"""The `restora` command: one module per group, none of which imports more than it needs."""

from __future__ import annotations
