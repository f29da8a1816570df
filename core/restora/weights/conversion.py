"""Weights in the form a method wants them (converted, folded), kept by what they were made from."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from restora.errors import WeightsFormatError
from restora.weights.containers import read_tensors
from restora.weights.hashing import HashRecord
from restora.weights.safetensors_header import read_header
from restora.weights.space import DiskSpaceError, require_space

if TYPE_CHECKING:
    import torch

Build = Callable[[], "Mapping[str, torch.Tensor]"]

_SUFFIX = ".safetensors"
_LOCKS = ".locks"
MOST_BYTES = 20 * 2**30
"""Of all converted weights together; what was unused for longest goes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionKey:
    """What determines converted weights completely."""

    sources: tuple[str, ...]
    """SHA-256 of every file they are made from, in the order of the recipe."""
    recipe: str
    """The name of the conversion, such as `gqir.unet-folded`."""
    version: str
    """Raised whenever the conversion gives other numbers."""

    @property
    def name(self) -> str:
        """The name of the entry: 32 hexadecimal digits."""
        facts = json.dumps([self.recipe, self.version, *self.sources])
        return hashlib.sha256(facts.encode("utf-8")).hexdigest()[:32]


class ConversionCache:
    """A folder of converted weights; everything in it can be made again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def tensors(self, key: ConversionKey, build: Build) -> dict[str, torch.Tensor]:
        """The tensors for `key`, mapped from their file; `build` is only called where there is no sound one.

        Two processes do not build the same entry at once. Whatever `build` raises comes through. Where its
        tensors cannot be kept, they are given back all the same.
        """
        path = self.folder / f"{key.name}{_SUFFIX}"
        with self._locked(key.name):
            if not _is_sound(path):
                built = build()
                with contextlib.suppress(DiskSpaceError, OSError):  # the next time pays for it
                    self._write(path, key, built)
                return dict(built)
            os.utime(_record_of(path))
        return read_tensors(path)

    def prune(self, max_bytes: int = 0) -> int:
        """Delete the entries unused for longest until `max_bytes` remain; returns the bytes freed.

        Drafts of builds that were cut off go as well.
        """
        if not self.folder.is_dir():
            return 0
        freed = sum(_delete(draft) for draft in self.folder.glob("*.new") if not self._is_busy(draft))
        entries = sorted(self.folder.glob(f"*{_SUFFIX}"), key=_last_used)
        kept = sum(entry.stat().st_size for entry in entries)
        for entry in entries:
            if kept <= max_bytes:
                break
            if not self._is_busy(entry):
                size = _delete(entry)
                _delete(_record_of(entry))
                kept -= size
                freed += size
        return freed

    def _write(self, path: Path, key: ConversionKey, tensors: Mapping[str, torch.Tensor]) -> None:
        from safetensors.torch import save_file

        require_space(self.folder, sum(tensor.numel() * tensor.element_size() for tensor in tensors.values()))
        draft = path.with_name(f"{path.name}.new")
        facts = {"recipe": key.recipe, "version": key.version, "sources": ",".join(key.sources)}
        try:
            save_file(_owned(tensors), draft, metadata=facts)
            record = HashRecord.of(draft)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        record.write(_record_of(path))

    @contextlib.contextmanager
    def _locked(self, name: str, timeout_s: float = -1) -> Iterator[None]:
        import filelock

        (self.folder / _LOCKS).mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(self.folder / _LOCKS / f"{name}.lock", timeout=timeout_s):
            yield

    def _is_busy(self, path: Path) -> bool:
        """Whether some process is making or opening this entry right now."""
        try:
            with self._locked(path.name.partition(".")[0], timeout_s=0):
                return False
        except TimeoutError:
            return True


class Conversions:
    """What lanes are handed: converted weights of all plugins in one folder of bounded size."""

    def __init__(self, folder: Path, hash_of: Callable[[Path], str], most_bytes: int = MOST_BYTES) -> None:
        self._cache = ConversionCache(folder)
        self._hash_of = hash_of
        self._most_bytes = most_bytes

    def __call__(
        self, plugin: str, recipe: str, version: str, sources: Sequence[Path], build: Build
    ) -> dict[str, torch.Tensor]:
        """See Context.converted."""
        folder = self._cache.folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return dict(build())
        if not os.access(folder, os.W_OK):
            return dict(build())
        hashes = tuple(self._hash_of(path) for path in sources)
        key = ConversionKey(sources=hashes, recipe=f"{plugin}.{recipe}", version=version)
        tensors = self._cache.tensors(key, build)
        with contextlib.suppress(OSError):  # a file that is mapped cannot be deleted everywhere
            self._cache.prune(self._most_bytes)
        return tensors


def _is_sound(path: Path) -> bool:
    """Whether the entry is what was written: by its record, and by a new hash where size or time changed."""
    record = HashRecord.read(_record_of(path))
    if record is None or not path.is_file():
        return False
    try:
        read_header(path)
    except WeightsFormatError:
        return False
    if record.holds_for(path):
        return True
    fresh = HashRecord.of(path)
    if fresh.sha256 == record.sha256:
        fresh.write(_record_of(path))
    return fresh.sha256 == record.sha256


def _owned(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """On the CPU, contiguous, and none sharing its memory with another: what the format can hold."""
    seen: set[int] = set()
    owned: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        plain = tensor.detach().cpu().contiguous()
        if plain.untyped_storage().data_ptr() in seen:
            plain = plain.clone()
        seen.add(plain.untyped_storage().data_ptr())
        owned[name] = plain
    return owned


def _record_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.json")


def _last_used(path: Path) -> float:
    record = _record_of(path)
    return record.stat().st_mtime if record.exists() else 0.0


def _delete(path: Path) -> int:
    size = path.stat().st_size if path.exists() else 0
    path.unlink(missing_ok=True)
    return size
