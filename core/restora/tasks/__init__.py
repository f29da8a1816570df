"""What doors ask for: orders carried out, results verified, compared, held against the measurement."""

from __future__ import annotations
