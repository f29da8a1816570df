"""Files of cameras: COLMAP models, the JSON of nerfstudio and of the original splatting code, and our own."""

from __future__ import annotations

from restora.io.cameras.colmap import cameras_of, read_colmap, read_points
from restora.io.cameras.colmap_model import ColmapModel, ColmapPoints
from restora.io.cameras.colmap_writing import write_colmap
from restora.io.cameras.reading import are_cameras, is_colmap, read_cameras, read_frame_rate, with_pictures
from restora.io.cameras.writing import CAMERA_FORMATS, camera_format_of, camera_losses, write_cameras

__all__ = [
    "CAMERA_FORMATS",
    "ColmapModel",
    "ColmapPoints",
    "are_cameras",
    "camera_format_of",
    "camera_losses",
    "cameras_of",
    "is_colmap",
    "read_cameras",
    "read_colmap",
    "read_frame_rate",
    "read_points",
    "with_pictures",
    "write_cameras",
    "write_colmap",
]
