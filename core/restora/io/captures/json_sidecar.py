"""A small JSON file beside a capture, read with care for its size and kind."""

from __future__ import annotations

import json
from pathlib import Path

from restora.data.json_values import expect
from restora.errors import FileProblemError
from restora.io.decoding import check_ordinary

_LARGEST_SIDECAR = 256 * 2**20
"""Bytes: a pose per frame of a million frames still fits."""


def read_object(path: Path) -> dict[str, object]:
    """The entries of a JSON file; raises FileProblemError where it holds anything else."""
    check_ordinary(path)
    if path.stat().st_size > _LARGEST_SIDECAR:
        raise FileProblemError(
            path, f"is larger than {_LARGEST_SIDECAR // 2**20} MiB, which no sidecar needs"
        )
    try:
        return expect(json.loads(path.read_bytes().decode("utf-8-sig")), dict, "the whole")
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise FileProblemError(path, f"cannot be read as JSON: {error}") from error
