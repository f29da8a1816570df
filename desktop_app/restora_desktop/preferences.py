"""What the window remembers about itself: an ini file in restora's own folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from restora_desktop.theme import Scheme

LAYOUT_VERSION = 1
"""Raised when docks are renamed: an older arrangement is then not restored."""
_MOST_RECENT = 12


class Preferences:
    """Typed access to the ini file; a value that cannot be read counts as its default."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A path and a format, always: otherwise Qt writes to the real home folder, whatever a test set up.
        self._store = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def scheme(self) -> Scheme:
        """Dark, light, or as the system wishes."""
        text = self._text("look/scheme")
        return Scheme(text) if text in list(Scheme) else Scheme.SYSTEM

    @scheme.setter
    def scheme(self, scheme: Scheme) -> None:
        self._store.setValue("look/scheme", scheme.value)

    @property
    def notifies(self) -> bool:
        """Whether the end of a long job is announced while another program is in front."""
        return self._flag("jobs/notify", default=True)

    @notifies.setter
    def notifies(self, on: bool) -> None:
        self._store.setValue("jobs/notify", on)

    @property
    def draws_with(self) -> str:
        """What draws scenes: `auto`, `cpu` or `cuda`."""
        return self._text("scene/draws_with") or "auto"

    @draws_with.setter
    def draws_with(self, choice: str) -> None:
        self._store.setValue("scene/draws_with", choice)

    @property
    def keeps_awake(self) -> bool:
        """Whether the machine may not fall asleep while jobs run."""
        return self._flag("jobs/keep_awake", default=True)

    @keeps_awake.setter
    def keeps_awake(self, on: bool) -> None:
        self._store.setValue("jobs/keep_awake", on)

    @property
    def has_seen_tour(self) -> bool:
        """Whether the three tips were dismissed."""
        return self._flag("tour/seen", default=False)

    @has_seen_tour.setter
    def has_seen_tour(self, on: bool) -> None:
        self._store.setValue("tour/seen", on)

    @property
    def recent(self) -> tuple[str, ...]:
        """What was opened last, newest first: paths."""
        count = self._store.beginReadArray("recent")
        found = []
        for place in range(min(count, _MOST_RECENT)):
            self._store.setArrayIndex(place)
            text = self._text("path")
            if text:
                found.append(text)
        self._store.endArray()
        return tuple(found)

    def add_recent(self, path: str) -> None:
        """Remember one more, in front."""
        self._write_recent([path, *(other for other in self.recent if other != path)][:_MOST_RECENT])

    def clear_recent(self) -> None:
        """Forget them all."""
        self._write_recent([])

    def _write_recent(self, paths: list[str]) -> None:
        self._store.remove("recent")
        self._store.beginWriteArray("recent", len(paths))
        for place, path in enumerate(paths):
            self._store.setArrayIndex(place)
            self._store.setValue("path", path)
        self._store.endArray()

    @property
    def folder(self) -> str:
        """Where the last file was opened or written."""
        return self._text("files/folder")

    @folder.setter
    def folder(self, folder: str) -> None:
        self._store.setValue("files/folder", folder)

    def shortcut(self, command: str) -> str | None:
        """The user's own shortcut of a command; None where the usual one holds."""
        key = f"shortcuts/{command}"
        return self._text(key) if self._store.contains(key) else None

    def set_shortcut(self, command: str, keys: str | None) -> None:
        """Change a shortcut; None brings the usual one back."""
        if keys is None:
            self._store.remove(f"shortcuts/{command}")
        else:
            self._store.setValue(f"shortcuts/{command}", keys)

    def save_layout(self, geometry: QByteArray, state: QByteArray) -> None:
        """Remember size, place and docks of the window."""
        self._store.setValue("layout/geometry", geometry)
        self._store.setValue("layout/state", state)

    def layout(self) -> tuple[QByteArray, QByteArray] | None:
        """As saved; None where nothing is."""
        geometry, state = self._store.value("layout/geometry"), self._store.value("layout/state")
        if isinstance(geometry, QByteArray) and isinstance(state, QByteArray):
            return geometry, state
        return None

    def sync(self) -> None:
        """Write what is not written yet."""
        self._store.sync()

    def _text(self, key: str) -> str:
        value = self._store.value(key, "", type=str)
        return value if isinstance(value, str) else ""

    def _flag(self, key: str, *, default: bool) -> bool:
        return bool(self._store.value(key, default, type=bool))
