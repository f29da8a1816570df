"""What all commands share: the workbench, made when it is first needed and closed at the end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from restora.workbench import Workbench


class Door:
    """The command line's side of the workbench."""

    def __init__(self, *, plugin_dirs: Sequence[Path] = (), safe_mode: bool = False) -> None:
        self._plugin_dirs = plugin_dirs
        self._safe_mode = safe_mode
        self._workbench: Workbench | None = None
        self.queue_file: Path | None = None
        """Another queue than the user's own."""

    @property
    def workbench(self) -> Workbench:
        """The one workbench of this process."""
        if self._workbench is None:
            from restora.workbench import Workbench

            self._workbench = Workbench.of_user(
                plugin_dirs=self._plugin_dirs, safe_mode=self._safe_mode, queue_file=self.queue_file
            )
        return self._workbench

    def __enter__(self) -> Door:
        return self

    def __exit__(self, *_: object) -> None:
        if self._workbench is not None:
            self._workbench.close()


pass_door = click.make_pass_decorator(Door)
