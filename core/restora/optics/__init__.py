"""Lens maths: resampling, blur, veil, noise, and models of what cameras and downscaling do to a picture."""

from __future__ import annotations
