"""From a session's folder to rows of the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from restora.data.image import Image
from restora.errors import RestoraError
from restora.workbench import SAMPLE_PREFIX, Workbench
from restora_desktop.models.items import Node
from restora_desktop.opening import Opened, item_of_picture, node_of, open_named
from restora_desktop.pictures import thumbnail
from restora_desktop.scene.kept_scenes import kept_item
from restora_desktop.session import SavedItem, SavedPicture, SavedRender, SavedResult, Session
from restora_desktop.session_folder import load, load_further, load_picture, load_result


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What could be brought back of a session."""

    session: Session
    nodes: tuple[Node, ...]
    problems: tuple[RestoraError, ...]


def restore(folder: Path, workbench: Workbench) -> Restored:
    """Everything of a session; not on the GUI thread. Raises FileProblemError where there is none."""
    session = load(folder)
    nodes: list[Node] = []
    problems: list[RestoraError] = []
    for saved in session.items:
        try:
            nodes.append(_restore_item(folder, saved, workbench, problems))
        except RestoraError as error:
            problems.append(error)
    return Restored(session=session, nodes=tuple(nodes), problems=tuple(problems))


def _restore_item(folder: Path, saved: SavedItem, workbench: Workbench, problems: list[RestoraError]) -> Node:
    own = load_picture(folder, saved)
    if saved.scene is not None:
        item = kept_item(folder, saved.scene, saved.name)
        opened = Opened(item=item, picture=None, small=None)
    elif own is None:
        name = saved.name if saved.name.startswith(SAMPLE_PREFIX) else Path(saved.name)
        opened = open_named(workbench, name, saved.reading)
    else:
        opened = Opened(item=item_of_picture(own, saved.name), picture=own, small=thumbnail(own))
    node = node_of(opened)
    node.title, node.window = saved.title, saved.window
    _restore_below(folder, saved, node, problems)
    return node


def _restore_below(
    folder: Path, saved: SavedItem | SavedResult, node: Node, problems: list[RestoraError]
) -> None:
    """What was made from a row, in its order; what is gone is left out."""
    _restore_results(folder, saved.results if isinstance(saved, SavedItem) else (), node, problems)
    for render in saved.renders:
        try:
            node.children.insert(render.place, _restore_render(folder, render, node, problems))
        except RestoraError as error:
            problems.append(error)


def _restore_results(
    folder: Path, saved: Sequence[SavedResult], node: Node, problems: list[RestoraError]
) -> None:
    for kept in saved:
        try:
            node.children.append(_restore_result(folder, kept, node, problems))
        except RestoraError as error:
            problems.append(error)


def _restore_render(folder: Path, kept: SavedRender, parent: Node, problems: list[RestoraError]) -> Node:
    image = load_further(folder, kept.picture)
    node = Node(
        title=kept.title,
        subtitle=kept.subtitle,
        detail=kept.detail,
        item=item_of_picture(image, kept.picture.name),
        picture=image,
        thumbnail=thumbnail(image),
        camera=kept.camera,
        parent=parent,
    )
    _restore_results(folder, kept.results, node, problems)
    return node


def _restore_result(folder: Path, kept: SavedResult, parent: Node, problems: list[RestoraError]) -> Node:
    images = _restore_pictures(folder, kept.images, problems)
    result = replace(load_result(folder, kept), images=MappingProxyType(images))
    node = Node(
        title=kept.title,
        subtitle=kept.subtitle,
        detail=result.recipe.method,
        item=parent.item,
        result=result,
        region=kept.region,
        picture=result.image,
        thumbnail=None if result.image is None else thumbnail(result.image),
        parent=parent,
        maps=_restore_pictures(folder, kept.maps, problems),
    )
    _restore_below(folder, kept, node, problems)
    return node


def _restore_pictures(
    folder: Path, saved: Sequence[SavedPicture], problems: list[RestoraError]
) -> dict[str, Image]:
    """A result is worth having without its maps."""
    pictures: dict[str, Image] = {}
    for each in saved:
        try:
            pictures[each.name] = load_further(folder, each)
        except RestoraError as error:
            problems.append(error)
    return pictures
