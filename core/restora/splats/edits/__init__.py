"""Changes to a scene as pure functions: each returns a new scene and leaves the old one as it is."""

from __future__ import annotations
