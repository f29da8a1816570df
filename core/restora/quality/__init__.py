"""Figures for the quality of a picture, with and without a reference."""

from __future__ import annotations
