"""What is open: items, and below each the results that were made from it."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractItemModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QImage

from restora.data.kinds import Kind

if TYPE_CHECKING:
    from restora.data.camera import Camera
    from restora.data.geometry import FrameWindow, Rect
    from restora.data.image import Image
    from restora.data.item import Item
    from restora.data.result import Result

Index = QModelIndex | QPersistentModelIndex

_NO_INDEX = QModelIndex()
_DRAGGED = "application/x-restora-row"


class ItemRole(IntEnum):
    """Roles beyond Qt's own."""

    NODE = Qt.ItemDataRole.UserRole + 1
    SUBTITLE = Qt.ItemDataRole.UserRole + 2
    THUMBNAIL = Qt.ItemDataRole.UserRole + 3


_ids = itertools.count(1)


def _new_uid() -> str:
    return uuid.uuid4().hex


@dataclass(eq=False, slots=True, kw_only=True)
class Node:
    """One row: an opened item, or a result."""

    title: str
    subtitle: str = ""
    detail: str = ""
    """The tooltip."""
    item: Item
    """The item itself, or the one that the result was made from."""
    result: Result | None = None
    region: Rect | None = None
    """For results: the part of the item that was worked on; None means all of it."""
    picture: Image | None = None
    """What the viewer shows; None until it is read."""
    thumbnail: QImage | None = None
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    camera: Camera | None = None
    """For pictures of a scene: where they were taken from."""
    window: FrameWindow | None = None
    """For captures: the frames in view; None means all of them."""
    is_exported: bool = False
    maps: dict[str, Image] = field(default_factory=dict)
    """Further pictures of a result that were computed later, by name."""
    id: int = field(default_factory=lambda: next(_ids))
    uid: str = field(default_factory=_new_uid)
    """Names its pictures in a session; another one whenever they change."""

    @property
    def kind(self) -> Kind:
        """What it is; results are pictures unless they hold a scene."""
        if self.result is not None:
            return Kind.IMAGE if self.result.scene is None else Kind.SPLAT
        return self.item.kind

    @property
    def root(self) -> Node:
        """The topmost row that it hangs below."""
        return self if self.parent is None else self.parent.root

    @property
    def source(self) -> Node:
        """The row whose item a method works on: this one, or for a result the one that it was made from."""
        return self if self.result is None or self.parent is None else self.parent.source

    @property
    def seen_from(self) -> Camera | None:
        """The camera of a picture of a scene, also of what was made from it."""
        return self.camera if self.camera is not None or self.parent is None else self.parent.seen_from

    @property
    def key(self) -> str:
        """A name for it that stays."""
        return f"node-{self.id}"

    def replace_result(self, result: Result, subtitle: str) -> None:
        """Hold another result of the same method; the old one is given up."""
        self.result, self.picture, self.subtitle = result, result.image, subtitle
        self.is_exported = False
        self.maps.clear()
        self.uid = _new_uid()

    def add_map(self, name: str, image: Image) -> None:
        """Hold a further picture that was computed, instead of the one of that name."""
        self.maps[name] = image
        self.uid = _new_uid()  # a session keeps its pictures under this name

    def walk(self) -> Iterator[Node]:
        """This row and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


class ItemsModel(QAbstractItemModel):
    """The tree of open things. Rows are added and taken out by undo commands and by finished jobs.

    Signals:
        edited: something was added, taken out, moved or renamed.
        rename_wanted: a Node and the title that somebody typed for it.
        move_wanted: a Node and the place among its sisters that it was dragged to.
    """

    edited = Signal()
    rename_wanted = Signal(object, str)
    move_wanted = Signal(object, int)

    def __init__(self, owner: QObject | None = None) -> None:
        super().__init__(owner)
        self._roots: list[Node] = []
        self._nodes: dict[int, Node] = {}

    # -- for the program ---------------------------------------------------------------------------

    @property
    def roots(self) -> tuple[Node, ...]:
        """The opened items."""
        return tuple(self._roots)

    def nodes(self) -> Iterator[Node]:
        """All rows, each item before its results."""
        for root in self._roots:
            yield from root.walk()

    def node(self, node_id: int) -> Node | None:
        """The row of that number; None once it is closed."""
        return self._nodes.get(node_id)

    def insert(self, node: Node, row: int | None = None) -> None:
        """Show a row, with all below it, at the end or at a place; `node.parent` says below which."""
        siblings = self._below(node.parent)
        place = len(siblings) if row is None else min(row, len(siblings))
        self.beginInsertRows(self.index_of(node.parent), place, place)
        siblings.insert(place, node)
        self._nodes.update((each.id, each) for each in node.walk())
        self.endInsertRows()
        self.edited.emit()

    def remove(self, node: Node) -> int:
        """Take a row out, with all below it; returns where it was."""
        siblings = self._below(node.parent)
        place = siblings.index(node)
        self.beginRemoveRows(self.index_of(node.parent), place, place)
        siblings.pop(place)
        for each in node.walk():
            del self._nodes[each.id]
        self.endRemoveRows()
        self.edited.emit()
        return place

    def sisters(self, node: Node) -> Sequence[Node]:
        """The rows beside it, and itself."""
        return tuple(self._below(node.parent))

    def place_of(self, node: Node) -> int:
        """Which of its sisters it is."""
        return self._below(node.parent).index(node)

    def move(self, node: Node, place: int) -> None:
        """Give a row another place among its sisters."""
        below, parent, old = self._below(node.parent), self.index_of(node.parent), self.place_of(node)
        if place == old:
            return
        # Qt counts the gap between rows as they were before.
        self.beginMoveRows(parent, old, old, parent, place + 1 if place > old else place)
        below.insert(place, below.pop(old))
        self.endMoveRows()
        self.edited.emit()

    def heir_of(self, closing: Sequence[Node]) -> Node | None:
        """What is looked at next once these are closed: the row above, or else the one below."""
        gone = {each.id for node in closing for each in node.walk()}
        rows = list(self.nodes())
        place = rows.index(closing[0])
        near = [*reversed(rows[:place]), *rows[place:]]
        return next((node for node in near if node.id not in gone), None)

    def changed(self, node: Node) -> None:
        """Say that what a row shows has changed."""
        index = self.index_of(node)
        self.dataChanged.emit(index, index)

    def rename(self, node: Node, title: str) -> None:
        """Call a row otherwise; the file keeps its name."""
        node.title = title
        self.changed(node)
        self.edited.emit()

    def index_of(self, node: Node | None) -> QModelIndex:
        """Where a row is."""
        if node is None or node.id not in self._nodes:
            return QModelIndex()
        return self.createIndex(self._below(node.parent).index(node), 0, node.id)

    def node_at(self, index: Index) -> Node | None:
        """The row at a place."""
        return self._nodes.get(index.internalId()) if index.isValid() else None

    def _below(self, parent: Node | None) -> list[Node]:
        return self._roots if parent is None else parent.children

    # -- for Qt ------------------------------------------------------------------------------------

    def index(self, row: int, column: int, parent: Index = _NO_INDEX) -> QModelIndex:
        """See Qt."""
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, self._below(self.node_at(parent))[row].id)

    def parent(self, index: Index = _NO_INDEX) -> QModelIndex:  # type: ignore[override]  # Qt has two of this name
        """See Qt."""
        node = self.node_at(index)
        return QModelIndex() if node is None else self.index_of(node.parent)

    def rowCount(self, parent: Index = _NO_INDEX) -> int:  # noqa: N802 - Qt's name
        """See Qt."""
        return 0 if parent.column() > 0 else len(self._below(self.node_at(parent)))

    def columnCount(self, parent: Index = _NO_INDEX) -> int:  # noqa: N802 - Qt's name
        """See Qt."""
        del parent
        return 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See Qt."""
        node = self.node_at(index)
        if node is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return node.title
            case Qt.ItemDataRole.ToolTipRole:
                return node.detail
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{node.title}, {node.subtitle}"
            case ItemRole.NODE:
                return node
            case ItemRole.SUBTITLE:
                return node.subtitle
            case ItemRole.THUMBNAIL:
                return node.thumbnail
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802 - Qt's name
        """See Qt."""
        node = self.node_at(index)
        if (
            node is None
            or role != Qt.ItemDataRole.EditRole
            or not isinstance(value, str)
            or not value.strip()
        ):
            return False
        if value.strip() != node.title:
            self.rename_wanted.emit(node, value.strip())
        return True

    # -- dragging ----------------------------------------------------------------------------------

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Rows can be renamed, and dragged to another place among their sisters."""
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        more = Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDragEnabled | Qt.ItemFlag.ItemIsDropEnabled
        return super().flags(index) | more

    def supportedDropActions(self) -> Qt.DropAction:  # noqa: N802 - Qt's name
        """They change places."""
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:  # noqa: N802 - Qt's name
        """Rows of this list only."""
        return [_DRAGGED]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:  # noqa: N802 - Qt's name
        """Which row is dragged: one at a time."""
        data = QMimeData()
        data.setData(_DRAGGED, str(indexes[0].internalId()).encode())
        return data

    def canDropMimeData(  # noqa: N802 - Qt's name
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        """Only beside its sisters."""
        del action, column
        return self._target(data, row, parent) is not None

    def dropMimeData(  # noqa: N802 - Qt's name
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        """Ask for the move; the row moves when it has been recorded."""
        del action, column
        target = self._target(data, row, parent)
        if target is not None:
            self.move_wanted.emit(*target)
        return False  # or the view would take the row out

    def _target(self, data: QMimeData, row: int, parent: Index) -> tuple[Node, int] | None:
        """What is dragged, and the place that it would have."""
        if not data.hasFormat(_DRAGGED):
            return None
        node = self._nodes.get(int(bytes(data.data(_DRAGGED).data())))
        onto = self.node_at(parent)
        if node is None:
            return None
        if row < 0 and onto is not None and onto.parent is node.parent:
            return node, self.place_of(onto)
        if onto is not node.parent:
            return None
        gap = len(self._below(node.parent)) if row < 0 else row
        return node, gap - 1 if gap > self.place_of(node) else gap
