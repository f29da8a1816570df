"""What is done with whole scenes and their files: render, refine, train, clean, describe, curate."""

from __future__ import annotations
