"""What each method promises, as data: one module per kind of input."""

from __future__ import annotations
