"""Run as `python -m` with a location: imports a plugin's light part alone and tells what that did.

Prints one JSON object: seconds, heavy modules, files opened that are no code, threads and connections.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
import time
from pathlib import Path

from restora.plugins.loading import HEAVY
from restora.plugins.sources import file_candidate

_CODE = (".py", ".pyc", ".so", ".pyd", ".dylib", ".dll", ".zip", ".pth")


class _Watch:
    """Notes files and connections; audit hooks cannot be taken off again, so it is switched instead."""

    def __init__(self) -> None:
        self.is_on = False
        self.opened: list[str] = []
        self.connected: list[str] = []

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.is_on:
            return
        if event == "open" and isinstance(arguments[0], str | bytes):
            name = os.fsdecode(arguments[0])
            if not name.endswith(_CODE) and not Path(name).is_dir() and ".pyc." not in name:
                self.opened.append(name)
        elif event in {"socket.connect", "socket.getaddrinfo"}:
            self.connected.append(str(arguments[-1]))


def probe(location: str) -> dict[str, object]:
    """What importing the module or file at `location` does."""
    watch = _Watch()
    sys.addaudithook(watch)
    threads, present = threading.active_count(), set(sys.modules)
    watch.is_on = True
    started = time.perf_counter()
    if location.endswith(".py"):
        path = Path(location)
        candidate = file_candidate(path)
        watch.opened.clear()
        candidate.load()
    else:
        importlib.import_module(location)
    seconds = time.perf_counter() - started
    watch.is_on = False
    return {
        "seconds": seconds,
        "heavy": [name for name in HEAVY if name in sys.modules and name not in present],
        "opened": sorted(set(watch.opened)),
        "connected": watch.connected,
        "threads": threading.active_count() - threads,
    }


if __name__ == "__main__":
    importlib.import_module("restora.api")  # every plugin needs it, so it is not the plugin's cost
    sys.path[:0] = sys.argv[2:]
    sys.stdout.write(json.dumps(probe(sys.argv[1])) + "\n")
