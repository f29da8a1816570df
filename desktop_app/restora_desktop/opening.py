"""Opening: files, folders, samples, recipes' inputs and what was copied, without holding up the window."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QMimeData, QObject, QTimer, Signal
from PySide6.QtGui import QImage

from restora.data.geometry import FrameWindow
from restora.data.image import Image
from restora.data.item import Item, Probe
from restora.data.kinds import Kind
from restora.io.opening import readable_suffixes
from restora.workbench import SAMPLE_PREFIX, Workbench
from restora_desktop.models.items import ItemsModel, Node
from restora_desktop.pictures import from_qimage, picture_of, thumbnail
from restora_desktop.tasks import Tasks

_SETTLE_MS = 400
"""A file that is being written changes several times; it is read when it rests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What came of opening one name."""

    item: Item
    picture: Image | None
    """None for a scene, which has pictures only from cameras."""
    small: QImage | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A name that could not be opened, and why."""

    name: str | Path
    reading: Mapping[str, str]
    error: Exception


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What a row holds of its file, as it was read."""

    item: Item
    picture: Image | None
    small: QImage | None
    window: FrameWindow | None

    @classmethod
    def of(cls, node: Node) -> Filling:
        """What it holds now."""
        return cls(item=node.item, picture=node.picture, small=node.thumbnail, window=node.window)


class Opener(QObject):
    """Opens things on two threads of its own.

    Signals:
        opened: a Node that is not in the list yet.
        failed: a Failure.
        reloaded: a Node that holds something else of its file now.
        restated: a Node that was read with other statements, and its Filling before and after.
    """

    opened = Signal(object)
    failed = Signal(object)
    reloaded = Signal(object)
    restated = Signal(object, object, object)

    def __init__(self, model: ItemsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._workbench: Workbench | None = None
        self._tasks = Tasks("files", threads=2, parent=self)
        self._pasted = itertools.count(1)
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self._note_change)
        self._changed: set[str] = set()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._reload_changed)

    def attach(self, workbench: Workbench) -> None:
        """Open with this one from now on."""
        self._workbench = workbench

    def close(self) -> bool:
        """Open nothing any more; False if a thread does not let go."""
        self._settle.stop()
        return self._tasks.close()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being opened."""
        return self._tasks.is_idle

    def open(self, names: Sequence[str | Path], reading: Mapping[str, str] | None = None) -> None:
        """Open files, folders or samples; `reading` states what they do not say themselves."""
        for name in names:
            self._open_one(name, dict(reading or {}))

    def open_folder(self, folder: Path) -> None:
        """Open a folder as a capture, or, where it is none, every picture in it."""
        self._open_one(folder, {})

    def paste(self, copied: QMimeData | None) -> bool:
        """Open what was copied; False where it is nothing that can be opened."""
        if copied is None:
            return False
        paths = [Path(url.toLocalFile()) for url in copied.urls() if url.isLocalFile()]
        if paths:
            self.open(paths)
            return True
        image = copied.imageData() if copied.hasImage() else None
        if not isinstance(image, QImage) or image.isNull():
            return False
        self.take_picture(from_qimage(image), f"pasted {next(self._pasted)}")
        return True

    def take_picture(self, image: Image, name: str) -> None:
        """Show a picture that comes from no file as an item of its own."""
        item = item_of_picture(image, name)
        self._tasks.start(lambda: Opened(item=item, picture=image, small=thumbnail(image)), self._take_opened)

    def reload(self, node: Node, stated: Mapping[str, str] | None = None) -> None:
        """Read an item's file again, as before or with other statements; its results stay."""
        workbench, item = self._workbench, node.item
        if workbench is None or item.path is None:
            return
        before = {key: str(value) for key, value in item.reading.items()}
        reading = before if stated is None else dict(stated)
        name = item.name if item.name.startswith(SAMPLE_PREFIX) else item.path
        self._tasks.start(
            lambda: open_named(workbench, name, reading),
            partial(self._refill, node, is_restated=stated is not None and reading != before),
            lambda error: self.failed.emit(Failure(name=name, reading=reading, error=error)),
        )

    def watch(self, node: Node, *, on: bool) -> None:
        """Read an item's file again whenever it changes, or stop doing so."""
        path = str(node.item.path)
        if on:
            self._watcher.addPath(path)
        else:
            self._watcher.removePath(path)

    def is_watched(self, node: Node) -> bool:
        """Whether changes of its file are followed."""
        return str(node.item.path) in self._watcher.files()

    def _open_one(self, name: str | Path, reading: dict[str, str]) -> None:
        workbench = self._workbench
        if workbench is None:
            return
        self._tasks.start(
            lambda: open_named(workbench, name, reading),
            self._take_opened,
            lambda error: self._fall_back(name, reading, error),
        )

    def _fall_back(self, name: str | Path, reading: dict[str, str], error: Exception) -> None:
        """A folder that is no capture may hold pictures."""
        if isinstance(name, Path) and name.is_dir() and not reading:
            pictures = _pictures_in(name)
            if pictures:
                self.open(pictures)
                return
        self.failed.emit(Failure(name=name, reading=reading, error=error))

    def _take_opened(self, opened: Opened) -> None:
        self.opened.emit(node_of(opened))

    def fill(self, node: Node, filling: Filling) -> None:
        """Let a row hold something else of its file."""
        item = filling.item
        node.item, node.picture, node.thumbnail = item, filling.picture, filling.small
        node.subtitle, node.detail = describe(item), detail(item)
        frames = item.probe.frames
        is_outside = filling.window is not None and (frames is None or filling.window.stop > frames)
        node.window = None if is_outside else filling.window
        self._model.changed(node)
        self.reloaded.emit(node)

    def _refill(self, node: Node, opened: Opened, *, is_restated: bool) -> None:
        before = Filling.of(node)
        after = Filling(item=opened.item, picture=opened.picture, small=opened.small, window=before.window)
        self.fill(node, after)
        if is_restated:
            self.restated.emit(node, before, after)

    def _note_change(self, path: str) -> None:
        self._changed.add(path)
        self._settle.start()

    def _reload_changed(self) -> None:
        changed, self._changed = self._changed, set()
        for node in self._model.roots:
            if str(node.item.path) in changed and Path(str(node.item.path)).exists():
                self.reload(node)
                # Editors replace files: the new one must be watched again.
                self._watcher.addPath(str(node.item.path))


def open_named(workbench: Workbench, name: str | Path, reading: Mapping[str, str]) -> Opened:
    """Open a path or `sample:ID`, with its picture; not on the GUI thread."""
    item = workbench.open(name, reading)
    if item.kind is Kind.SPLAT:
        return Opened(item=item, picture=None, small=None)
    picture = picture_of(item)
    return Opened(item=item, picture=picture, small=thumbnail(picture))


def _pictures_in(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() in readable_suffixes())
    except OSError:
        return []


def node_of(opened: Opened) -> Node:
    """The row of something that was opened."""
    item = opened.item
    return Node(
        title=item.name.removeprefix(SAMPLE_PREFIX),
        subtitle=describe(item),
        detail=detail(item),
        item=item,
        picture=opened.picture,
        thumbnail=opened.small,
        window=item.window,
    )


def describe(item: Item) -> str:
    """One line: `512 × 256, 1000 frames · NumPy array`."""
    probe = item.probe
    frames = f", {probe.frames} frames" if probe.frames else ""
    return f"{probe.size_text}{frames} · {probe.format}"


def detail(item: Item) -> str:
    """The tooltip: where it lies, and how it was read."""
    lines = [str(item.path or item.name), describe(item)]
    lines += [f"{fact.name}: {fact.value} ({fact.origin})" for fact in item.probe.facts]
    lines += [f"Note: {warning}" for warning in item.probe.warnings]
    return "\n".join(lines)


def item_of_picture(image: Image, name: str) -> Item:
    """An item for a picture that comes from no file."""
    probe = Probe(
        kind=Kind.IMAGE, format="in memory", width=image.width, height=image.height, channels=image.channels
    )
    return Item(name=name, probe=probe, load=lambda: image)
