"""Checkpoints of gsplat's trainer: tensors in a file of torch.save, read so that nothing in it can run."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.scene import GaussianScene
from restora.errors import FileProblemError
from restora.io.progress import tell
from restora.io.scenes.bundle import ZIP
from restora.io.scenes.format import MOST_DEGREE, SceneHeader
from restora.io.scenes.soundness import sound_scene

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "gsplat checkpoint"
SUFFIXES: tuple[str, ...] = (".pt",)

_PICKLE = "data.pkl"
_LARGEST_PICKLE = 2**20
_SHAPES: dict[str, tuple[int | None, ...]] = {
    "means": (3,),
    "quats": (4,),
    "scales": (3,),
    "opacities": (),
    "sh0": (1, 3),
    "shN": (None, 3),
}
_RANK = re.compile(r"(.*_rank)(\d+)(\.pt)")


def sniff(head: bytes, path: Path) -> bool:
    """Whether it is an archive of torch.save whose pickle speaks of splats with means."""
    if not head.startswith(ZIP):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            name = next(name for name in archive.namelist() if name.rpartition("/")[2] == _PICKLE)
            with archive.open(name) as member:
                text = member.read(_LARGEST_PICKLE)
    except (zipfile.BadZipFile, StopIteration, OSError, ValueError, RuntimeError, NotImplementedError):
        return False
    return b"splats" in text and b"means" in text


def header(path: Path) -> SceneHeader:
    """Count and degree of all ranks together."""
    parts = [_tensors(each) for each in ranks_of(path)]
    others = len(parts) - 1
    return SceneHeader(
        format=NAME,
        count=sum(len(part["means"]) for part in parts),
        degree=_degree(path, parts),
        working_bytes=300,
        warnings=(f"is read together with {others} files of other ranks",) if others else (),
    )


def read(path: Path, degree: int) -> GaussianScene:
    """The ranks one after another."""
    parts = [_tensors(each) for each in ranks_of(path)]
    kept = (min(_degree(path, parts), degree) + 1) ** 2 - 1
    arrays = {}
    for name in _SHAPES:
        arrays[name] = np.concatenate([_floats(part[name]) for part in parts])
        tell(len(arrays), len(_SHAPES) + 1)
    sh = np.concatenate([arrays["sh0"], arrays["shN"][:, :kept]], axis=1)
    return sound_scene(path, arrays["means"], arrays["quats"], arrays["scales"], arrays["opacities"], sh)


def ranks_of(path: Path) -> tuple[Path, ...]:
    """All files of the step, where training ran on several devices; raises where one is missing."""
    match = _RANK.fullmatch(path.name)
    if match is None:
        return (path,)
    found = {}
    for each in path.parent.iterdir():
        other = _RANK.fullmatch(each.name)
        if other is not None and other[1] == match[1] and len(other[2]) < 6:
            found[int(other[2])] = each
    missing = [str(rank) for rank in range(max(found) + 1) if rank not in found]
    if missing:
        raise FileProblemError(path, f"the files of rank {', '.join(missing[:9])} are not beside it")
    return tuple(found[rank] for rank in sorted(found))


def _tensors(path: Path) -> dict[str, Any]:
    """The six tensors, still on disk; Any, because torch must not be imported for its types."""
    content = _loaded(path)
    splats = content.get("splats") if isinstance(content, dict) else None
    if not isinstance(splats, dict):
        raise FileProblemError(path, "is a file of torch.save without splats")
    missing = [name for name in _SHAPES if name not in splats]
    if missing:
        raise FileProblemError(path, f"its splats lack {', '.join(missing)}")
    found = {name: splats[name] for name in _SHAPES}
    _check_shapes(path, found)
    return found


def _loaded(path: Path) -> object:
    import warnings

    import torch

    _check_container(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about old storages; what matters is checked by shape
            loaded: object = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
            return loaded
    except Exception as error:
        # A damaged or hostile pickle raises anything; torch's own text advises to trust it.
        raise FileProblemError(
            path,
            "is damaged, or asks for more than tensors, so it is not loaded",
            advice="Save it again with tensors only, or export a PLY file from its trainer.",
        ) from error


def _check_container(path: Path) -> None:
    """Members stored as they are and no larger than the file, so that nothing unpacks to more."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise FileProblemError(path, f"is no whole file of torch.save ({error})") from error
    is_packed = any(member.compress_type != zipfile.ZIP_STORED for member in members)
    if is_packed or sum(member.file_size for member in members) > path.stat().st_size:
        raise FileProblemError(path, "its members are packed, torch.save stores them as they are")


def _check_shapes(path: Path, found: dict[str, Any]) -> None:
    import torch

    for name, rest in _SHAPES.items():
        tensor = found[name]
        if not isinstance(tensor, torch.Tensor) or not tensor.is_floating_point():
            raise FileProblemError(path, f"its {name} are no tensor of floats")
        shape, count = tuple(tensor.shape), len(found["means"]) if found["means"].ndim else 0
        fits = len(shape) == 1 + len(rest) and shape[0] == count
        if not fits or any(want not in (None, got) for want, got in zip(rest, shape[1:], strict=False)):
            wanted = " x ".join(["N", *("K" if each is None else str(each) for each in rest)])
            raise FileProblemError(path, f"its {name} have the shape {shape}, expected {wanted}")
        if not tensor.is_contiguous() and tensor.numel():
            raise FileProblemError(path, f"its {name} are not stored one after another")


def _degree(path: Path, parts: list[dict[str, Any]]) -> int:
    widths = {int(part["shN"].shape[1]) for part in parts}
    degree = next((degree for degree in range(MOST_DEGREE + 1) if widths == {(degree + 1) ** 2 - 1}), None)
    if degree is None:
        raise FileProblemError(path, f"its shN have {sorted(widths)} coefficients, expected 0, 3, 8 or 15")
    return degree


def _floats(tensor: Any) -> NDArray[np.float32]:
    found: NDArray[np.float32] = tensor.detach().float().numpy()
    return found
