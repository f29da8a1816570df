"""Notices what code does to the world around it: files, connections, processes and global state."""

from __future__ import annotations

import os
import random
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

import numpy as np

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = frozenset(
    {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
)
_CALLS = frozenset(
    {"socket.connect", "socket.getaddrinfo", "urllib.Request", "subprocess.Popen", "os.system"}
)

_active: SideEffects | None = None
_is_installed = False


class SideEffects:
    """A block of code whose effects are noted; one at a time in a process.

    Writes below `allowed`, to devices and to Python's own cache of compiled files are fine.
    """

    def __init__(self, *, allowed: Path) -> None:
        self._allowed = allowed.resolve()
        self._events: list[str] = []
        self._before: Mapping[str, object] = {}
        self._after: Mapping[str, object] = {}

    def __enter__(self) -> SideEffects:
        global _active
        _install()
        self._before = _global_state()
        _active = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        global _active
        _active = None
        self._after = _global_state()

    def note(self, event: str, arguments: tuple[object, ...]) -> None:
        """Called for every audit event of the interpreter."""
        if event == "open":
            if self._writes(arguments) and self._matters(arguments[0]):
                self._events.append(f"writes {arguments[0]}")
        elif event in _CHANGES:
            if not _is_below_descriptor(event, arguments) and self._matters(arguments[0]):
                self._events.append(f"{event}: {arguments[0]}")
        elif event in _CALLS:
            self._events.append(f"{event}: {arguments[-1] if event == 'socket.connect' else arguments[0]}")

    def found(self) -> list[str]:
        """Everything that was noted, each once."""
        changed = [
            f"changes {name}" for name, value in self._before.items() if self._after.get(name) != value
        ]
        return list(dict.fromkeys([*self._events, *changed]))

    def _writes(self, arguments: tuple[object, ...]) -> bool:
        _, mode, flags = arguments
        if isinstance(mode, str):
            return any(letter in mode for letter in "wax+")
        return isinstance(flags, int) and bool(flags & _WRITING)

    def _matters(self, where: object) -> bool:
        if not isinstance(where, str | bytes | os.PathLike):
            return False  # a descriptor: it was opened, and noted, before
        path = Path(os.fsdecode(where)).absolute()
        if path.parts[1:2] == ("dev",) or "__pycache__" in path.parts:
            return False
        return not path.resolve().is_relative_to(self._allowed)


def _is_below_descriptor(event: str, arguments: tuple[object, ...]) -> bool:
    """Whether a name is relative to an open folder, as in deleting a tree; its top is noted by its path."""
    folder = arguments[1] if event in {"os.remove", "os.rmdir"} and len(arguments) > 1 else None
    return isinstance(folder, int) and folder >= 0


def _install() -> None:
    """Audit hooks cannot be taken off, so one stays and forwards to whoever is active."""
    global _is_installed
    if not _is_installed:
        _is_installed = True
        sys.addaudithook(_forward)


def _forward(event: str, arguments: tuple[object, ...]) -> None:
    if _active is not None:
        _active.note(event, arguments)


def _global_state() -> dict[str, object]:
    state: dict[str, object] = {
        "the random module's state": random.getstate(),
        "numpy's global random state": repr(np.random.get_state()),  # noqa: NPY002 - it is what must not change
        "numpy's error settings": str(np.geterr()),
        "the environment": dict(os.environ),
        "the working folder": os.getcwd(),  # noqa: PTH109 - a name to compare, no path to use
        "the number of threads": threading.active_count(),
    }
    return state | _torch_state()


def _torch_state() -> dict[str, object]:
    torch = sys.modules.get("torch")
    if torch is None:
        return {}
    questions: dict[str, Callable[[], object]] = {
        "torch's random state": lambda: torch.random.get_rng_state().numpy().tobytes(),
        "torch's default dtype": torch.get_default_dtype,
        "torch's gradient mode": torch.is_grad_enabled,
        "torch's number of threads": torch.get_num_threads,
        "torch's deterministic mode": torch.are_deterministic_algorithms_enabled,
        "torch's matrix precision": torch.get_float32_matmul_precision,
        "torch's cudnn flags": lambda: (torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic),
    }
    return {name: ask() for name, ask in questions.items()}
