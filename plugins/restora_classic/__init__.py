"""Baselines that need no weights."""

from __future__ import annotations
