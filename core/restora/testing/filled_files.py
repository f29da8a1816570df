"""Files of weights for tests: filled by rule from a manifest, in the container a method is published in."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import TypeVar

from restora.data.json_values import expect
from restora.testing.fill import fill_state_dict

T = TypeVar("T")


def write_filled(
    path: Path, manifest: Mapping[str, object], values: Mapping[str, object] | None = None
) -> Path:
    """A safetensors file, or for any other ending a torch file, with every tensor of a manifest.

    In a torch file names with `/` become nested dictionaries, and `values` lie beside the tensors.
    """
    import torch

    tensors = {name: torch.from_numpy(array) for name, array in fill_state_dict(manifest).items()}
    if path.suffix == ".safetensors":
        from safetensors.torch import save_file

        save_file(tensors, path)
    else:
        torch.save(_nested({**(values or {}), **tensors}), path)
    return path


def _nested(flat: Mapping[str, object]) -> dict[str, object]:
    """`a/b` becomes {a: {b: ...}}."""
    root: dict[str, object] = {}
    for name, value in flat.items():
        *folders, last = name.split("/")
        place = root
        for folder in folders:
            place = expect(place.setdefault(folder, {}), dict, folder)
        place[last] = value
    return root


class BuiltOnce:
    """Networks of an adapter's cases, each built from files in a folder that is gone afterwards, and kept."""

    def __init__(self) -> None:
        self._built: dict[Hashable, object] = {}

    def built(self, key: Hashable, make: Callable[[Path], T]) -> T:
        """What `make` gave for an empty folder; always of one type under one key."""
        if key not in self._built:
            with tempfile.TemporaryDirectory() as folder:
                self._built[key] = make(Path(folder))
        return self._built[key]  # type: ignore[return-value]  # it was made under this key
