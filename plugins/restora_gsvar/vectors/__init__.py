"""Reruns conformance vectors of GS-VAR through the plugin's own code."""

from __future__ import annotations
