"""Single-photon maths on numpy arrays: forward model, counts, inversion, colour filters, bad pixels."""

from __future__ import annotations
