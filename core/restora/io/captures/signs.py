"""By what a capture's format is known, so that only the module that reads it needs to be imported."""

from __future__ import annotations

ZIP_MAGIC = b"PK\x03\x04"
HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
MATLAB_OFFSET = 512
"""Where HDF5 begins in a MATLAB file."""
MAT5_MAGIC = b"MATLAB 5.0 MAT-file"
MATLAB_INFO = "info.json"
"""Beside a capture in several MAT files."""
BIN_SUFFIX = ".bin"
TRANSFORMS = "transforms.json"
"""Describes a capture in the same folder, or names it."""
OWN_SUFFIX = ".restora.json"
"""Of our own sidecar, after the capture's whole name."""
PICTURE_SUFFIXES = (".png", ".tif", ".tiff")


def is_hdf5(head: bytes) -> bool:
    """Whether the content starts as HDF5 does, or as a MATLAB file around it."""
    return head.startswith(HDF5_MAGIC) or head[MATLAB_OFFSET:].startswith(HDF5_MAGIC)
