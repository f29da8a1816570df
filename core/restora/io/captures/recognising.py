"""Tells captures from pictures by what a file or folder holds."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from restora.io.captures.folders import bin_files
from restora.io.captures.sidecars import has_sidecar
from restora.io.captures.signs import (
    BIN_SUFFIX,
    MAT5_MAGIC,
    MATLAB_INFO,
    PICTURE_SUFFIXES,
    TRANSFORMS,
    ZIP_MAGIC,
    is_hdf5,
)
from restora.io.captures.transforms import read_transforms
from restora.io.npy_header import MAGIC as NPY_MAGIC

if TYPE_CHECKING:
    import numpy as np

_PICTURE_CHANNELS = (1, 3, 4)


def claims(path: Path, head: bytes) -> bool:
    """Whether a file or folder is a capture by what it holds, where nobody stated a kind.

    A TIFF or PNG file never is: pictures come in them. A folder is, where its pictures are numbered frames.
    """
    if path.is_dir():
        return _claims_folder(path)
    if path.name == TRANSFORMS:
        return _names_capture(path)
    if is_hdf5(head) or head.startswith(MAT5_MAGIC) or path.suffix.lower() == BIN_SUFFIX:
        return True
    if head.startswith((NPY_MAGIC, ZIP_MAGIC)):
        return _claims_arrays(path, head)
    return False


def _claims_folder(folder: Path) -> bool:
    if (folder / TRANSFORMS).exists():
        return _names_capture(folder / TRANSFORMS)
    if (folder / MATLAB_INFO).exists() and (folder / "part_1.mat").exists():
        return True
    if bin_files(folder):
        return True
    found = [entry for entry in folder.iterdir() if entry.suffix.lower() in PICTURE_SUFFIXES]
    return len(found) > 1 and all(any(letter.isdigit() for letter in entry.stem) for entry in found)


def _names_capture(sidecar: Path) -> bool:
    named = read_transforms(sidecar).file_path
    return named is not None and PurePosixPath(named).suffix.lower() in (".npy", ".npz", ".h5", ".hdf5")


def _claims_arrays(path: Path, head: bytes) -> bool:
    if has_sidecar(path):
        return True
    if head.startswith(NPY_MAGIC):
        from restora.io.captures.npy import stored_array

        return _is_stack(*stored_array(path))
    from restora.io.captures.npz import stored_arrays

    return any(_is_stack(dtype, shape) for dtype, shape in stored_arrays(path))


def _is_stack(dtype: np.dtype[np.generic], shape: tuple[int, ...]) -> bool:
    """Whether an array has more axes than a picture, and counts."""
    is_deep = len(shape) == 4 or (len(shape) == 3 and shape[2] not in _PICTURE_CHANNELS)
    return dtype.kind in "bui" and is_deep
