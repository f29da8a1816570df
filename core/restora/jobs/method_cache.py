"""Loaded methods, kept for the next job and given up when memory is needed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from restora.plugins.running import Method

CacheKey: TypeAlias = tuple[str, str, tuple[tuple[str, str, int, int], ...]]
"""Method id, precision, and for each weights file its id, path, size and time of change."""


def cache_key(method_id: str, precision: str, weights: Mapping[str, Path]) -> CacheKey:
    """What makes two loaded methods the same; a file that was replaced makes a difference."""
    files = []
    for file_id, path in sorted(weights.items()):
        status = path.stat()
        files.append((file_id, str(path), status.st_size, status.st_mtime_ns))
    return method_id, precision, tuple(files)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A method on its device."""

    method: Method
    held_mib: float
    """The memory that was gone after it was loaded."""


class MethodCache:
    """Least recently used methods go first. Only the lane's thread may touch it."""

    def __init__(self) -> None:
        self._methods: OrderedDict[CacheKey, Loaded] = OrderedDict()

    def __len__(self) -> int:
        return len(self._methods)

    def get(self, key: CacheKey) -> Method | None:
        """The method, if it is loaded."""
        loaded = self._methods.get(key)
        if loaded is None:
            return None
        self._methods.move_to_end(key)
        return loaded.method

    def held_mib(self, key: CacheKey) -> float:
        """The memory that a loaded method holds; 0 where it is not loaded."""
        loaded = self._methods.get(key)
        return 0.0 if loaded is None else loaded.held_mib

    def put(self, key: CacheKey, method: Method, *, held_mib: float = 0.0) -> None:
        """Keep a method that was just loaded."""
        self._methods[key] = Loaded(method, held_mib)

    def drop(self, key: CacheKey, unload: Callable[[Method], None]) -> None:
        """Unload one method."""
        loaded = self._methods.pop(key, None)
        if loaded is not None:
            unload(loaded.method)

    def drop_oldest(self, unload: Callable[[Method], None], *, keep: CacheKey | None = None) -> bool:
        """Unload the method that was idle longest; False if there is none but `keep`."""
        oldest = next((key for key in self._methods if key != keep), None)
        if oldest is None:
            return False
        self.drop(oldest, unload)
        return True
