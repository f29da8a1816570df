"""Captures of single-photon cameras: every layout we know, opened without loading them."""

from __future__ import annotations

from restora.io.captures.opening import open_capture, open_cube, probe
from restora.io.captures.options import CaptureOptions

__all__ = ["CaptureOptions", "open_capture", "open_cube", "probe"]
