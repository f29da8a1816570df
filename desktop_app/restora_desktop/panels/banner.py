"""What the user should know, above the viewer: a sentence, one action, and the details."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from restora_desktop.icons import IconButton, Sign
from restora_desktop.panels.dimmed import Dimmed

_MOST_BANNERS = 3
_GOOD_NEWS_MS = 6000


class Severity(StrEnum):
    """How much it matters."""

    GOOD = "good"
    """Something was done; it goes away by itself."""
    INFO = "info"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to tell."""

    text: str
    advice: str = ""
    severity: Severity = Severity.WARNING
    action: str = ""
    """What the button says; empty for none."""
    on_action: Callable[[], None] | None = None
    details: str = ""
    """For those who want to know more, and for reports."""


class Banner(QFrame):
    """One notice; further ones of the same text are counted.

    Signals:
        dismissed: it is to go.
        details_wanted: its Notice is to be shown in full.
    """

    dismissed = Signal()
    details_wanted = Signal(object)

    def __init__(self, notice: Notice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.notice = notice
        self._count = 1
        self.setObjectName("banner")
        self.setProperty("severity", notice.severity.value)
        name = {"good": "done", "info": "info", "warning": "warning", "bad": "error"}[notice.severity]
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 6)
        layout.setSpacing(10)
        layout.addWidget(Sign(name, 20))
        layout.addLayout(self._make_words(), 1)
        self._add_buttons(layout)
        if notice.severity is Severity.GOOD:
            # No singleShot: its timer would outlive the banner.
            timer = QTimer(self)
            timer.setSingleShot(True)
            timer.timeout.connect(self.dismissed)
            timer.start(_GOOD_NEWS_MS)

    def _make_words(self) -> QVBoxLayout:
        notice = self.notice
        self.text = QLabel(notice.text)
        self.text.setWordWrap(True)
        self.text.setAccessibleName(notice.text)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self.text)
        if notice.advice:
            words.addWidget(Dimmed(notice.advice))
        return words

    def _add_buttons(self, layout: QHBoxLayout) -> None:
        notice = self.notice
        if notice.action and notice.on_action is not None:
            self.button = QPushButton(notice.action)
            self.button.clicked.connect(self._act)
            layout.addWidget(self.button)
        if notice.details:
            details = QPushButton(self.tr("Details…"))
            details.clicked.connect(self._want_details)
            layout.addWidget(details)
        close = IconButton("close", self.tr("Dismiss"))
        close.clicked.connect(self.dismissed)
        layout.addWidget(close)

    def count_again(self) -> None:
        """The same once more."""
        self._count += 1
        self.text.setText(f"{self.notice.text}  (×{self._count})")

    def _act(self) -> None:
        if self.notice.on_action is not None:
            self.notice.on_action()
        self.dismissed.emit()

    def _want_details(self) -> None:
        self.details_wanted.emit(self.notice)


class Banners(QWidget):
    """The newest notices, one above the other; never in the way of a batch.

    Signals:
        details_wanted: a Notice is to be shown in full.
        count_changed: how many problems are on the screen.
    """

    details_wanted = Signal(object)
    count_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._banners: list[Banner] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        self.hide()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What is on the screen."""
        return tuple(banner.notice for banner in self._banners)

    def tell(self, notice: Notice) -> None:
        """Show a notice, or count it where its text is on the screen already."""
        for banner in self._banners:
            if banner.notice.text == notice.text:
                banner.count_again()
                return
        while len(self._banners) >= _MOST_BANNERS:
            self._drop(self._banners[0])
        banner = Banner(notice, self)
        banner.dismissed.connect(self._drop_sender)
        banner.details_wanted.connect(self.details_wanted)
        self._banners.append(banner)
        self._layout.addWidget(banner)
        self._tell_count()

    def clear(self) -> None:
        """Take all away."""
        for banner in tuple(self._banners):
            self._drop(banner)

    def _drop_sender(self) -> None:
        banner = self.sender()
        if isinstance(banner, Banner) and banner in self._banners:
            self._drop(banner)

    def _drop(self, banner: Banner) -> None:
        self._banners.remove(banner)
        self._layout.removeWidget(banner)
        banner.hide()
        banner.deleteLater()
        self._tell_count()

    def _tell_count(self) -> None:
        self.setVisible(bool(self._banners))
        problems = [
            banner for banner in self._banners if banner.notice.severity in {Severity.WARNING, Severity.BAD}
        ]
        self.count_changed.emit(len(problems))
