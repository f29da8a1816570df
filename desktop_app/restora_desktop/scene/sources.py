"""Scenes that rows of the list hold, each with its place in the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from restora.data.item import Item, Probe
from restora.data.kinds import Kind
from restora.splats.camera_paths import CameraPath
from restora.splats.framing import Framing, UpAxis
from restora_desktop.models.items import Node
from restora_desktop.scene.document import SceneDocument, SceneState
from restora_desktop.scene.viewpoint import Viewpoint

if TYPE_CHECKING:
    from restora.data.camera import Camera


@dataclass(slots=True, kw_only=True, eq=False)
class Entry:
    """A scene that was read, and how it was left."""

    node: Node
    document: SceneDocument
    framing: Framing
    view: Viewpoint | None = None
    """Where the view stood; None before it was ever shown."""
    camera: Camera | None = None
    """The dataset camera that it stood at exactly."""
    up: UpAxis = UpAxis.MINUS_Y
    path: CameraPath | None = None
    """The camera path that was drawn for it."""


def is_scene(node: Node) -> bool:
    """Whether a row is a scene and not a picture of one."""
    return node.kind is Kind.SPLAT


def state_item(state: SceneState, name: str) -> Item:
    """An item for a scene that is edited; it is worked out when it is first asked for."""
    probe = Probe(
        kind=Kind.SPLAT,
        format="in memory",
        width=0,
        height=0,
        channels=0,
        gaussians=state.count,
        degree=state.base.degree,
    )
    return Item(name=name, probe=probe, load=lambda: state.scene)
