"""`restora open`: what is this file?"""

from __future__ import annotations

import click

from restora.cli.door import Door, pass_door
from restora.cli.options import json_option, pairs
from restora.cli.output import emit, facts
from restora.data.item import Item, Probe
from restora.tasks.orders import name_or_path


@click.command("open")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--as", "stated", multiple=True, metavar="KEY=VALUE", help="State how the file is to be read.")
@json_option
@pass_door
def open_command(door: Door, files: tuple[str, ...], stated: tuple[str, ...], as_json: bool) -> None:
    """Tell what each FILE is: its kind, its size, how it is read, and what is doubtful.

    Only headers are read. FILE is a path or `sample:NAME`.
    """
    reading = pairs(stated, "--as")
    for name in files:
        item = door.workbench.open(name_or_path(name), reading)
        if as_json:
            _print_json(item)
        else:
            _print_text(item)


def _print_text(item: Item) -> None:
    probe = item.probe
    click.echo(f"{item.name}: {probe.format}")
    shown = {"kind": probe.kind.value, **_size(probe)}
    if probe.frames is not None:
        shown["frames"] = str(probe.frames)
    for fact in probe.facts:
        shown[fact.name] = f"{fact.value} ({fact.origin})"
    facts(shown, indent="  ")
    for warning in probe.warnings:
        click.echo(f"  warning: {warning}")


def _size(probe: Probe) -> dict[str, str]:
    if probe.gaussians is not None:
        return {"Gaussians": str(probe.gaussians), "degree": str(probe.degree)}
    return {"size": f"{probe.width} x {probe.height}, {probe.channels} channels"}


def _print_json(item: Item) -> None:
    probe = item.probe
    emit(
        "item",
        name=item.name,
        kind=probe.kind.value,
        format=probe.format,
        width=probe.width,
        height=probe.height,
        channels=probe.channels,
        frames=probe.frames,
        gaussians=probe.gaussians,
        degree=probe.degree,
        facts=[{"name": fact.name, "value": fact.value, "origin": fact.origin.value} for fact in probe.facts],
        warnings=list(probe.warnings),
    )
