"""What commands print: tables and JSON lines on stdout, progress on stderr."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

import click

from restora.data.json_values import JSON

if TYPE_CHECKING:
    from restora.jobs.job import Event
    from restora.jobs.progress import Progress

_BAR_CELLS = 24


def emit(event: str, **facts: JSON) -> None:
    """One JSON line."""
    click.echo(json.dumps({"event": event, **facts}, ensure_ascii=False))


def table(rows: Sequence[Sequence[str]], headings: Sequence[str]) -> None:
    """Columns as wide as they need to be."""
    lines = [list(headings), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    for line in lines:
        text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo(text.rstrip())


def facts(pairs: Mapping[str, str], indent: str = "") -> None:
    """Names and values, aligned."""
    width = max((len(name) for name in pairs), default=0)
    for name, value in pairs.items():
        click.echo(f"{indent}{name.ljust(width)}  {value}".rstrip())


class ProgressView:
    """Shows how a job gets on: a bar if stderr is a terminal, JSON lines if asked for, otherwise nothing.

    Called on the lane's thread; writes whole lines, so that threads do not mix.
    """

    def __init__(self, *, as_json: bool, stream: TextIO | None = None) -> None:
        self._as_json = as_json
        self._stream = stream or sys.stderr
        self._is_drawn = False
        self.title = ""
        """Stands before the bar: which file it is."""

    def __call__(self, event: Event) -> None:
        """Take an event of a lane."""
        from restora.jobs.job import Logged, Progressed, StateChanged

        match event:
            case Progressed():
                self.progress(event.job.id, event.progress)
            case StateChanged():
                if self._as_json:
                    emit("state", job=event.job.id, state=event.state.value, message=event.message)
                if event.state.is_final:
                    self.clear()
            case Logged():
                self.say(event.message)
            case _:
                pass

    def bytes_done(self, done: int, total: int) -> None:
        """How far a download or a check is."""
        from restora.jobs.progress import Progress

        stage = f"{done / 1e6:.0f} of {total / 1e6:.0f} MB" if total else f"{done / 1e6:.0f} MB"
        self.progress("", Progress(fraction=done / total if total else 0.0, stage=stage))

    def say(self, message: str) -> None:
        """A line for the user that is not part of the result."""
        if self._as_json:
            emit("log", message=message)
            return
        self.clear()
        click.echo(message, file=self._stream)

    def clear(self) -> None:
        """Take the bar away."""
        if self._is_drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._is_drawn = False

    def progress(self, job_id: str, progress: Progress) -> None:
        """Show how far a job is."""
        remaining = progress.remaining_seconds
        if self._as_json:
            emit(
                "progress",
                job=job_id,
                fraction=round(progress.fraction, 4),
                stage=progress.stage,
                remaining_seconds=None if remaining is None else round(remaining, 1),
            )
        elif self._stream.isatty():
            self._stream.write(f"\r{self._line(progress)}\x1b[K")
            self._stream.flush()
            self._is_drawn = True

    def _line(self, progress: Progress) -> str:
        from restora.jobs.wording import readable_time

        full = round(progress.fraction * _BAR_CELLS)
        bar = "█" * full + "░" * (_BAR_CELLS - full)
        left = progress.remaining_seconds
        rest = "" if left is None or progress.fraction >= 1 else f" · {readable_time(left)} left"
        line = f"{self.title} {bar} {progress.fraction:4.0%} {progress.stage}{rest}"
        return line[: shutil.get_terminal_size().columns - 1]
