"""What is done with whole scenes: rendering to files, refining, training, cleaning, describing, curating."""

from __future__ import annotations
