"""One part of a picture at several values of a parameter, to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from restora.data.image import Image
from restora_desktop.viewer.background import Background
from restora_desktop.viewer.layers import Layer, SceneRect
from restora_desktop.viewer.picture_pane import PicturePane, Shown
from restora_desktop.viewer.picture_source import PictureSource
from restora_desktop.viewer.view_state import ViewState


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rung:
    """One value and what it leads to."""

    label: str
    """As people read it: `0.25`."""
    value: object
    image: Image | None = None
    """None while it is computed."""


class Ladder(QWidget):
    """Rungs side by side on one view; a click on a picture or on the button below it takes its value.

    Signals:
        taken: the value of the rung.
    """

    taken = Signal(object)

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ladder")
        self.setAccessibleName(self.tr("Ladder of values"))
        self.state = ViewState(self)
        self._background = background
        self._rungs: tuple[Rung, ...] = ()
        self._panes: list[PicturePane] = []
        self._buttons: list[QPushButton] = []
        self._sources: dict[Image, PictureSource] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self.state.view_changed.connect(self._refit)

    @property
    def panes(self) -> Sequence[PicturePane]:
        """The pictures on the screen."""
        return tuple(self._panes)

    @property
    def is_settled(self) -> bool:
        """Whether nothing better is on its way to the screen."""
        return self._background.is_idle and all(pane.is_settled for pane in self._panes)

    def show_rungs(self, rungs: Sequence[Rung], *, current: object = None) -> None:
        """Show these; pictures that stay keep their pixels. `current` is the value in use."""
        self._rungs = tuple(rungs)
        self._have(len(rungs))
        first = next((rung.image for rung in rungs if rung.image is not None), None)
        if first is not None:
            self.state.set_scene(SceneRect.of(first))
        old, self._sources = self._sources, {}
        for rung, pane, button in zip(rungs, self._panes, self._buttons, strict=True):
            self._fill(pane, rung, old)
            button.setText(self.tr("Use {}").format(rung.label))
            button.setAccessibleName(button.text())
            is_current = current is not None and rung.value == current
            button.setEnabled(rung.image is not None and not is_current)
            waiting = self.tr("Still being computed") if rung.image is None else ""
            button.setToolTip(self.tr("The value in use") if is_current else waiting)
        for image in old.keys() - self._sources.keys():
            old[image].dispose()
        self._refit()

    def _fill(self, pane: PicturePane, rung: Rung, old: dict[Image, PictureSource]) -> None:
        image = rung.image
        if image is None:
            pane.show_pictures(())
            return
        source = old.get(image)
        if source is None:
            layer = Layer(key="ladder", name=rung.label, image=image, scene=self.state.scene)
            source = PictureSource(layer, self._background, self)
        self._sources[image] = source
        pane.show_pictures([Shown(letter="", source=source)])

    def _have(self, count: int) -> None:
        while len(self._panes) > count:
            for widget in (self._panes.pop(), self._buttons.pop()):
                self._grid.removeWidget(widget)
                widget.hide()
                widget.deleteLater()
        while len(self._panes) < count:
            number = len(self._panes)
            pane, button = PicturePane(self.state, self._background, self), QPushButton(self)
            pane.setObjectName(f"rung_{number}")
            button.setObjectName(f"take_{number}")
            pane.placeholder = self.tr("Being computed …")
            pane.clicked.connect(self._take)
            pane.resized.connect(self._refit)
            button.clicked.connect(self._take)
            self._grid.addWidget(pane, 0, number)
            self._grid.addWidget(button, 1, number)
            self._panes.append(pane)
            self._buttons.append(button)

    @Slot()
    def _take(self) -> None:
        sender = self.sender()
        rows = zip(self._rungs, self._panes, self._buttons, strict=True)
        chosen = [rung for rung, *parts in rows if sender in parts and rung.image is not None]
        for rung in chosen:
            self.taken.emit(rung.value)

    @Slot()
    def _refit(self) -> None:
        if self.state.is_fitted and self._panes:
            viewports = [pane.viewport() for pane in self._panes]
            self.state.fit(min(each.width for each in viewports), min(each.height for each in viewports))
