"""Colour profiles: their names for people, and inks converted through theirs."""

from __future__ import annotations

import io

_UNNAMED = "a profile without a readable name"


def profile_name(icc: bytes) -> str:
    """The profile's own description."""
    from PIL import ImageCms

    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc)))
    except (OSError, ImageCms.PyCMSError, ValueError, TypeError):
        return _UNNAMED
    return " ".join(name.split())[:80] or _UNNAMED
