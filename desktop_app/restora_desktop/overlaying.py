"""What lies over the pictures: a map of the result, field rings, the tiles that a run would be cut into."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from restora.data.geometry import Rect
from restora.data.image import Image
from restora_desktop.actions import ActionBoard
from restora_desktop.models.items import Node
from restora_desktop.panels.map_bar import MapBar
from restora_desktop.viewer.background import Background, Latest
from restora_desktop.viewer.compare_view import CompareView
from restora_desktop.viewer.grips import Grip
from restora_desktop.viewer.layers import SceneRect
from restora_desktop.viewer.map_overlay import MapOverlay, map_overlay
from restora_desktop.viewer.overlays import FieldRings, Overlay, TileGrid


class OverlayController(QObject):
    """Draws again whenever one of them changes.

    Signals:
        open_wanted: an Image and its name, to become an item of its own.
        failed: a sentence.
    """

    open_wanted = Signal(object, str)
    failed = Signal(str)

    def __init__(
        self, view: CompareView, board: ActionBoard, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._view, self._board = view, board
        self.bar = MapBar()
        self._node: Node | None = None
        self._images: dict[str, Image] = {}
        self._wanted = ""
        """The name chosen last, which the next result probably has as well."""
        self._map: MapOverlay | None = None
        self._tiles: tuple[Rect, ...] = ()
        self._laid: dict[str, tuple[tuple[Overlay, ...], tuple[Grip, ...]]] = {}
        """What others have drawn, by their name."""
        self._work = Latest(background, self)
        self._work.ready.connect(self._take_map)
        self._work.failed.connect(self._report)
        self.bar.chosen.connect(self._choose)
        self.bar.opacity_changed.connect(self._fade)
        self.bar.open_wanted.connect(self._open)

    def show(self, node: Node | None) -> None:
        """Offer what belongs to this row."""
        result = None if node is None else node.result
        self._node = node
        self._images = {} if result is None or node is None else {**result.images, **node.maps}
        self.bar.show_names(tuple(self._images), self._wanted)
        self._make_map()

    def prefer(self, name: str) -> None:
        """Lay the picture of that name over, where there is one."""
        self._wanted = name

    @Slot(object)
    def show_tiles(self, tiles: tuple[Rect, ...]) -> None:
        """The next run would be cut into these."""
        self._tiles = tiles
        self.draw()

    def lay(self, name: str, marks: tuple[Overlay, ...], grips: tuple[Grip, ...]) -> None:
        """Draw something of somebody else's over the pictures, instead of what they drew before."""
        if self._laid.get(name, ((), ())) != (marks, grips):
            self._laid[name] = (marks, grips)
            self.draw()

    def draw(self) -> None:
        """Lay everything that is wanted over the pictures."""
        overlays: list[Overlay] = []
        grips: list[Grip] = []
        if self._view.layers:
            if self._map is not None:
                overlays.append(self._map)
            if self._board["view.tiles"].isChecked() and self._tiles:
                overlays.append(TileGrid(tiles=self._tiles))
            if self._board["view.rings"].isChecked():
                overlays.append(FieldRings.around(self._view.state.scene))
            for marks, held in self._laid.values():
                overlays.extend(marks)
                grips.extend(held)
        self._view.set_overlays(overlays, grips)

    @Slot(str)
    def _choose(self, name: str) -> None:
        self._wanted = name
        self._make_map()

    def _make_map(self) -> None:
        image, scene = self._images.get(self.bar.name), self._scene()
        self._work.withdraw()
        if image is None or scene is None or image.channels != 1:  # pictures in colour are opened beside
            self._map = None
            self.draw()
            return
        name, opacity = self.bar.name, self.bar.share
        self._work.request(lambda _token: map_overlay(name, image, scene, opacity))

    def _scene(self) -> SceneRect | None:
        """Where the result lies."""
        node = self._node
        return next((layer.scene for layer in self._view.layers if node and layer.key == node.key), None)

    @Slot(object)
    def _take_map(self, made: MapOverlay) -> None:
        self._map = made
        self.draw()

    @Slot(float)
    def _fade(self, opacity: float) -> None:
        if self._map is not None:
            self._map = self._map.with_opacity(opacity)
            self.draw()

    @Slot(str)
    def _open(self, name: str) -> None:
        if name in self._images and self._node is not None:
            self.open_wanted.emit(self._images[name], f"{self._node.title} · {name}")

    @Slot(object)
    def _report(self, error: object) -> None:
        self.failed.emit(str(error))
