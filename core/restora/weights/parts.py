"""The files of a method by what they hold; each is checked against its manifest before it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from restora.errors import WeightsFormatError, WeightsMissingError
from restora.plugins.declarations import NeedsWeights
from restora.weights.containers import read_contents, read_tensors
from restora.weights.manifest import Expected, check_manifest, load_manifest
from restora.weights.specs import Contents

if TYPE_CHECKING:
    import torch

T = TypeVar("T")
_NONE: Mapping[str, str] = MappingProxyType({})


def load_manifests(
    module: str, parts: Iterable[str], prefixes: Mapping[str, str] = _NONE
) -> dict[str, Expected]:
    """The manifests `manifests/PART.json` of a plugin's package, under names without their part's prefix."""
    return {
        part: without_prefix(load_manifest(f"{module}:manifests/{part}.json"), prefixes.get(part, ""))
        for part in parts
    }


def without_prefix(named: Mapping[str, T], prefix: str) -> dict[str, T]:
    """The same under names that no longer begin with `prefix`."""
    return {name.removeprefix(prefix): each for name, each in named.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFiles:
    """Where the parts of a model lie, and what each must hold."""

    files: Mapping[str, Path]
    """By part; only those that are asked for are needed."""
    manifests: Mapping[str, Expected]
    """By part, under names without the prefix."""
    prefixes: Mapping[str, str] = field(default_factory=lambda: _NONE)
    """What all names of a part begin with in its file."""
    ignored: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Patterns of names, without the prefix, that may be there or not."""
    renamed: Mapping[str, Callable[[str], str]] = field(default_factory=lambda: MappingProxyType({}))
    """By part, from a name in the file to the name in the manifest, both with the prefix."""

    def check(self, *parts: str) -> None:
        """Raise WeightsFormatError where a file does not hold what its part needs; no tensor is read."""
        for part in parts:
            self.contents(part)

    def contents(self, part: str) -> Contents:
        """What the file holds besides numbers of tensors, if it is what the part needs.

        Raises WeightsFormatError where it is something else, or damaged.
        """
        path, prefix = self.files[part], self.prefixes.get(part, "")
        contents = read_contents(path)
        found = self._named(part, contents.tensors)
        if prefix and not any(name.startswith(prefix) for name in found):
            raise WeightsFormatError(path, f"no name begins with {prefix!r}, as in the published file")
        ignored = self.ignored.get(part, ())
        check_manifest(found, self.manifests[part], path=path, ignore=ignored, prefix=prefix)
        return contents

    def tensors(self, part: str) -> dict[str, torch.Tensor]:
        """The part's tensors that its manifest lists, mapped from the checked file where that is possible."""
        self.check(part)
        found = self._named(part, read_tensors(self.files[part], under=self.prefixes.get(part, "")))
        return {name: tensor for name, tensor in found.items() if name in self.manifests[part]}

    def placed(
        self,
        part: str,
        device: torch.device,
        dtype: torch.dtype,
        each: Callable[[], None] = lambda: None,
    ) -> dict[str, torch.Tensor]:
        """The part's tensors on a device, in one type; `each` is called before every one.

        Copies, made one by one: otherwise they would stay mapped to their file, and keep it from being
        replaced.
        """
        tensors = self.tensors(part)
        placed: dict[str, torch.Tensor] = {}
        for name in list(tensors):
            each()
            placed[name] = tensors.pop(name).to(device, dtype, copy=True)
        return placed

    def _named(self, part: str, named: Mapping[str, T]) -> dict[str, T]:
        rename = self.renamed.get(part)
        return dict(named) if rename is None else {rename(name): each for name, each in named.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFiles:
    """The files that a loaded method was given, by the ids it declares."""

    method_id: str
    paths: Mapping[str, Path]
    names: Mapping[str, str]
    """File names of everything that is declared, to be told to people."""

    def __contains__(self, file_id: str) -> bool:
        return file_id in self.paths

    def path(self, file_id: str) -> Path:
        """Where a file lies; raises WeightsMissingError where it is not on this machine."""
        self.need(file_id)
        return self.paths[file_id]

    def need(self, *file_ids: str) -> None:
        """Raise WeightsMissingError naming every one of these files that is not on this machine."""
        missing = [self.names.get(file_id, file_id) for file_id in file_ids if file_id not in self.paths]
        if missing:
            raise WeightsMissingError(self.method_id, missing)


def given_files(info: NeedsWeights, paths: Mapping[str, Path]) -> GivenFiles:
    """What `Method.load` was given."""
    return GivenFiles(method_id=info.id, paths=paths, names={file.id: file.filename for file in info.weights})
