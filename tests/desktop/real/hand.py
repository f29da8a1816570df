"""A hand on a real screen: clicks and keys go through the X server, as those of a person do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Generator
from typing import TypeAlias

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtWidgets import QApplication, QWidget

Condition: TypeAlias = Callable[[], bool]
Journey: TypeAlias = Generator[Condition, None, None]

_TICK_MS = 40
_PATIENCE_SECONDS = 40.0


def press(*words: str) -> None:
    """Run xdotool."""
    subprocess.run(["xdotool", *words], check=True, timeout=20)


def point(widget: QWidget, place: QPoint | None = None) -> None:
    """Bring the pointer there."""
    at = widget.mapToGlobal(widget.rect().center() if place is None else place)
    press("mousemove", "--sync", str(at.x()), str(at.y()))


def click(widget: QWidget, place: QPoint | None = None) -> None:
    """Click with the left button."""
    assert widget.isVisible(), f"{widget} is not on the screen"
    assert widget.isEnabled(), f"{widget} cannot be used: {widget.toolTip()}"
    point(widget, place)
    press("click", "1")


def drag(widget: QWidget, dx: int, dy: int) -> None:
    """Drag a widget by so many pixels."""
    at = widget.mapToGlobal(widget.rect().center())
    press("mousemove", "--sync", str(at.x()), str(at.y()))
    press("mousedown", "1")
    for step in range(1, 11):
        press("mousemove", "--sync", str(at.x() + dx * step // 10), str(at.y() + dy * step // 10))
    press("mouseup", "1")


def keys(*names: str) -> None:
    """Press keys such as `ctrl+e`."""
    press("key", "--clearmodifiers", *names)


def write(text: str) -> None:
    """Type a text over what stands there."""
    keys("ctrl+a")
    press("type", "--clearmodifiers", "--delay", "4", text)


def focus(window: QWidget) -> None:
    """Give a window the keyboard; there is no window manager that would."""
    press("windowfocus", "--sync", str(int(window.winId())))


def dialog_on_top() -> QWidget | None:
    """The modal dialog that waits for an answer."""
    return QApplication.activeModalWidget()


def shown(name: str) -> QWidget | None:
    """The visible top-level widget of that object name."""
    return next(
        (each for each in QApplication.topLevelWidgets() if each.objectName() == name and each.isVisible()),
        None,
    )


class Traveller(QObject):
    """Goes on with a journey whenever what it waits for has come about; modal dialogs do not stop it."""

    def __init__(self, journey: Journey) -> None:
        super().__init__()
        self._journey = journey
        self._condition: Condition = lambda: True
        self._since = time.monotonic()
        self._is_busy = False
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        if self._is_busy:
            return  # a click has opened a loop of its own
        self._is_busy = True
        try:
            if self._condition():
                self._condition = next(self._journey)
                self._since = time.monotonic()
            elif time.monotonic() - self._since > _PATIENCE_SECONDS:
                self._give_up()
        except StopIteration:
            self._timer.stop()
        except BaseException:  # noqa: BLE001 - whatever went wrong ends the program with a trace
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(3)
        finally:
            self._is_busy = False

    def _give_up(self) -> None:
        """Tell where the journey waits, and keep a picture of the screen."""
        place = self._journey
        while (inner := place.gi_yieldfrom) is not None:
            place = inner
        picture = os.environ.get("RESTORA_LAST_SIGHT")
        if picture:
            QApplication.primaryScreen().grabWindow(0).save(picture)
        line = "?" if place.gi_frame is None else place.gi_frame.f_lineno
        raise TimeoutError(f"{place.__name__} waits in vain at line {line}")
