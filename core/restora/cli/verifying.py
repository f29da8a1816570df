"""`restora verify`: does the recipe still give the same picture?"""

from __future__ import annotations

from pathlib import Path

import click

from restora.cli.door import Door, pass_door
from restora.cli.interrupting import cancel_on_interrupt
from restora.cli.options import json_option
from restora.cli.output import ProgressView, emit
from restora.jobs.verification import Agreement
from restora.tasks.orders import name_or_path
from restora.tasks.verify import find_recipe_run, verify


@click.command("verify")
@click.argument("recipe", type=click.Path(path_type=Path), metavar="RECIPE|PICTURE")
@click.argument("file", required=False, metavar="[FILE]")
@click.option("--device", metavar="cpu|cuda|cuda:N", help="Where to compute; by default as the recipe did.")
@json_option
@pass_door
def verify_command(door: Door, recipe: Path, file: str | None, device: str | None, as_json: bool) -> None:
    """Repeat the RECIPE (or the one beside or inside a PICTURE) and say: equal, within tolerance, different.

    The input is looked for beside the recipe, unless FILE names it. The exit code is 0 unless it is
    different.
    """
    workbench = door.workbench
    run = find_recipe_run(workbench, recipe, given=[name_or_path(file)] if file else [])
    view = ProgressView(as_json=as_json)
    workbench.watch(view)
    with cancel_on_interrupt(workbench.cancel_all, view):
        verdict = verify(workbench, run, device=device)
    view.clear()
    if as_json:
        emit("verification", agreement=verdict.agreement.value, explanation=verdict.explanation)
    else:
        click.echo(f"{recipe}: {verdict.agreement} ({verdict.explanation})")
    if verdict.agreement is Agreement.DIFFERENT:
        raise click.exceptions.Exit(1)
