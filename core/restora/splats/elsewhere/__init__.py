"""Drawing scenes in another process, where a driver or kernel that fails takes nothing else along."""

from __future__ import annotations
