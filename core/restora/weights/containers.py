"""Reading files of weights: names, shapes and types first, the numbers only when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from restora.errors import WeightsFormatError
from restora.plugins.declarations import Container
from restora.weights.safetensors_header import read_header
from restora.weights.specs import Contents, TensorSpec, shown
from restora.weights.torch_files import check_torch_file, load_torch_file

if TYPE_CHECKING:
    import torch

_MAX_DEPTH = 32
_MAX_LEAVES = 1_000_000


def container_of(path: Path) -> Container:
    """Which container the file's first bytes show; WeightsFormatError if none that holds named tensors."""
    try:
        with path.open("rb") as stream:
            start = stream.read(16)
    except OSError as error:
        raise WeightsFormatError(path, f"cannot be read ({error.strerror})") from error
    return "safetensors" if start[8:9] == b"{" else "torch-weights"


def check_container(path: Path, container: Container) -> None:
    """Raise WeightsFormatError where the file cannot be of that container; quick, nothing is unpickled."""
    if container == "safetensors":
        read_header(path)
    elif container == "torch-weights":
        check_torch_file(path)
    elif path.stat().st_size == 0:
        raise WeightsFormatError(path, "the file is empty")


def read_contents(path: Path) -> Contents:
    """Everything in a safetensors or torch file by name, without the numbers of the tensors.

    Raises WeightsFormatError for a file that is damaged, cut short, or asks for more than tensors.
    """
    if container_of(path) == "safetensors":
        return read_header(path)
    tensors: dict[str, TensorSpec] = {}
    values: dict[str, object] = {}
    for name, leaf in _leaves(path, load_torch_file(path, without_data=True)):
        tensor = _as_tensor(path, name, leaf)
        if tensor is None:
            values[name] = leaf
        else:
            dtype = str(tensor.dtype).removeprefix("torch.")
            tensors[name] = TensorSpec(shape=tuple(tensor.shape), dtype=dtype)
    return Contents(tensors=tensors, values=values)


def read_tensors(path: Path, *, under: str = "") -> dict[str, torch.Tensor]:
    """The tensors of a safetensors or torch file on the CPU, mapped from disk where the format allows it.

    With `under`, only those whose name starts with it, named by the rest: `trainer/vae/` for a nested
    dictionary. Raises WeightsFormatError as `read_contents`.
    """
    if container_of(path) == "safetensors":
        return _read_safetensors(path, under)
    found: dict[str, torch.Tensor] = {}
    for name, leaf in _leaves(path, load_torch_file(path)):
        tensor = _as_tensor(path, name, leaf) if name.startswith(under) else None
        if tensor is not None:
            found[name.removeprefix(under)] = tensor
    return found


def _read_safetensors(path: Path, under: str) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError, safe_open

    names = [name for name in read_header(path).tensors if name.startswith(under)]
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            return {name.removeprefix(under): file.get_tensor(name) for name in names}
    except (SafetensorError, OSError) as error:
        raise WeightsFormatError(path, f"the file is damaged ({shown(str(error))})") from error


def _leaves(path: Path, root: object) -> Iterator[tuple[str, object]]:
    """Names and what lies under them; a hostile file may nest endlessly or repeat one part many times."""
    if not isinstance(root, Mapping):
        raise WeightsFormatError(path, f"holds a {type(root).__name__}, expected a dictionary of tensors")
    count = 0
    open_ones: list[tuple[str, object, int]] = [("", root, 0)]
    while open_ones:
        name, value, depth = open_ones.pop()
        children = _children(value)
        if children is None:
            yield name, value
        elif depth >= _MAX_DEPTH:
            raise WeightsFormatError(path, f"its dictionaries are nested more than {_MAX_DEPTH} deep")
        else:
            prefix = f"{name}/" if depth else ""
            open_ones += [(f"{prefix}{key}", child, depth + 1) for key, child in reversed(children)]
        count += 1
        if count + len(open_ones) > _MAX_LEAVES:
            raise WeightsFormatError(path, f"it holds more than {_MAX_LEAVES} entries")


def _children(value: object) -> list[tuple[object, object]] | None:
    """The parts of a dictionary, and of a list that holds tensors or dictionaries; None for a leaf."""
    import torch

    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, list | tuple) and any(isinstance(part, torch.Tensor | Mapping) for part in value):
        return list(enumerate(value))
    return None


def _as_tensor(path: Path, name: str, leaf: object) -> torch.Tensor | None:
    import torch

    if not isinstance(leaf, torch.Tensor):
        return None
    if leaf.layout is not torch.strided:
        raise WeightsFormatError(path, f"{shown(name)} is a {leaf.layout} tensor, expected an ordinary one")
    return leaf.detach()
