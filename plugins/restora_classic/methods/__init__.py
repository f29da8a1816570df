"""The heavy parts, one idea per module; imported on the lane at first use."""

from __future__ import annotations
