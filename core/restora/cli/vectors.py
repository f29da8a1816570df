"""`restora vectors`: are a method's networks right?"""

from __future__ import annotations

from pathlib import Path

import click

from restora.cli.door import Door, pass_door
from restora.cli.options import json_option
from restora.cli.output import emit
from restora.jobs.devices import open_device
from restora.testing.vector_table import case_lines, summary_line, table_head
from restora.testing.vectors import PLAIN, CaseResult, VectorReport, adapters_for, iterate_vectors


@click.command("vectors")
@click.argument("method", metavar="METHOD")
@click.argument("folder", type=click.Path(path_type=Path), metavar="FOLDER")
@click.option(
    "--precision",
    default=PLAIN,
    show_default=True,
    help="What networks compute in, such as bf16; what may differ is then derived per output from what "
    "rounding alone costs.",
)
@click.option(
    "--device", metavar="cpu|cuda|cuda:N", default="cpu", show_default=True, help="Where networks compute."
)
@json_option
@pass_door
def vectors_command(
    door: Door, method: str, folder: Path, precision: str, device: str, as_json: bool
) -> None:
    """Rerun every case below FOLDER with METHOD's networks (a method's id or a plugin's name).

    METHOD can also be a part of restora itself: `splats`.

    Prints the worst error of every output. The exit code is 0 only if a case ran and all are within
    tolerance.
    """
    place = str(open_device(device, ("cpu", "cuda")).spec)
    adapters = adapters_for(door.workbench.host, method, precision, place)
    if not as_json:
        click.echo(table_head())
    cases = []
    for case in iterate_vectors(adapters, folder, place):
        cases.append(case)
        _report(case, as_json)
    report = VectorReport(root=folder, cases=tuple(cases))
    if as_json:
        emit("summary", passed=report.passed, cases=len(report.cases))
    else:
        click.echo(summary_line(report))
    if not report.passed:
        raise click.exceptions.Exit(1)


def _report(case: CaseResult, as_json: bool) -> None:
    if not as_json:
        click.echo("\n".join(case_lines(case)))
        return
    emit(
        "case",
        name=case.name,
        state=case.state.value,
        message=case.message,
        outputs=[
            {"name": each.output, "error": each.error, "allowed": each.allowed, "passed": each.passed}
            for each in case.comparisons
        ],
    )
