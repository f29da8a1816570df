"""Scenes that were edited and belong to no file, in the folder of a session."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from restora.data.camera import CameraSet
from restora.data.item import Item
from restora.data.kinds import Kind
from restora.data.scene import GaussianScene
from restora.io.cameras import read_cameras, write_cameras
from restora.io.scenes import read_scene, write_scene
from restora_desktop.models.items import Node
from restora_desktop.scene.document import SceneState
from restora_desktop.scene.sources import state_item

_SUFFIX = ".kept.ply"


def scene_file_of(node: Node) -> str | None:
    """The name of its file; another one after every edit. None for what comes from a file or is no scene."""
    item = node.item
    if item.path is not None or item.kind is not Kind.SPLAT:
        return None
    return f"{node.uid[:16]}-{id(item):x}{_SUFFIX}"


def keep_scene(path: Path, scene: GaussianScene) -> None:
    """Write a scene with its cameras."""
    if len(scene.cameras):
        write_cameras(_cameras_beside(path), scene.cameras, "path")
    write_scene(path, scene)


def kept_item(folder: Path, file: str, name: str) -> Item:
    """A kept scene as it was: an item that belongs to no file; raises FileProblemError where it is gone."""
    # A session is text from elsewhere: it may name a file beside it, but none in another place.
    path = folder / Path(file).name
    beside = _cameras_beside(path)
    cameras = read_cameras(beside) if beside.is_file() else CameraSet()
    return state_item(SceneState(replace(read_scene(path), cameras=cameras)), name)


def forget_scenes(folder: Path, kept: Collection[str]) -> None:
    """Remove the files of scenes that are in no row any more."""
    for old in folder.glob(f"*{_SUFFIX}"):
        if old.name not in kept:
            old.unlink(missing_ok=True)
            _cameras_beside(old).unlink(missing_ok=True)


def _cameras_beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.cameras.json")
