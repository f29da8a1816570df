"""`restora plugins`: what is loaded and why not, and a start for own ones."""

from __future__ import annotations

from pathlib import Path

import click

from restora.cli.door import Door, pass_door
from restora.cli.options import json_option, pairs
from restora.cli.output import emit, table


@click.group("plugins")
def plugins_group() -> None:
    """Plugins bring methods, readers, writers, metrics and samples; see docs/plugins.md."""


@plugins_group.command("list")
@click.option("--report", metavar="NAME", help="Everything known about one plugin, for its author.")
@json_option
@pass_door
def list_command(door: Door, report: str | None, as_json: bool) -> None:
    """List all plugins that were found, with their states and the reasons."""
    host = door.workbench.host
    if report is not None:
        click.echo(host.record(report).report(), nl=False)
        return
    records = host.records()
    if as_json:
        for record in records:
            emit(
                "plugin",
                name=record.name,
                origin=record.origin.value,
                version=record.version,
                state=record.state.value,
                reason=record.reason,
                advice=record.advice,
                warnings=list(record.warnings),
                methods=list(record.methods),
            )
        return
    rows = [
        (record.name, record.version or "", record.origin.value, record.state.value, record.reason)
        for record in records
    ]
    table(rows, ("plugin", "version", "origin", "state", "reason"))
    for record in records:
        for warning in (*record.warnings, *([record.advice] if record.advice else [])):
            click.echo(f"  {record.name}: {warning}")
    for notice in host.notices():
        click.echo(f"  {notice}")


@plugins_group.command("new")
@click.argument("name", metavar="NAME")
@click.option(
    "--in", "folder", type=click.Path(path_type=Path), default=Path(), help="Where to make its folder."
)
def new_command(name: str, folder: Path) -> None:
    """Write a working plugin called NAME, with its test, to start from."""
    from restora.plugins.scaffold import new_plugin

    for path in new_plugin(name, folder):
        click.echo(str(path))


@plugins_group.command("check")
@click.argument("target", metavar="PATH|NAME")
@click.option("--only", multiple=True, metavar="ID", help="Make only this check, such as K6.")
@click.option("--method", "methods", multiple=True, metavar="ID", help="Check only this method.")
@click.option("--waive", multiple=True, metavar="ID=REASON", help="Let a check fail, for a reason.")
@click.option(
    "--with-weights", "weights", type=click.Path(path_type=Path, file_okay=False), help="A folder of weights."
)
@click.option(
    "--with-vectors", "vectors", type=click.Path(path_type=Path, file_okay=False), help="A folder of vectors."
)
@json_option
@pass_door
def check_command(
    door: Door,
    /,
    target: str,
    only: tuple[str, ...],
    methods: tuple[str, ...],
    waive: tuple[str, ...],
    weights: Path | None,
    vectors: Path | None,
    as_json: bool,
) -> None:
    """Run the conformance checks on a plugin: a single file, a folder, or an installed one by name."""
    from restora.testing.kit import KitOptions, check_plugin

    options = KitOptions(
        waivers=pairs(waive, "--waive"),
        only=only or None,
        methods=methods or None,
        weights_folder=weights,
        vectors_folder=vectors,
    )
    report = check_plugin(target, options, host=door.workbench.host)
    if as_json:
        for result in report.results:
            emit(
                "check",
                id=result.check,
                title=result.title,
                subject=result.subject,
                state=result.state.value,
                message=result.sentence,
            )
    else:
        click.echo(report.text(), nl=False)
    if not report.passed:
        raise click.exceptions.Exit(1)


@plugins_group.command("enable")
@click.argument("name", metavar="NAME")
@pass_door
def enable_command(door: Door, name: str) -> None:
    """Load a plugin again from the next start on."""
    _switch(door, name, enabled=True)


@plugins_group.command("disable")
@click.argument("name", metavar="NAME")
@pass_door
def disable_command(door: Door, name: str) -> None:
    """Do not load a plugin from the next start on."""
    _switch(door, name, enabled=False)


def _switch(door: Door, name: str, *, enabled: bool) -> None:
    workbench = door.workbench
    record = workbench.host.record(name)
    workbench.change_settings(workbench.settings.with_plugin(record.name, enabled=enabled))
    click.echo(f"{record.name}: {'enabled' if enabled else 'disabled'}")
