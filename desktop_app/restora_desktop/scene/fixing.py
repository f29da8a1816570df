"""Fixing from the view of a scene: renders become rows of the list, and jobs of the lane."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage

from restora.data.camera import Camera, CameraSet
from restora.data.image import Image
from restora.data.item import Item
from restora.data.scene import GaussianScene
from restora.errors import RestoraError
from restora.plugins.declarations import MethodInfo
from restora_desktop.method_desk import MethodDesk
from restora_desktop.models.items import Node
from restora_desktop.opening import item_of_picture
from restora_desktop.panels.banner import Notice
from restora_desktop.running import Runner
from restora_desktop.scene.controller import SceneController
from restora_desktop.scene.drawing import Channel, Drawn
from restora_desktop.scene.fix_choices import (
    candidates,
    name_of_reference,
    path_fixers,
    reference_picture,
    render_fixers,
)
from restora_desktop.scene.fix_dialog import FixDialog, Wish
from restora_desktop.scene.navigator import resized
from restora_desktop.scene.reference_offer import ReferenceOffer
from restora_desktop.scene.render_worker import Answer
from restora_desktop.scene.sources import Entry
from restora_desktop.scene.stills import Stills
from restora_desktop.tasks import Tasks
from restora_desktop.window import MainWindow

_USUAL_SIDE = 1024


class Fixer(QObject):
    """Answers the fixing commands.

    Signals:
        told: a Notice.
        troubled: an exception that kept something from being fixed.
        changed: something is rendered, or nothing any more.
        weights_wanted: the id of a method whose weights are missing.
    """

    told = Signal(object)
    troubled = Signal(object)
    changed = Signal()
    weights_wanted = Signal(str)

    def __init__(
        self,
        window: MainWindow,
        scenes: SceneController,
        runner: Runner,
        methods: MethodDesk,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._scenes, self._runner, self._methods = window, scenes, runner, methods
        self._stills = Stills(scenes.renderer, self)
        self._tasks = Tasks("fixing", parent=self)
        self.path: Callable[[], Sequence[Camera]] = tuple
        """The frames of the camera path, once there is an editor for one."""
        self.dialog: FixDialog | None = None

    @property
    def is_rendering(self) -> bool:
        """Whether views are still to be rendered."""
        return not self._stills.is_idle

    @property
    def has_way(self) -> bool:
        """Whether there is a path, or cameras to go along."""
        entry = self._scenes.entry
        return entry is not None and bool(len(entry.document.state.base.cameras) or self.path())

    @property
    def is_idle(self) -> bool:
        """Whether nothing is on its way to the lane."""
        return self._stills.is_idle and self._tasks.is_idle

    def close(self) -> bool:
        """Render and read nothing any more."""
        self._stills.withdraw()
        if self.dialog is not None:
            self.dialog.reject()
        return self._tasks.close()

    def commands(self) -> Mapping[str, Callable[[bool], None]]:
        """What they do."""
        return {
            "scene.fix_view": lambda _on: self.fix_view(),
            "scene.fix_cameras": lambda _on: self.fix_cameras(),
            "scene.fix_path": lambda _on: self.fix_path(),
        }

    def stop(self) -> None:
        """Render no further views; jobs that are queued already stay."""
        self._stills.withdraw()
        self._tell_progress()

    # -- one view ------------------------------------------------------------------------------------

    def fix_view(self) -> None:
        """Ask how, then render the view and hand it to a method."""
        entry, pane = self._scenes.entry, self._scenes.pane
        if entry is None:
            return
        camera = pane.camera() if pane.navigator.camera is None else pane.navigator.camera
        methods = render_fixers(self._window.plan.methods)
        dialog = self._ask(
            self.tr("Fix this view"),
            self.tr("The view is rendered in full quality, listed below the scene, and fixed there."),
            methods,
            max(camera.width, camera.height),
            preview=pane.side.image,
        )
        if dialog is None:
            return
        offer = ReferenceOffer(dialog, entry.document.state.base.cameras, self._tasks, self._fail)
        offer.told.connect(self.told)
        seen, drawn = pane.side.seen()
        offer.find(seen or camera, drawn)
        dialog.accepted.connect(partial(self._start_view, dialog, entry, camera))

    def _start_view(self, dialog: FixDialog, entry: Entry, camera: Camera) -> None:
        wish = dialog.wish()
        name = camera.name if camera.name != "view" else self.tr("view {n}").format(n=_next(entry.node))
        self._render(entry, replace(camera, name=name), wish, selects=True)

    # -- all cameras ---------------------------------------------------------------------------------

    def fix_cameras(self) -> None:
        """Ask how, then make a job for every camera of the scene."""
        entry = self._scenes.entry
        if entry is None:
            return
        cameras = entry.document.state.base.cameras
        dialog = self._ask(
            self.tr("Fix all cameras"),
            self.tr(
                "Each of the {n} cameras is rendered and becomes a job; the results are listed below the "
                "scene. A method that takes a reference gets the photograph that sees most of the render."
            ).format(n=len(cameras)),
            render_fixers(self._window.plan.methods),
            _USUAL_SIDE,
        )
        if dialog is not None:
            dialog.accepted.connect(partial(self._start_cameras, dialog, entry, cameras))

    def _start_cameras(self, dialog: FixDialog, entry: Entry, cameras: CameraSet) -> None:
        wish = dialog.wish()
        for camera in cameras:
            self._render(entry, camera, wish, selects=False)

    # -- a path --------------------------------------------------------------------------------------

    def fix_path(self) -> None:
        """Hand the scene with the frames of the path to a method that renders and fixes by itself."""
        entry = self._scenes.entry
        if entry is None:
            return
        frames = tuple(self.path())
        way = (
            self.tr("the {n} frames of the path").format(n=len(frames))
            if frames
            else self.tr("the scene's own cameras, as no path is drawn")
        )
        dialog = self._ask(
            self.tr("Fix path"),
            self.tr(
                "The method renders the scene along {way} and fixes every frame. Its parameters are those of "
                "the method panel."
            ).format(way=way),
            path_fixers(self._window.plan.methods),
            _USUAL_SIDE,
            has_size=False,
        )
        if dialog is not None:
            dialog.accepted.connect(partial(self._start_path, dialog, entry, frames))

    def _start_path(self, dialog: FixDialog, entry: Entry, frames: tuple[Camera, ...]) -> None:
        plan = self._window.plan.plan_for(dialog.wish().info.id)
        item = self._scenes.item_of(entry.node)
        if frames:
            item = _along(item, frames)
        if plan is not None:
            self._runner.run_on(plan, item, entry.node)

    # -- rendering -----------------------------------------------------------------------------------

    def _ask(
        self,
        title: str,
        explanation: str,
        methods: Sequence[MethodInfo],
        longest_side: int,
        *,
        preview: QImage | None = None,
        has_size: bool = True,
    ) -> FixDialog | None:
        if not methods:
            self.told.emit(
                Notice(
                    text=self.tr("{t}: no method that is loaded can do this.").format(t=title),
                    advice=self.tr("Tools > Plugins lists what is loaded, and why something is not."),
                )
            )
            return None
        dialog = FixDialog(
            title,
            explanation,
            methods,
            longest_side,
            self._window,
            preview=preview,
            has_size=has_size,
        )
        dialog.show_missing({info.id: self._methods.missing_weights(info) for info in methods})
        dialog.weights_wanted.connect(self.weights_wanted)
        dialog.finished.connect(partial(self._drop, dialog))
        self.dialog = dialog
        dialog.show()
        return dialog

    def _drop(self, dialog: FixDialog, _code: int) -> None:
        if self.dialog is dialog:
            self.dialog = None
        dialog.deleteLater()

    def _render(self, entry: Entry, camera: Camera, wish: Wish, *, selects: bool) -> None:
        look = replace(self._scenes.pane.look, channel=Channel.COLOUR, degree=3)
        self._stills.ask(
            entry.document.state.scene,
            resized(camera, wish.longest_side, wish.longest_side),
            look,
            partial(self._take_render, entry, wish, selects),
            self._fail,
            wants_numbers=True,
        )
        self._tell_progress()

    def _take_render(self, entry: Entry, wish: Wish, selects: bool, answer: Answer) -> None:
        self._tell_progress()
        drawn, camera = answer.drawn, answer.asked.camera
        assert drawn is not None  # it was asked for
        if self._window.items.node(entry.node.id) is not entry.node:
            return  # the scene was closed meanwhile
        image = Image(pixels=np.clip(drawn.rgb, 0.0, 1.0))
        node = _render_node(entry.node, camera, image, answer.image)
        self._window.items.insert(node)
        if selects:
            self._window.items_panel.select(node)
        self._tasks.start(
            partial(_references, wish, camera, drawn, entry.document.state.base),
            partial(self._submit, wish.info, node),
            self._fail,
        )

    def _submit(self, info: MethodInfo, node: Node, references: tuple[Item, ...]) -> None:
        plan = self._window.plan.plan_for(info.id, references)
        if plan is not None:
            self._runner.run_on(plan, node.item, node)

    def _tell_progress(self) -> None:
        count = self._stills.count
        text = self.tr("{n} views are still to be rendered").format(n=count) if count else ""
        self._window.statusBar().showMessage(text)
        self.changed.emit()

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, RestoraError | OSError | MemoryError):
            raise error
        self._tell_progress()
        self.troubled.emit(error)


def _render_node(parent: Node, camera: Camera, image: Image, shown: QImage) -> Node:
    small = shown.scaled(
        QSize(96, 96), Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    name = f"{parent.title} · {camera.name}"
    size = f"{image.width} × {image.height}"
    return Node(
        title=camera.name,
        subtitle=f"render, {size}",
        detail=f"{name}\nrendered in full quality, {size}",
        item=item_of_picture(image, name),
        picture=image,
        thumbnail=small,
        camera=camera,
        parent=parent,
    )


def _references(wish: Wish, camera: Camera, drawn: Drawn, scene: GaussianScene) -> tuple[Item, ...]:
    """The photographs that were chosen, or as many of the best ones as the method needs or can use one of."""
    rule, cameras = wish.info.references, scene.cameras
    if not rule.maximum:
        return ()
    chosen = wish.references
    if chosen is None:
        chosen = candidates(camera, drawn, cameras, most=max(1, rule.minimum))
    size = (camera.width, camera.height) if rule.same_size else None
    return tuple(
        item_of_picture(reference_picture(cameras, each, size), name_of_reference(each)) for each in chosen
    )


def _along(item: Item, frames: tuple[Camera, ...]) -> Item:
    """The same scene with a path through it; its own cameras stay, for the photographs that they name."""

    def load() -> GaussianScene:
        scene = item.scene()
        return replace(scene, cameras=replace(scene.cameras, path=frames))

    return Item(
        name=f"{item.name} · path of {len(frames)}",
        probe=item.probe,
        load=load,
    )


def _next(node: Node) -> int:
    return 1 + sum(child.result is None for child in node.children)
