"""Single-photon maths on numpy arrays: forward model, counts, inversion, colour filters, bad pixels."""

from __future__ import annotations

from restora.photons.forward import Sensor, Simulation, simulate

__all__ = ["Sensor", "Simulation", "simulate"]
