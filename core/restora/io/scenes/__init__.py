"""Files of Gaussian scenes: every format that we know, its header checked before anything is allocated."""

from __future__ import annotations

from restora.io.scenes.formats import WRITERS, scene_suffixes, writable_scene_suffixes
from restora.io.scenes.reading import is_scene, open_scene, read_scene
from restora.io.scenes.writing import check_writable, losses_of, write_scene

__all__ = [
    "WRITERS",
    "check_writable",
    "is_scene",
    "losses_of",
    "open_scene",
    "read_scene",
    "scene_suffixes",
    "writable_scene_suffixes",
    "write_scene",
]
