"""Parts around networks that two or more methods share."""

from __future__ import annotations
