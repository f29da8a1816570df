"""Starting the window: the first frame as early as possible, the workbench after it."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

_STARTED = time.perf_counter()


def main(arguments: Sequence[str] | None = None) -> int:
    """The program `restora-desktop`; returns its exit code."""
    options = _parser().parse_args(arguments)
    from restora_desktop.application import Application

    application = Application(
        files=options.files,
        plugin_dirs=tuple(options.plugin_dir),
        safe_mode=options.safe_mode,
        started=_process_start() if options.measure_start else None,
    )
    return application.run()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="restora-desktop", description="Restores pictures from unusual cameras, in a window."
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="files, folders or samples to open")
    parser.add_argument("--safe-mode", action="store_true", help="load only the plugins that are built in")
    parser.add_argument(
        "--plugin-dir",
        action="append",
        default=[],
        type=Path,
        metavar="FOLDER",
        help="more plugins",
    )
    parser.add_argument(
        "--measure-start", action="store_true", help="open the window, tell how long that took, and quit"
    )
    return parser


def _process_start() -> float:
    """When this process began, on the clock of `time.perf_counter`; the interpreter's own start counts."""
    try:
        # The 22nd field: ticks since the machine was started.
        fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError):
        return _STARTED  # other systems: the interpreter's start, some 30 ms, is left out
    return time.perf_counter() - age


if __name__ == "__main__":
    sys.exit(main())
