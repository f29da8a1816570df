"""Files in formats that plugins declare."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from restora.data.item import Data, Probe
from restora.io.opening import ReaderLike
from restora.plugins.declarations import ReaderInfo
from restora.plugins.factory import load_object


class LazyReader:
    """A plugin's reader, imported when a file turns out to be its own."""

    def __init__(self, info: ReaderInfo) -> None:
        self.id = info.id
        self.magic = info.magic
        self._info = info

    def probe(self, path: Path) -> Probe:
        """See ReaderInfo."""
        return self._reader.probe(path)

    def read(self, path: Path) -> Data:
        """See ReaderInfo."""
        return self._reader.read(path)

    @cached_property
    def _reader(self) -> ReaderLike:
        factory = load_object(self._info.factory, self._info.id.partition(".")[0])
        reader: ReaderLike = factory()  # type: ignore[operator]  # opening is guarded where readers are called
        return reader
