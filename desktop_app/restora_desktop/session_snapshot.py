"""What is open, as a session with its pictures: taken on the GUI thread, written on another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from restora.data.image import Image
from restora.data.item import Item
from restora.data.json_values import JSON
from restora.data.kinds import Transfer
from restora.data.result import Result
from restora.tasks.verify import input_name
from restora_desktop.models.items import Node
from restora_desktop.scene.kept_scenes import scene_file_of
from restora_desktop.session import SavedItem, SavedPicture, SavedRender, SavedResult, Session

FOLDER_SUFFIX = ".result"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A session with its pictures; nothing in it changes."""

    session: Session
    pictures: Mapping[str, Image]
    """By the name of their file."""
    folders: Mapping[str, Result] = field(default_factory=lambda: MappingProxyType({}))
    """Results that are more than a picture, by the name of their folder."""
    scenes: Mapping[str, Item] = field(default_factory=lambda: MappingProxyType({}))
    """Scenes that came from no file, by the name of theirs; worked out when they are written."""


def snapshot(
    roots: Sequence[Node],
    *,
    method: str | None,
    params: Mapping[str, Mapping[str, JSON]],
    seed: int,
    mode: str,
) -> Snapshot:
    """What is open, as it is now."""
    taking = _Taking()
    items = tuple(taking.item(root) for root in roots)
    scenes = {kept.scene: root.item for kept, root in zip(items, roots, strict=True) if kept.scene}
    session = Session(items=items, method=method, params=dict(params), seed=seed, mode=mode)
    return Snapshot(session=session, pictures=taking.pictures, folders=taking.folders, scenes=scenes)


def snapshot_of(node: Node) -> Snapshot | None:
    """One row that is about to be closed, with its item; None where a file holds all there is of it."""
    root = node.root
    made = [each for each in node.walk() if each.result is not None or _is_render(each)]
    if not made and not (node is root and root.item.path is None):
        return None
    taking = _Taking(_only_towards(node))
    item = taking.item(root)
    scenes = {item.scene: root.item} if item.scene else {}
    return Snapshot(
        session=Session(items=(item,)), pictures=taking.pictures, folders=taking.folders, scenes=scenes
    )


def _only_towards(node: Node) -> Mapping[int, Sequence[Node]]:
    """Rows above this one, each with the only row below it that leads here."""
    above: dict[int, Sequence[Node]] = {}
    while node.parent is not None:
        above[node.parent.id] = (node,)
        node = node.parent
    return above


def _is_render(node: Node) -> bool:
    """Whether it is a picture that was rendered of a scene."""
    return node.result is None and node.camera is not None and node.picture is not None


class _Taking:
    """Collects the pictures and folders of a session while its rows are gone through."""

    def __init__(self, children: Mapping[int, Sequence[Node]] = MappingProxyType({})) -> None:
        self.pictures: dict[str, Image] = {}
        self.folders: dict[str, Result] = {}
        self._children = children

    def item(self, root: Node) -> SavedItem:
        """An opened thing with all below it."""
        item, own = root.item, None
        if item.path is None and root.picture is not None:
            own = f"{_stem(root)}.tiff"
            self.pictures[own] = root.picture
        return SavedItem(
            name=input_name(item),
            title=root.title,
            reading={key: str(value) for key, value in item.reading.items()},
            window=root.window,
            picture=own,
            scene=scene_file_of(root),
            results=self._results(root),
            renders=self._renders(root),
        )

    def _below(self, node: Node) -> Sequence[Node]:
        return self._children.get(node.id, node.children)

    def _results(self, node: Node) -> tuple[SavedResult, ...]:
        return tuple(self._result(child, child.result) for child in self._below(node) if child.result)

    def _renders(self, node: Node) -> tuple[SavedRender, ...]:
        renders = []
        for place, child in enumerate(self._below(node)):
            if _is_render(child):
                renders.append(self._render(child, place))
        return tuple(renders)

    def _render(self, node: Node, place: int) -> SavedRender:
        assert node.picture is not None, "it is a render"
        assert node.camera is not None, "it is a render"
        shown = self._pictures(f"{node.uid[:16]}-render", {node.item.name: node.picture})
        return SavedRender(
            title=node.title,
            subtitle=node.subtitle,
            detail=node.detail,
            picture=shown[0],
            camera=node.camera,
            place=place,
            results=self._results(node),
        )

    def _result(self, node: Node, result: Result) -> SavedResult:
        image = result.image
        if image is None or result.scene is not None or result.frames:
            file = f"{_stem(node)}{FOLDER_SUFFIX}"
            self.folders[file] = result
        else:
            file = f"{_stem(node)}.tiff"
            self.pictures[file] = image
        return SavedResult(
            title=node.title,
            subtitle=node.subtitle,
            file=file,
            transfer=Transfer.SRGB if image is None else image.transfer,
            nominal_white=1.0 if image is None else image.nominal_white,
            region=node.region,
            recipe=result.recipe,
            images=self._pictures(f"{node.uid[:16]}-image", result.images),
            maps=self._pictures(f"{node.uid[:16]}-map", node.maps),
            info=result.info,
            renders=self._renders(node),
        )

    def _pictures(self, stem: str, images: Mapping[str, Image]) -> tuple[SavedPicture, ...]:
        saved = []
        for number, (name, image) in enumerate(images.items()):
            file = f"{stem}{number}.tiff"
            self.pictures[file] = image
            saved.append(
                SavedPicture(name=name, file=file, transfer=image.transfer, nominal_white=image.nominal_white)
            )
        return tuple(saved)


def _stem(node: Node) -> str:
    """Equal for the same picture whenever it is saved, so that it is written once."""
    output = None if node.result is None else node.result.recipe.output
    return (node.uid if output is None else output.sha256)[:24]
