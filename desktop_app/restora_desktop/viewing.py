"""Between the list of items and the viewer: which pictures are shown, and what the view commands do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from restora.data.geometry import Rect
from restora.data.image import Image
from restora.data.kinds import Kind
from restora_desktop.actions import ActionBoard
from restora_desktop.models.items import Node
from restora_desktop.viewer.compare_modes import CompareMode
from restora_desktop.viewer.compare_view import CompareView
from restora_desktop.viewer.layers import Layer, SceneRect
from restora_desktop.viewer.levels import Levels

MODES: Mapping[str, CompareMode] = MappingProxyType(
    {
        "view.single": CompareMode.SINGLE,
        "view.wipe": CompareMode.WIPE,
        "view.wipe_rows": CompareMode.WIPE_ROWS,
        "view.side": CompareMode.SIDE_BY_SIDE,
        "view.difference": CompareMode.DIFFERENCE,
        "view.blink": CompareMode.BLINK,
        "view.sheet": CompareMode.CONTACT_SHEET,
    }
)
_ZOOM_STEP = 1.25
_HALF_STOP = 0.5


class ViewController(QObject):
    """Keeps one layer per row, so that what stays on the screen keeps what was computed for it.

    Signals:
        shown: other pictures are on the screen.
    """

    shown = Signal()

    def __init__(self, view: CompareView, board: ActionBoard, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.view = view
        self._board = board
        self._layers: dict[int, Layer] = {}
        self._nodes: tuple[Node, ...] = ()
        self._has_compared = False
        self._levels: dict[int, Levels] = {}
        """Of items that are not on the screen: each is shown as it was left."""
        view.mode_changed.connect(self._check_mode)
        self._check_mode(view.mode)
        board["view.link"].setChecked(view.is_linked)
        board["view.values"].setChecked(True)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The rows on the screen: A, B, …"""
        return self._nodes

    @property
    def front(self) -> Node | None:
        """The row in front."""
        return self._nodes[self.view.front] if self.view.front < len(self._nodes) else None

    def show(self, selected: Sequence[Node]) -> None:
        """Show what is selected: an item with its newest result, a result over its item, or several rows."""
        nodes = [node for node in _chosen(selected) if node.picture is not None]
        front = nodes.index(selected[-1]) if len(selected) == 1 and selected[0] in nodes else 0
        layers = [self._layer(node) for node in nodes]
        self._change_item(nodes)
        if list(self.view.layers) != layers or self.view.front != front:
            self.view.set_layers(layers, front=front)
        self.shown.emit()

    def forget(self, node: Node) -> None:
        """Its picture is another one now, or it is closed."""
        for each in node.walk():
            self._layers.pop(each.id, None)

    def celebrate(self) -> None:
        """The first result is here: show it against its source, so that nobody has to look for the way."""
        if not self._has_compared and self.view.mode is CompareMode.SINGLE:
            self.view.set_mode(CompareMode.WIPE)
        self._has_compared = True

    def crop(self) -> Rect | None:
        """The visible part of the item, where that is not all of it."""
        visible = self.view.visible_rect()
        if visible is None or not self._nodes:
            return None
        picture = self._nodes[0].source.picture
        if picture is None:
            return None
        inside = _inside(visible, picture)
        whole = Rect(0, 0, picture.width, picture.height)
        return None if inside is None or inside == whole else inside

    def commands(self) -> Mapping[str, Callable[[bool], None]]:
        """What the commands of the view menu do."""
        state = self.view.state
        return {
            **dict.fromkeys(MODES, self._choose_mode),
            "view.swap": lambda _on: self.view.swap(),
            "view.flip": lambda _on: self.view.flip(),
            "view.link": self.view.set_linked,
            "view.fit": lambda _on: self.view.fit(),
            "view.actual": lambda _on: self.view.one_to_one(),
            "view.zoom_in": lambda _on: self.view.zoom(_ZOOM_STEP),
            "view.zoom_out": lambda _on: self.view.zoom(1 / _ZOOM_STEP),
            "view.deselect": lambda _on: state.set_selection(None),
            "view.channel": lambda _on: self.view.next_channel(),
            "view.levels_auto": lambda _on: self.view.auto_levels(),
            "view.levels_reset": lambda _on: self.view.reset_levels(),
            "view.brighter": lambda _on: self.view.expose(_HALF_STOP),
            "view.darker": lambda _on: self.view.expose(-_HALF_STOP),
            "view.marks": state.set_marks,
            "view.values": self.view.set_values,
            "view.rulers": self.view.set_rulers,
        }

    def _change_item(self, nodes: Sequence[Node]) -> None:
        """Keep the levels of the item that leaves the screen, and bring back those of the one that comes."""
        old = self._nodes[0].source if self._nodes else None
        new = nodes[0].source if nodes else old
        self._nodes = tuple(nodes)
        if new is None or new is old:
            return
        if old is not None:
            self._levels[old.id] = self.view.state.levels()
        self.view.state.set_levels(self._levels.get(new.id, _usual_levels(new)))

    # -- details -----------------------------------------------------------------------------------

    def _layer(self, node: Node) -> Layer:
        known = self._layers.get(node.id)
        if known is not None and known.image is node.picture and known.name == node.title:
            return known
        assert node.picture is not None  # `show` leaves others out
        root = node.source.picture
        scene = SceneRect.of(node.picture if root is None else root)
        if node.region is not None:
            region = node.region
            scene = SceneRect(float(region.x), float(region.y), float(region.width), float(region.height))
        self._layers[node.id] = Layer(key=node.key, name=node.title, image=node.picture, scene=scene)
        return self._layers[node.id]

    def _choose_mode(self, _on: bool) -> None:
        for command, mode in MODES.items():
            if self._board[command].isChecked():
                self.view.set_mode(mode)

    @Slot(object)
    def _check_mode(self, mode: CompareMode) -> None:
        for command, each in MODES.items():
            if each is mode:
                self._board[command].setChecked(True)


def _chosen(selected: Sequence[Node]) -> list[Node]:
    if len(selected) != 1:
        return list(selected)
    node = selected[0]
    if node.result is not None:
        return [node.source, node]
    return [node, *node.children[-1:]]


def _usual_levels(root: Node) -> Levels:
    """Captures are dark: what is seldom hit by light is far below one detection per frame."""
    if root.kind is not Kind.SPAD or root.picture is None:
        return Levels()
    picture = root.picture
    counts = picture.pixels[:: 1 + picture.height // 256, :: 1 + picture.width // 256]
    white = float(np.percentile(counts, 99.5)) / picture.nominal_white
    return Levels(white=min(1.0, white)) if white > 0 else Levels()


def _inside(visible: Rect, picture: Image) -> Rect | None:
    left, top = max(0, visible.x), max(0, visible.y)
    right, bottom = min(picture.width, visible.right), min(picture.height, visible.bottom)
    return Rect(left, top, right - left, bottom - top) if right > left and bottom > top else None
