"""The submenus of what can be opened at once: what was opened last, and samples."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject

from restora.workbench import SAMPLE_PREFIX, Workbench
from restora_desktop.icons import icon, kind_icon_name
from restora_desktop.panels.welcome import Offer
from restora_desktop.preferences import Preferences
from restora_desktop.sessions import Sessions
from restora_desktop.window import MainWindow


class OpenMenus(QObject):
    """Fills them, and the lists of the first page."""

    def __init__(
        self,
        window: MainWindow,
        preferences: Preferences,
        sessions: Sessions,
        open_name: Callable[[str], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._window, self._preferences, self._sessions = window, preferences, sessions
        self._open_name = open_name
        window.welcome.show_recent(preferences.recent)
        self._fill_recent()
        window.board.submenu("file.recent").aboutToShow.connect(self._fill_recent)

    def show_samples(self, workbench: Workbench) -> None:
        """Offer the data that come with the plugins."""
        samples = workbench.host.samples()
        self._window.welcome.show_samples(
            [
                Offer(
                    name=f"{SAMPLE_PREFIX}{info.id}",
                    title=info.title,
                    tip=f"{info.id}, {info.licence}",
                    icon_name=kind_icon_name(info.kind),
                )
                for info in samples
            ]
        )
        menu = self._window.board.submenu("file.samples")
        menu.clear()
        for info in samples:
            sign = icon(kind_icon_name(info.kind))
            menu.addAction(sign, info.title, partial(self._open_name, f"{SAMPLE_PREFIX}{info.id}"))
        menu.menuAction().setVisible(not menu.isEmpty())

    def _fill_recent(self) -> None:
        menu = self._window.board.submenu("file.recent")
        menu.clear()
        for path in self._preferences.recent:
            menu.addAction(path, partial(self._open_name, path)).setEnabled(Path(path).exists())
        last = self._sessions.keeper.last_session
        if last is not None:
            menu.addSeparator()
            menu.addAction(self.tr("Last session"), partial(self._sessions.restore, last))
        menu.addSeparator()
        forget = menu.addAction(self.tr("Forget these"), self._forget_recent)
        forget.setEnabled(bool(self._preferences.recent))

    def _forget_recent(self) -> None:
        self._preferences.clear_recent()
        self._window.welcome.show_recent(())
