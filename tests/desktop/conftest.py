"""Every desktop test runs without a screen, with settings of its own, and leaves nothing running behind."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

# Before Qt is imported: the platform is chosen when the application object is made.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from restora_desktop.viewer.background import Background

QT_MESSAGES_EXPECTED = (
    # Qt's offscreen platform says so for every window with a least size.
    "This plugin does not support propagateSizeHints",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
            item.add_marker(pytest.mark.qt_log_ignore(*QT_MESSAGES_EXPECTED, extend=True))


@pytest.fixture(scope="session", autouse=True)
def imported_things_are_not_searched() -> Iterator[None]:
    """Imports leave 100 000 objects that never become garbage; searching them costs 0.1 s a test."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, weights and queues of this test alone."""
    home = tmp_path / "restora_home"
    monkeypatch.setenv("RESTORA_HOME", str(home))
    monkeypatch.delenv("RESTORA_PLUGINS", raising=False)
    return home


@pytest.fixture(autouse=True)
def nothing_left_behind(qapp: QApplication) -> Iterator[None]:
    """Collects garbage on the GUI thread only, as the application does, and looks for what was left."""
    gc.disable()
    threads, windows = set(threading.enumerate()), set(map(id, QApplication.topLevelWidgets()))
    yield
    for _ in range(2):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qapp.processEvents()
        gc.collect()
    gc.enable()
    left = [thread.name for thread in threading.enumerate() if thread not in threads and not _stays(thread)]
    assert not left, f"threads left behind: {left}"
    open_windows = [widget for widget in QApplication.topLevelWidgets() if id(widget) not in windows]
    assert not open_windows, f"windows left behind: {open_windows}"
    timers = [
        each
        for each in gc.get_objects()
        # Not isinstance: some of torch warn when they are asked for their class.
        if issubclass(type(each), QTimer) and isValid(each) and each.isActive()
    ]
    assert not timers, f"timers still running: {[(timer, timer.parent()) for timer in timers]}"


def _stays(thread: threading.Thread) -> bool:
    """The renderer's helpers live as long as the process, and Python keeps a stand-in for every Qt thread."""
    return thread.name.startswith("restora-raster") or isinstance(thread, threading._DummyThread)


@pytest.fixture
def background(qapp: QApplication) -> Iterator[Background]:
    """Display threads, closed after the test."""
    threads = Background(threads=1)
    yield threads
    threads.close()
    threads.deleteLater()
