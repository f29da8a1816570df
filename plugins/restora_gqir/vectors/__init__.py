"""Reruns gQIR's conformance vectors: sensor maths, networks, and both ways of working."""

from __future__ import annotations
