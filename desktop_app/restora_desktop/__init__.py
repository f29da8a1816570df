"""The window: a door to the workbench, and the only place that knows Qt."""

from __future__ import annotations
