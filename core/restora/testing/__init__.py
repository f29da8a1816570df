"""For authors of methods: conformance checks, vectors, fake methods and a pytest plugin."""

from __future__ import annotations
