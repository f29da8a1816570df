"""The kinds of data, the transfer of their numbers, and the colour filters of sensors."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What an item is; a method says which kinds it accepts."""

    IMAGE = "image"
    """An ordinary picture, also one of low resolution."""
    SPAD = "spad"
    """A capture of a single-photon camera: frames of detections."""
    METALENS = "metalens"
    """A picture taken through a metalens."""
    SPLAT = "splat"
    """A scene of 3D Gaussians."""


class Transfer(StrEnum):
    """How numbers relate to light."""

    LINEAR = "linear"
    SRGB = "srgb"


class ColourFilter(StrEnum):
    """What stands before each pixel of a sensor; the name gives the first 2x2 block, row by row."""

    MONO = "mono"
    RGGB = "rggb"
    GRBG = "grbg"
    BGGR = "bggr"
    GBRG = "gbrg"
