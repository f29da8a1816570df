"""Colour profiles: their names for people, and inks converted through theirs."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from restora.data.photon_cube import Fact, Origin

if TYPE_CHECKING:
    from PIL import Image

_UNNAMED = "a profile without a readable name"


def profile_name(icc: bytes) -> str:
    """The profile's own description."""
    from PIL import ImageCms

    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc)))
    except (OSError, ImageCms.PyCMSError, ValueError, TypeError):
        return _UNNAMED
    return " ".join(name.split())[:80] or _UNNAMED


def is_ink_profile(icc: object) -> bool:
    """Whether it is a readable profile for cyan, magenta, yellow and black."""
    if not isinstance(icc, bytes) or icc[16:20] != b"CMYK":
        return False
    from PIL import ImageCms

    try:
        ImageCms.ImageCmsProfile(io.BytesIO(icc))
    except OSError:
        return False
    return True


def srgb_from_inks(picture: Image.Image, icc: object) -> Image.Image:
    """A picture in inks as sRGB: through its profile where that is usable, else by the plain formula."""
    from PIL import ImageCms

    if not (isinstance(icc, bytes) and is_ink_profile(icc)):
        return picture.convert("RGB")
    srgb = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(picture, io.BytesIO(icc), srgb, outputMode="RGB")
    return converted or picture.convert("RGB")


def ink_fact(icc: object) -> Fact:
    """How inks became RGB."""
    if is_ink_profile(icc):
        return Fact(name="inks", value="converted to sRGB through the file's profile", origin=Origin.FILE)
    return Fact(name="inks", value="converted to RGB without a profile", origin=Origin.ASSUMED)
