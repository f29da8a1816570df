"""What plugins declare, and the host that loads them without trusting them."""

from __future__ import annotations
