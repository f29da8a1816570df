"""Files of weights: what methods need, what is here, how it is fetched, checked and read safely."""

from __future__ import annotations
