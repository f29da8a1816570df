"""What a user can state about a file that is opened, where the file itself does not say it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from restora.data.kinds import Kind, Transfer

if TYPE_CHECKING:
    from restora.io.captures.options import CaptureOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOptions:
    """Every field is optional; what is stated wins over what the file says, and is reported as stated."""

    kind: Kind | None = None
    transfer: Transfer | None = None
    """How the numbers relate to light; pictures only."""
    page: int | None = None
    """Which picture of a TIFF, GIF, WebP or EXR file with several, from 0."""
    frame: int | None = None
    """Which frame of a video, from 0."""
    array: str | None = None
    """Which array of an NPZ archive."""
    max_bytes: int | None = None
    """The most memory that the pixels may take; None: 85 % of what is available."""
    capture: CaptureOptions | None = None
    """Facts about a single-photon capture."""
    cameras: Path | None = None
    """The file or COLMAP folder with the cameras of a scene."""
    pictures: Path | None = None
    """The folder that their photographs lie in."""
    camera_path: Path | None = None
    """The file with a camera path through the scene."""
    degree: int | None = None
    """Harmonics of a scene above it are not read; None: all up to 3."""
