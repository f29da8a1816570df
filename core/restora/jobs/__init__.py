"""From a request to a result: lanes, admission, tiles, progress, recipes, the queue and batches."""

from __future__ import annotations
