"""`restora doctor`: what this installation is, and what is wrong with it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import click

from restora import __version__
from restora.cli.door import Door, pass_door
from restora.cli.options import json_option
from restora.cli.output import emit, facts
from restora.cli.rasterisers import rasteriser_facts
from restora.errors import RestoraError
from restora.plugins.records import PluginState
from restora.workbench import SAMPLE_PREFIX, Workbench

_LIBRARIES = (
    "numpy",
    "numba",
    "torch",
    "gsplat",
    "pillow",
    "tifffile",
    "pluggy",
    "huggingface_hub",
    "safetensors",
    "psutil",
)
_PROBE = (
    "import torch; n = torch.cuda.device_count() if torch.cuda.is_available() else 0; "
    "print(*[f'cuda:{i} {torch.cuda.get_device_name(i)}, "
    "{torch.cuda.get_device_properties(i).total_memory / 2**30:.0f} GiB' for i in range(n)], sep=chr(10))"
)
"""Run in a process of its own: a broken driver must not take this one along."""
_PROBE_SECONDS = 60
_LOW_DISK = 2 * 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that is wrong, and what to do about it."""

    what: str
    advice: str | None = None


@click.command("doctor")
@click.option(
    "--compile-gsplat",
    is_flag=True,
    help="Compile gsplat's CUDA part where it is missing; takes minutes and the CUDA toolkit.",
)
@json_option
@pass_door
def doctor_command(door: Door, compile_gsplat: bool, as_json: bool) -> None:
    """Show versions, devices, folders and plugins, and what is wrong. The exit code is 0 if nothing is."""
    workbench = door.workbench
    devices, device_problems = _devices()
    problems = [*device_problems, *_folder_problems(workbench), *_plugin_problems(workbench)]
    sections = {
        "versions": {"restora": __version__, "python": platform.python_version(), **_versions()},
        "machine": {"system": platform.platform(), "cores": str(os.cpu_count()), **_memory(), **devices},
        "rasterisers": rasteriser_facts(workbench.folders, may_compile=compile_gsplat),
        "folders": _folders(workbench),
        "plugins": {record.name: record.state.value for record in workbench.host.records()},
        "samples": {f"{SAMPLE_PREFIX}{sample.id}": sample.title for sample in workbench.host.samples()},
    }
    if as_json:
        for name, values in sections.items():
            emit("section", name=name, values=values)
        for problem in problems:
            emit("problem", what=problem.what, advice=problem.advice)
    else:
        _print(sections, problems)
    if problems:
        raise click.exceptions.Exit(1)


def _print(sections: dict[str, dict[str, str]], problems: list[Problem]) -> None:
    for name, values in sections.items():
        click.echo(name)
        facts(values or {"none": ""}, indent="  ")
    click.echo("problems" if problems else "no problems")
    for problem in problems:
        click.echo(f"  {problem.what}")
        if problem.advice:
            click.echo(f"    {problem.advice}")


def _versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _memory() -> dict[str, str]:
    import psutil

    memory = psutil.virtual_memory()
    return {"memory": f"{memory.total / 2**30:.1f} GiB, {memory.available / 2**30:.1f} GiB free"}


def _devices() -> tuple[dict[str, str], list[Problem]]:
    try:
        probe = subprocess.run(
            [sys.executable, "-c", _PROBE],
            capture_output=True,
            text=True,
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {}, [
            Problem(what=f"torch did not answer within {_PROBE_SECONDS} s", advice="Check the driver.")
        ]
    if probe.returncode:
        last = (probe.stderr.strip().splitlines() or [f"it ended with {probe.returncode}"])[-1]
        return {}, [
            Problem(what=f"torch cannot be used: {last}", advice="Install it anew: pip install torch")
        ]
    cards = dict(line.split(" ", 1) for line in probe.stdout.splitlines() if line)
    return cards or {"cuda": "no card that torch can use; computing happens on the processor"}, []


def _folders(workbench: Workbench) -> dict[str, str]:
    folders = workbench.folders
    return {
        "settings": str(folders.settings_file),
        "plugins": str(folders.plugins),
        "weights": str(workbench.weights_folder),
        "queue": str(folders.queue_file),
        "cache": str(folders.cache),
    }


def _folder_problems(workbench: Workbench) -> Iterator[Problem]:
    for folder in (workbench.folders.state, workbench.weights_folder, workbench.folders.cache):
        present = _nearest(folder)
        if not os.access(present, os.W_OK):
            yield Problem(
                what=f"{present} cannot be written to", advice="Set RESTORA_HOME to another folder."
            )
        elif shutil.disk_usage(present).free < _LOW_DISK:
            yield Problem(what=f"less than 2 GiB are free for {folder}", advice="Make room on the disk.")


def _nearest(folder: Path) -> Path:
    """The folder itself, or the closest one above it that exists."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _plugin_problems(workbench: Workbench) -> Iterator[Problem]:
    for record in workbench.host.records():
        if record.state not in {PluginState.LOADED, PluginState.DISABLED}:
            yield Problem(
                what=f"plugin {record.name}: {record.state} ({record.reason})", advice=record.advice
            )
        for warning in record.warnings:
            yield Problem(what=f"plugin {record.name}: {warning}")
    for notice in workbench.host.notices():
        yield Problem(what=notice)
    try:
        workbench.weights.list()
    except RestoraError as error:
        yield Problem(what=str(error), advice=error.advice)
