"""Bringing a file that is already on this machine into the store, without a second copy where that can be."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from restora.weights.hashing import CHUNK, sha256_of
from restora.weights.space import require_space
from restora.weights.watch import UNWATCHED, Watch


def bring(source: Path, target: Path, *, copy: bool = False, watch: Watch = UNWATCHED) -> str:
    """Make `target` the same file as `source` and return the SHA-256 of what is there.

    Linked (hard, else symbolic) or, with `copy` or where the disk knows no links, copied. Raises OSError,
    DiskSpaceError, and Cancelled with nothing left behind.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    real = source.resolve()
    try:
        if not copy and _link(real, target):
            return sha256_of(target, watch)
        return _copy(real, target, watch)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _link(source: Path, target: Path) -> bool:
    with contextlib.suppress(OSError):
        os.link(source, target)
        return True
    with contextlib.suppress(OSError):
        target.symlink_to(source)
        return True
    return False


def _copy(source: Path, target: Path, watch: Watch) -> str:
    total = source.stat().st_size
    require_space(target.parent, total)
    digest = hashlib.sha256()
    done = 0
    with source.open("rb") as reader, target.open("wb") as writer:
        while chunk := reader.read(CHUNK):
            digest.update(chunk)
            writer.write(chunk)
            done += len(chunk)
            watch.advance(done, total)
    return digest.hexdigest()
