"""What this installation is, and what is wrong with it, as a text to copy; runs on any thread."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from restora import __version__
from restora.errors import RestoraError
from restora.plugins.records import PluginState
from restora.workbench import Workbench

_LIBRARIES = ("PySide6-Essentials", "numpy", "torch", "pillow", "tifffile", "pluggy", "safetensors", "psutil")
_PROBE = (
    "import torch; n = torch.cuda.device_count() if torch.cuda.is_available() else 0; "
    "print(*[f'cuda:{i} {torch.cuda.get_device_name(i)}' for i in range(n)] or "
    "['no card that torch can use'], sep=chr(10))"
)
"""Run in a process of its own: a broken driver must not take the window along."""
_PROBE_SECONDS = 60
_LOW_DISK = 2 * 2**30


def diagnostics(workbench: Workbench) -> str:
    """Versions, machine, folders, plugins and problems."""
    import psutil

    memory = psutil.virtual_memory()
    machine = {
        "system": platform.platform(),
        "python": platform.python_version(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory.total / 2**30:.1f} GiB, {memory.available / 2**30:.1f} GiB free",
        "cards": _cards(),
    }
    folders = {
        "settings": str(workbench.folders.settings_file),
        "plugins": str(workbench.folders.plugins),
        "weights": str(workbench.weights_folder),
        "state": str(workbench.folders.state),
        "cache": str(workbench.folders.cache),
    }
    plugins = {record.name: str(record.state) for record in workbench.host.records()}
    problems = list(_problems(workbench))
    blocks = [
        _block("versions", {"restora": __version__, **_versions()}),
        _block("machine", machine),
        _block("folders", folders),
        _block("plugins", plugins),
        "\n".join(["problems", *(f"  {problem}" for problem in problems)]) if problems else "no problems",
    ]
    return "\n\n".join(blocks) + "\n"


def _block(title: str, values: Mapping[str, str]) -> str:
    width = max((len(name) for name in values), default=0)
    lines = [f"  {name:{width}}  {value}" for name, value in values.items()]
    return "\n".join([title, *(lines or ["  none"])])


def _versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _cards() -> str:
    try:
        probe = subprocess.run(
            [sys.executable, "-c", _PROBE],
            capture_output=True,
            text=True,
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "torch did not answer"
    if probe.returncode:
        return "torch cannot be used: " + (probe.stderr.strip().splitlines() or ["it ended at once"])[-1]
    return ", ".join(probe.stdout.split("\n")).strip(", ")


def _problems(workbench: Workbench) -> Iterator[str]:
    for folder in (workbench.folders.state, workbench.weights_folder, workbench.folders.cache):
        present = _nearest(folder)
        if not os.access(present, os.W_OK):
            yield f"{present} cannot be written to"
        elif shutil.disk_usage(present).free < _LOW_DISK:
            yield f"less than 2 GiB are free for {folder}"
    for record in workbench.host.records():
        if record.state not in {PluginState.LOADED, PluginState.DISABLED}:
            yield f"plugin {record.name}: {record.state} ({record.reason})"
        yield from (f"plugin {record.name}: {warning}" for warning in record.warnings)
    yield from workbench.host.notices()
    try:
        workbench.weights.list()
    except RestoraError as error:
        yield str(error)


def _nearest(folder: Path) -> Path:
    """The folder itself, or the closest one above it that exists."""
    return next(place for place in (folder, *folder.parents) if place.exists())
