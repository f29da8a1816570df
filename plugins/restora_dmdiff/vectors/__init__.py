"""Reruns conformance vectors of DMDiff through the plugin's own code."""

from __future__ import annotations
