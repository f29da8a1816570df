"""Maths of Gaussian scenes: rasterisers, cameras and reference views, clean-up, refinement."""

from __future__ import annotations
