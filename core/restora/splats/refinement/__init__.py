"""Pictures and cameras make a scene better: losses, optimiser, densification, evaluation, the loop."""

from __future__ import annotations
