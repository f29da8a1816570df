"""The controls above a scene: what the picture shows, and what counts as up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QAction, QColor, QIcon, QPixmap
from PySide6.QtWidgets import QComboBox, QSpinBox, QToolBar, QWidget

from restora.splats.framing import UpAxis
from restora_desktop.flow_layout import FlowLayout
from restora_desktop.scene.draw_with import DrawWith
from restora_desktop.scene.drawing import Channel, Colour, Look

AskColour: TypeAlias = Callable[[str, Colour], Colour | None]
"""Asks for a colour under a title, beginning with the present one."""

_BACKGROUNDS: Final[Sequence[tuple[str, Colour]]] = (
    ("Black", (0.0, 0.0, 0.0)),
    ("Grey", (0.5, 0.5, 0.5)),
    ("White", (1.0, 1.0, 1.0)),
)


class SceneBar(QWidget):
    """Shows a Look, the up axis and the angle of view, and says what is wanted instead.

    Its rows break where the window is narrow. What a tool bar hides behind its arrow could not be used there,
    because lists do not open from within it.

    Signals:
        look_wanted: a Look.
        up_wanted: an UpAxis.
        drawer_wanted: a DrawWith.
        fov_wanted: degrees.
    """

    look_wanted = Signal(object)
    up_wanted = Signal(object)
    drawer_wanted = Signal(object)
    fov_wanted = Signal(float)

    def __init__(
        self, actions: Sequence[QAction | None], ask_colour: AskColour, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._ask_colour = ask_colour
        self.setObjectName("scene_bar")
        self._look = Look()
        self._flow = FlowLayout(self)
        self._group = self._begin_group()
        for action in actions:
            if action is None:
                self._group = self._begin_group()
            else:
                self._add_tool(action)
        self._group = self._begin_group()
        self._make_look()
        self._group = self._begin_group()
        self._make_view()
        self._make_drawer()

    def _begin_group(self) -> QToolBar:
        """What stays together when rows break."""
        group = QToolBar()
        group.setMovable(False)
        self._flow.addWidget(group)
        return group

    def _add_tool(self, action: QAction) -> None:
        self._group.addAction(action)
        button = self._group.widgetForAction(action)
        button.setAccessibleName(action.text().replace("&", "").removesuffix("…"))

    def _make_look(self) -> None:
        self.channel = QComboBox()
        self.channel.setAccessibleName(self.tr("What is drawn"))
        self.channel.setToolTip(
            self.tr("What is drawn: colour, depth (near is dark), or how much is covered")
        )
        for title, channel in (
            (self.tr("Colour"), Channel.COLOUR),
            (self.tr("Depth"), Channel.DEPTH),
            (self.tr("Alpha"), Channel.ALPHA),
        ):
            self.channel.addItem(title, channel)
        self.channel.activated.connect(self._choose)
        self.degree = QComboBox()
        self.degree.setAccessibleName(self.tr("Degree of the harmonics"))
        self.degree.setToolTip(
            self.tr("Highest degree of the harmonics that colours change with direction by")
        )
        for degree in range(4):
            self.degree.addItem(self.tr("SH {n}").format(n=degree), degree)
        self.degree.setCurrentIndex(3)
        self.degree.activated.connect(self._choose)
        self._make_background()
        for widget in (self.channel, self.degree, self.background):
            self._group.addWidget(widget)

    def _make_background(self) -> None:
        self.background = QComboBox()
        self.background.setAccessibleName(self.tr("Background"))
        self.background.setToolTip(self.tr("What is seen where the scene is transparent"))
        for title, colour in _BACKGROUNDS:
            self.background.addItem(_swatch(colour), self.tr(title))
        self.background.addItem(self.tr("Other…"))
        self.background.activated.connect(self._choose_background)

    def _make_view(self) -> None:
        self.up = QComboBox()
        self.up.setAccessibleName(self.tr("Up axis"))
        self.up.setToolTip(self.tr("Which axis points up; it turns the camera, never the data"))
        for axis in UpAxis:
            self.up.addItem(self.tr("Up {axis}").format(axis=axis.value.upper()), axis)
        self.up.activated.connect(self._choose_up)
        self._group.addWidget(self.up)
        self.fov = QSpinBox()
        self.fov.setRange(5, 120)
        self.fov.setSuffix("°")
        self.fov.setAccessibleName(self.tr("Angle of view"))
        self.fov.setToolTip(self.tr("Vertical angle of view"))
        self.fov.setKeyboardTracking(False)
        self.fov.valueChanged.connect(self._choose_fov)
        self._group.addWidget(self.fov)

    def _make_drawer(self) -> None:
        self.drawer = QComboBox()
        self.drawer.setAccessibleName(self.tr("Draw with"))
        for title, choice, tip in (
            (
                self.tr("Auto"),
                DrawWith.AUTO,
                self.tr("gsplat on a CUDA card where that works, else the processor"),
            ),
            (self.tr("CPU"), DrawWith.CPU, self.tr("The processor")),
            (self.tr("CUDA"), DrawWith.CARD, ""),
        ):
            self.drawer.addItem(title, choice)
            self.drawer.setItemData(self.drawer.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.drawer.activated.connect(self._choose_drawer)
        self._group.addWidget(self.drawer)
        self.offer_card(self.tr("whether a card can draw is not known yet"), can_draw=False)

    def offer_card(self, reason: str, *, can_draw: bool) -> None:
        """Whether a card can be chosen, and why or why not."""
        row = self.drawer.findData(DrawWith.CARD)
        self.drawer.model().item(row).setEnabled(can_draw)  # type: ignore[attr-defined]  # a QStandardItemModel
        self.drawer.setItemData(row, reason, Qt.ItemDataRole.ToolTipRole)
        self.drawer.setToolTip(
            self.tr("Draw with: automatic, the processor, or CUDA (gsplat). Found: {r}").format(r=reason)
        )

    def show_choice(self, choice: DrawWith) -> None:
        """Follow what was chosen elsewhere."""
        self.drawer.setCurrentIndex(self.drawer.findData(choice))

    @property
    def look(self) -> Look:
        """What is chosen."""
        return self._look

    def show_degree(self, degree: int) -> None:
        """Offer only what the scene has."""
        for row in range(self.degree.count()):
            self.degree.model().item(row).setEnabled(row <= degree)  # type: ignore[attr-defined]  # a QStandardItemModel
        self._look = replace(self._look, degree=3)
        self.degree.setCurrentIndex(degree)

    def show_view(self, up: UpAxis, fov: float) -> None:
        """Follow the view."""
        with QSignalBlocker(self.fov):
            self.fov.setValue(round(fov))
        self.up.setCurrentIndex(self.up.findData(up))

    def choose_channel(self, channel: Channel) -> None:
        """As if it was chosen here."""
        self.channel.setCurrentIndex(self.channel.findData(channel))
        self._choose()

    @Slot()
    def _choose(self) -> None:
        self._take(
            replace(
                self._look, channel=Channel(self.channel.currentData()), degree=int(self.degree.currentData())
            )
        )

    @Slot()
    def _choose_background(self) -> None:
        row, colour = self.background.currentIndex(), None
        if row < len(_BACKGROUNDS):
            colour = _BACKGROUNDS[row][1]
        else:
            colour = self._ask_colour(self.tr("Background"), self._look.background)
        if colour is not None:
            self._take(replace(self._look, background=colour))

    @Slot()
    def _choose_up(self) -> None:
        self.up_wanted.emit(UpAxis(self.up.currentData()))  # Qt hands texts back as plain ones

    @Slot()
    def _choose_drawer(self) -> None:
        self.drawer_wanted.emit(DrawWith(self.drawer.currentData()))  # Qt hands texts back as plain ones

    @Slot(int)
    def _choose_fov(self, degrees: int) -> None:
        self.fov_wanted.emit(float(degrees))

    def _take(self, look: Look) -> None:
        self._look = look
        self.look_wanted.emit(look)


def _swatch(colour: Colour) -> QIcon:
    pixmap = QPixmap(16, 16)
    pixmap.fill(QColor.fromRgbF(*colour))
    return QIcon(pixmap)
