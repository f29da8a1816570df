"""Files that ship with the program: samples, and what the window will need."""

from __future__ import annotations
