"""Loaded methods, kept for the next job and given up when memory is needed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
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


class MethodCache:
    """Least recently used methods go first. Only the lane's thread may touch it."""

    def __init__(self) -> None:
        self._methods: OrderedDict[CacheKey, Method] = OrderedDict()

    def __len__(self) -> int:
        return len(self._methods)

    def get(self, key: CacheKey) -> Method | None:
        """The method, if it is loaded."""
        method = self._methods.get(key)
        if method is not None:
            self._methods.move_to_end(key)
        return method

    def put(self, key: CacheKey, method: Method) -> None:
        """Keep a method that was just loaded."""
        self._methods[key] = method

    def drop(self, key: CacheKey, unload: Callable[[Method], None]) -> None:
        """Unload one method."""
        method = self._methods.pop(key, None)
        if method is not None:
            unload(method)

    def drop_oldest(self, unload: Callable[[Method], None], *, keep: CacheKey | None = None) -> bool:
        """Unload the method that was idle longest; False if there is none but `keep`."""
        oldest = next((key for key in self._methods if key != keep), None)
        if oldest is None:
            return False
        self.drop(oldest, unload)
        return True
