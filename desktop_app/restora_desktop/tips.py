"""Three tips for the start, one after the other, to be dismissed at any time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from restora_desktop.panels.banner import Notice, Severity
from restora_desktop.preferences import Preferences

_TIPS = (
    "Tip 1 of 3: drop a picture or a capture anywhere on the window; the panel on the right then shows the "
    "methods that fit.",
    "Tip 2 of 3: after Run, drag the line in the picture to compare; hold Space to see the other one, "
    "and press 1 to 5 for other ways.",
    "Tip 3 of 3: Ctrl+Shift+P finds every command by its name, Ctrl+E writes a result together with the "
    "recipe that repeats it.",
)


class Tips:
    """Shows them once by itself, and whenever somebody asks."""

    def __init__(self, preferences: Preferences, tell: Callable[[Notice], None]) -> None:
        self._preferences, self._tell = preferences, tell

    def show_once(self) -> None:
        """At the first start."""
        if not self._preferences.has_seen_tour:
            self.show_first()

    def show_first(self) -> None:
        """From the beginning."""
        self._preferences.has_seen_tour = True
        self._show(0)

    def _show(self, number: int) -> None:
        is_last = number == len(_TIPS) - 1
        self._tell(
            Notice(
                text=_TIPS[number],
                severity=Severity.INFO,
                action="" if is_last else "Next tip",
                on_action=None if is_last else partial(self._show, number + 1),
            )
        )
