"""Colour profiles: their names for people, and inks converted through theirs."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

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


def inks_through_profile(picture: Image.Image, icc: bytes | None) -> Image.Image:
    """An RGB picture from one in inks: through its profile where it has a usable one, else by the formula."""
    from PIL import ImageCms

    if not icc:
        return picture.convert("RGB")
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        converted = ImageCms.profileToProfile(
            picture, profile, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (OSError, ImageCms.PyCMSError):
        return picture.convert("RGB")
    return converted or picture.convert("RGB")
