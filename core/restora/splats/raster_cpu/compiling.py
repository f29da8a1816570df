"""How kernels are compiled, and where their machine code is kept."""

from __future__ import annotations

import hashlib
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

import numba

from restora.folders import Folders

P = ParamSpec("P")
R = TypeVar("R")

FAST_MATH = frozenset({"contract", "reassoc", "nsz", "arcp", "afn"})
"""Without nnan and ninf: thresholds decide what is drawn, and a comparison with NaN must stay false."""
_KEPT_SECONDS = 30 * 24 * 3600
_SETTING = "CACHE_DIR"
_decorating = threading.Lock()


def cache_folder() -> Path:
    """Where compiled kernels lie: below the user's cache, never beside the sources, which may be read-only.

    The name holds a digest of all kernel sources, because numba looks only at the file of a kernel and not
    at the files of what it calls.
    """
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return Folders.of_user().cache / "kernels" / digest.hexdigest()[:16]


@contextmanager
def _cached_below(folder: Path) -> Iterator[None]:
    # numba reads the setting while it decorates; other users of numba in this process keep their own.
    with _decorating:
        before = getattr(numba.config, _SETTING)
        setattr(
            numba.config, _SETTING, before or str(folder)
        )  # NUMBA_CACHE_DIR, where set, is the user's word
        try:
            yield
        finally:
            setattr(numba.config, _SETTING, before)


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile at the first call, or load what an earlier process compiled.

    Kernels release the interpreter lock and use no parallel layer of numba: `workers` spreads them over
    threads of its own, so that neither TBB nor OpenMP nor the layer that aborts on two callers is involved.
    """
    return _kept(function, FAST_MATH)


def exact_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """The same with every operation rounded as it is written.

    What numba loads from its cache may be contracted and reordered otherwise than what it compiled and ran
    in the process before; where that reached a result, the first run on a machine had other last bits.
    """
    return _kept(function, frozenset())


def _kept(function: Callable[P, R], fast_math: frozenset[str]) -> Callable[P, R]:
    with _cached_below(_FOLDER):
        try:
            compiled = _compiled(function, fast_math, cache=True)
        except RuntimeError:  # no folder can be written to: compile in every process
            compiled = _compiled(function, fast_math, cache=False)
    return cast(Callable[P, R], compiled)


def _compiled(function: Callable[..., object], fast_math: frozenset[str], *, cache: bool) -> object:
    return numba.njit(function, cache=cache, nogil=True, error_model="numpy", fastmath=set(fast_math))


def discard_unused(folder: Path, *, now: float | None = None) -> None:
    """Remove what other versions compiled and nobody used for long, where `folder` is new itself."""
    if folder.exists() or not folder.parent.is_dir():
        return
    oldest = (time.time() if now is None else now) - _KEPT_SECONDS
    for other in folder.parent.iterdir():
        if other.is_dir() and other.stat().st_mtime < oldest:
            shutil.rmtree(other, ignore_errors=True)  # another process may still have it open


_FOLDER = cache_folder()
discard_unused(_FOLDER)
