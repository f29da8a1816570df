"""GS-VAR: renders of Gaussian scenes mended by a next-scale autoregressive model, with or without a photograph."""

from __future__ import annotations
