"""What is shown while nothing is open: where to drop files, what was open last, and samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from restora_desktop.icons import Sign, icon
from restora_desktop.panels.action_button import ActionButton
from restora_desktop.panels.dimmed import Dimmed

_MOST_RECENT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Something that a click opens."""

    name: str
    """A path or `sample:ID`."""
    title: str
    tip: str
    icon_name: str


class NameButton(QPushButton):
    """Opens one name.

    Signals:
        wanted: the name.
    """

    wanted = Signal(str)

    def __init__(self, offer: Offer) -> None:
        super().__init__(icon(offer.icon_name), offer.title)
        self._offer = offer
        self.setToolTip(offer.tip)
        self.setFlat(True)
        self.setStyleSheet("text-align: left;")
        self.clicked.connect(self._want)

    def _want(self) -> None:
        self.wanted.emit(self._offer.name)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Follow the colours of the theme."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self.setIcon(icon(self._offer.icon_name))


class Welcome(QWidget):
    """The first page.

    Signals:
        wanted: a path or `sample:ID` to open.
    """

    wanted = Signal(str)

    def __init__(self, open_action: QAction, folder_action: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self._recent = _Column(self.tr("Opened last"))
        self._samples = _Column(self.tr("Samples to try"))
        self._make_drop(open_action, folder_action)
        self._lay_out()
        self.show_recent(())
        self.show_samples(())

    def _make_drop(self, open_action: QAction, folder_action: QAction) -> None:
        self.drop = QFrame()
        self.drop.setObjectName("drop")
        self.drop.setProperty("active", "false")
        title = QLabel(self.tr("Drop pictures, captures or scenes here"))
        title.setProperty("role", "title")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        kinds = "PNG, TIFF, EXR, JPEG, camera raw, NumPy, single-photon captures, folders of frames"
        hint = Dimmed(self.tr(f"{kinds}, and scenes of 3D Gaussians as PLY, SPLAT, SPZ or SOG"))
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        sign = Sign("open", 48)
        sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(ActionButton(open_action, text=self.tr("Open files…")))
        buttons.addWidget(ActionButton(folder_action, text=self.tr("Open folder…")))
        buttons.addStretch(1)
        inside = QVBoxLayout(self.drop)
        inside.setContentsMargins(32, 28, 32, 28)
        inside.setSpacing(10)
        for widget in (sign, title, hint):
            inside.addWidget(widget)
        inside.addLayout(buttons)

    def _lay_out(self) -> None:
        lists = QHBoxLayout()
        lists.setSpacing(32)
        lists.addWidget(self._recent, 1)
        lists.addWidget(self._samples, 1)
        column = QWidget()
        column.setMaximumWidth(760)
        column.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        middle = QVBoxLayout(column)
        middle.setSpacing(18)
        middle.addWidget(self.drop)
        middle.addLayout(lists)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.addStretch(1)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(column, 8)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addStretch(2)
        self._scroll_to_see(page)

    def _scroll_to_see(self, page: QWidget) -> None:
        """On a low screen the page is moved, not squeezed."""
        self.area = QScrollArea()
        self.area.setObjectName("welcome_area")
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidgetResizable(True)
        self.area.setWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.area)

    def show_recent(self, paths: Sequence[str]) -> None:
        """Offer what was opened last and is still there."""
        buttons = []
        for path in paths[:_MOST_RECENT]:
            place = Path(path)
            if place.exists():
                sign = "folder" if place.is_dir() else "picture"
                buttons.append(NameButton(Offer(name=path, title=place.name, tip=path, icon_name=sign)))
        self._fill(self._recent, buttons)

    def show_samples(self, samples: Sequence[Offer]) -> None:
        """Offer data that come with plugins."""
        self._fill(self._samples, [NameButton(offer) for offer in samples])

    def highlight(self, on: bool) -> None:
        """Something that can be opened hovers over the window."""
        self.drop.setProperty("active", "true" if on else "false")
        self.drop.style().polish(self.drop)

    def _fill(self, column: _Column, buttons: list[NameButton]) -> None:
        for button in buttons:
            button.wanted.connect(self.wanted)
        column.fill(buttons)


class _Column(QWidget):
    """A heading with buttons; not there at all while it is empty."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        head = QLabel(title)
        head.setProperty("role", "heading")
        self._layout.addWidget(head)
        self._buttons: list[NameButton] = []

    def fill(self, buttons: list[NameButton]) -> None:
        for button in self._buttons:
            self._layout.removeWidget(button)
            button.deleteLater()
        self._buttons = buttons
        for button in buttons:
            self._layout.addWidget(button)
        self.setVisible(bool(buttons))
