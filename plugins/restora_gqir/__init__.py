"""gQIR: pictures from the detections of a single-photon camera (arXiv 2602.20417)."""

from __future__ import annotations
