"""DMDiff: metalens photographs restored by one step of a diffusion model (arXiv 2506.22753)."""

from __future__ import annotations
