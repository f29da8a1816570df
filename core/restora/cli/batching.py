"""`restora batch`: a method on whole folders."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from restora.cli.door import Door, pass_door
from restora.cli.options import absolute, export_options, json_option, pairs, run_options
from restora.cli.output import ProgressView
from restora.cli.queueing import queue_option, work_and_report
from restora.cli.result_places import usual_ending
from restora.cli.running import frame_orders, orders_for
from restora.errors import BadInputError
from restora.jobs.batch import BatchFile, NameTemplate, find_files, is_candidate_for, make_folders
from restora.jobs.request import parse_params, scale_of
from restora.plugins.declarations import MethodInfo
from restora.workbench import Workbench


@click.command("batch")
@click.argument("method", metavar="METHOD")
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE|FOLDER...")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="The folder for results."
)
@click.option(
    "--name", "template", default="{stem}", show_default=True, help="{stem} {method} {scale} {seed} {n:03}"
)
@click.option("--format", "ending", help="Ending of the results: png, for scenes ply; frames are folders.")
@click.option(
    "--recursive/--flat", default=True, show_default=True, help="Sub-folders, mirrored in the output."
)
@click.option("--later", is_flag=True, help="Only put the jobs into the queue.")
@queue_option
@run_options
@export_options
@json_option
@pass_door
def batch_command(
    door: Door,
    /,
    method: str,
    inputs: tuple[Path, ...],
    output: Path,
    template: str,
    ending: str | None,
    recursive: bool,
    later: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Run METHOD on every FILE and on every picture (or scene, where it takes those) in every FOLDER.

    The frames of a video that --frames chooses become pictures in a folder of its own.

    The jobs go through the queue: after a crash or Ctrl-C the same command goes on where it ended, and
    nothing that is finished is computed again.
    """
    workbench = door.workbench
    info = workbench.host.method(method)
    names = NameTemplate(text=template, suffix=_suffix(workbench, info, ending))
    files = find_files(inputs, recursive=recursive, is_candidate=partial(is_candidate_for, info))
    outputs = _outputs(workbench, method, files, names, output, options)
    orders = orders_for(
        workbench, method, [str(file.path) for file in files], options, outputs=outputs, place=absolute
    )
    if options["frames"] is not None:
        orders = frame_orders(info, orders, options["frames"], names.suffix)
    make_folders([Path(order.output) for order in orders])
    entries = workbench.queue.add(orders)
    if later:
        click.echo(f"{len(entries)} jobs wait; `restora queue run` works them off")
        return
    ids = frozenset(entry.order.id for entry in entries)
    work_and_report(workbench, ProgressView(as_json=as_json), as_json, only=ids)


def _suffix(workbench: Workbench, info: MethodInfo, ending: str | None) -> str:
    if ending is None:
        return usual_ending(info)
    suffix = f".{ending.lower().lstrip('.')}"
    if suffix not in workbench.writable_suffixes(info):
        known = ", ".join(workbench.writable_suffixes(info)) or "none: results are folders"
        raise BadInputError(f"--format {ending}: cannot be written (known: {known})")
    return suffix


def _outputs(
    workbench: Workbench,
    method: str,
    files: Sequence[BatchFile],
    names: NameTemplate,
    output: Path,
    options: dict[str, Any],
) -> list[Path]:
    info = workbench.host.method(method)
    scale = scale_of(info, parse_params(info, pairs(options["settings"], "--set")))
    return [
        output
        / file.folder
        / names.name(stem=file.path.stem, method=method, scale=scale, seed=options["seed"], n=number)
        for number, file in enumerate(files, start=1)
    ]
