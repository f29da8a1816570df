"""`restora weights`: the files that methods need."""

from __future__ import annotations

from pathlib import Path

import click

from restora.cli.door import Door, pass_door
from restora.cli.interrupting import cancel_on_interrupt
from restora.cli.options import json_option
from restora.cli.output import ProgressView, emit, table
from restora.jobs.cancelling import Token
from restora.weights.consent import Consents
from restora.weights.room import WeightRow
from restora.weights.watch import Watch

_UNVERIFIED = "Take files whose author published no hash; their hash is shown."


@click.group("weights")
def weights_group() -> None:
    """A TARGET is a method's id, a file as `plugin/id`, or a file's name."""


@weights_group.command("list")
@click.argument("target", required=False, metavar="[TARGET]")
@json_option
@pass_door
def list_command(door: Door, target: str | None, as_json: bool) -> None:
    """Show every file that a method needs: size, licence, and whether it is here."""
    room = door.workbench.weights
    rows = room.list(target)
    for row in rows if as_json else ():
        _emit(row)
    if as_json:
        return
    if not rows:
        click.echo("no method that is loaded needs weights")
    else:
        lines = [
            (
                row.entry.name,
                row.entry.file.filename,
                _size(row.entry.file.size),
                str(row.status),
                ", ".join(row.entry.methods),
                row.entry.file.licence,
            )
            for row in rows
        ]
        table(lines, ("weights", "file", "size", "state", "for", "licence"))
    for path in room.unknown():
        click.echo(f"unknown file: {path}")


@weights_group.command("get")
@click.argument("target", metavar="TARGET")
@click.option("--unverified", is_flag=True, help=_UNVERIFIED)
@click.option("--accept-licence", "accepted", multiple=True, metavar="NAME", help="Say yes to a licence.")
@json_option
@pass_door
def get_command(door: Door, target: str, unverified: bool, accepted: tuple[str, ...], as_json: bool) -> None:
    """Download what TARGET needs and is not here. An interrupted download goes on where it ended."""
    consents = _consents(door, unverified, accepted)
    view = ProgressView(as_json=as_json)
    token = Token()
    with cancel_on_interrupt(token.cancel, view):
        rows = door.workbench.weights.get(target, consents=consents, watch=_watch(view, token))
    _show(view, rows, as_json)


@weights_group.command("import")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--for", "target", metavar="TARGET", help="What it is, where its name and hash do not tell.")
@click.option("--copy", is_flag=True, help="Copy it; by default it is linked where that is possible.")
@click.option("--unverified", is_flag=True, help=_UNVERIFIED)
@json_option
@pass_door
def import_command(
    door: Door, file: Path, target: str | None, copy: bool, unverified: bool, as_json: bool
) -> None:
    """Take in a file that you have already."""
    consents = _consents(door, unverified, ())
    view = ProgressView(as_json=as_json)
    token = Token()
    with cancel_on_interrupt(token.cancel, view):
        row = door.workbench.weights.import_file(
            file, target=target, copy=copy, consents=consents, watch=_watch(view, token)
        )
    _show(view, (row,), as_json)


@weights_group.command("verify")
@click.argument("target", required=False, metavar="[TARGET]")
@json_option
@pass_door
def verify_command(door: Door, target: str | None, as_json: bool) -> None:
    """Hash the files that are here again."""
    view = ProgressView(as_json=as_json)
    token = Token()
    with cancel_on_interrupt(token.cancel, view):
        found = door.workbench.weights.verify(target, watch=_watch(view, token))
    view.clear()
    for verification in found:
        problem = verification.problem
        if as_json:
            emit(
                "weights",
                file=verification.row.entry.file.filename,
                problem=None if problem is None else str(problem),
            )
        else:
            click.echo(f"{verification.row.entry.name}: {problem or 'as published'}")
    if not found and not as_json:
        click.echo("no weights are here")
    if any(verification.problem for verification in found):
        raise click.exceptions.Exit(1)


@weights_group.command("remove")
@click.argument("target", metavar="TARGET")
@pass_door
def remove_command(door: Door, target: str) -> None:
    """Delete TARGET's files; those that other methods need too stay."""
    removal = door.workbench.weights.remove(target)
    for entry in removal.removed:
        click.echo(f"removed {entry.name}")
    for entry in removal.kept:
        click.echo(f"kept {entry.name}, which {', '.join(entry.methods)} need")
    click.echo(f"{removal.freed / 1e6:.0f} MB freed")


def _consents(door: Door, unverified: bool, accepted: tuple[str, ...]) -> Consents:
    """The user's yes of today and of earlier; a licence is accepted once."""
    workbench = door.workbench
    settings = workbench.settings
    for licence in accepted:
        settings = settings.with_licence(licence)
    if settings != workbench.settings:
        workbench.change_settings(settings)
    return Consents(licences=frozenset(settings.accepted_licences), allow_unverified=unverified)


def _watch(view: ProgressView, token: Token) -> Watch:
    return Watch(progress=view.bytes_done, cancel=lambda: token.is_cancelled)


def _show(view: ProgressView, rows: tuple[WeightRow, ...], as_json: bool) -> None:
    view.clear()
    for row in rows:
        if as_json:
            _emit(row)
        else:
            hash_note = f", sha256 {row.status.sha256}" if row.status.sha256 else ""
            click.echo(f"{row.entry.name}: {row.status}{hash_note}")


def _size(count: int) -> str:
    return f"{count / 1e6:.0f} MB" if count else "unknown"


def _emit(row: WeightRow) -> None:
    emit(
        "weights",
        name=row.entry.name,
        file=row.entry.file.filename,
        bytes=row.entry.file.size,
        licence=row.entry.file.licence,
        state=row.status.state.value,
        percent=row.status.percent,
        methods=list(row.entry.methods),
    )
