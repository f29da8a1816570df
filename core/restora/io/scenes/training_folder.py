"""The scene in a folder that training left behind: its last iteration."""

from __future__ import annotations

import re
from pathlib import Path

from restora.io.decoding import is_folder

_ITERATION = re.compile(r"iteration_(\d{1,9})")
_CHECKPOINT = re.compile(r"ckpt_(\d{1,9})(_rank0)?\.pt")


def scene_in(folder: Path) -> Path | None:
    """`point_cloud/iteration_N/point_cloud.ply` of the original code, or `ckpts/ckpt_N*.pt` of gsplat's.

    None where the folder is no such one.
    """
    if not is_folder(folder):
        return None
    iterations = {
        int(match[1]): each / "point_cloud.ply"
        for each in _entries(folder / "point_cloud")
        if (match := _ITERATION.fullmatch(each.name)) and (each / "point_cloud.ply").is_file()
    }
    checkpoints = {
        int(match[1]): each
        for each in _entries(folder / "ckpts")
        if (match := _CHECKPOINT.fullmatch(each.name)) and each.is_file()
    }
    found = iterations or checkpoints
    return found[max(found)] if found else None


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir()) if folder.is_dir() else []
    except OSError:
        return []
