"""GS-VAR: renders of Gaussian scenes, mended by a next-scale autoregressive model."""

from __future__ import annotations
