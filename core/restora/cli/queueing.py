"""`restora queue`: the jobs that outlive the program."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, TypeVar

import click

from restora.cli.door import Door, pass_door
from restora.cli.interrupting import cancel_on_interrupt
from restora.cli.options import json_option, pairs
from restora.cli.output import ProgressView, emit, table
from restora.jobs.job import Job
from restora.jobs.order import Order
from restora.jobs.queue import Entry
from restora.jobs.states import JobState
from restora.tasks.queue_worker import QueueWorker, Watcher
from restora.workbench import Workbench

F = TypeVar("F", bound=Callable[..., Any])  # click decorates any function


def _choose_queue(context: click.Context, _param: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.ensure_object(Door).queue_file = value.absolute()


queue_option = click.option(
    "--queue",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_choose_queue,
    expose_value=False,
    help="A queue file of your own.",
)


def work_and_report(
    workbench: Workbench, view: ProgressView, as_json: bool, *, only: Collection[str] | None = None
) -> None:
    """Work the queue off, show each job, and end with the failures and their reasons."""

    def starting(order: Order, _job: Job) -> None:
        view.title = Path(order.input).name

    def ended(entry: Entry) -> None:
        view.clear()
        _report(entry, as_json)

    worker = QueueWorker(workbench, Watcher(starting=starting, ended=ended))
    workbench.watch(view)
    with cancel_on_interrupt(worker.stop, view):
        entries = worker.work(only)
    view.clear()
    bad = [entry for entry in entries if entry.state is not JobState.DONE]
    if as_json:
        emit("summary", done=len(entries) - len(bad), failed=len(bad), stopped=worker.is_stopping)
    else:
        _summary(entries, bad)
    if worker.is_stopping:
        raise click.Abort
    if bad:
        raise click.exceptions.Exit(1)


def _report(entry: Entry, as_json: bool) -> None:
    if as_json:
        emit(
            "order",
            id=entry.order.id,
            input=entry.order.input,
            output=entry.order.output,
            state=entry.state.value,
            message=entry.message,
        )
        return
    note = f": {entry.message}" if entry.message else ""
    click.echo(
        f"{entry.state:9} {entry.order.output if entry.state is JobState.DONE else entry.order.input}{note}"
    )


def _summary(entries: Collection[Entry], bad: Collection[Entry]) -> None:
    click.echo(f"{len(entries) - len(bad)} done, {len(bad)} not")
    for entry in bad:
        click.echo(f"  {Path(entry.order.input).name}: {entry.state} {entry.message}".rstrip())


@click.group("queue")
@queue_option
def queue_group() -> None:
    """The jobs that wait, across restarts. After a crash the queue is paused: nothing starts unasked."""


@queue_group.command("list")
@json_option
@pass_door
def list_command(door: Door, as_json: bool) -> None:
    """Show all jobs in their order."""
    queue = door.workbench.queue
    entries, reason = queue.entries(), queue.pause_reason()
    if as_json:
        for entry in entries:
            _report(entry, as_json=True)
        emit("queue", paused=reason is not None, reason=reason)
        return
    rows = [
        (
            entry.order.id,
            entry.state.value,
            entry.order.method,
            Path(entry.order.input).name,
            entry.order.output,
            entry.message,
        )
        for entry in entries
    ]
    if rows:
        table(rows, ("id", "state", "method", "input", "output", ""))
    else:
        click.echo("no jobs")
    if reason is not None:
        click.echo(f"paused ({reason}); `restora queue run` goes on")


@queue_group.command("run")
@json_option
@pass_door
def run_command(door: Door, as_json: bool) -> None:
    """Go on: work off everything that waits."""
    queue = door.workbench.queue
    queue.resume()
    work_and_report(door.workbench, ProgressView(as_json=as_json), as_json)


@queue_group.command("pause")
@pass_door
def pause_command(door: Door) -> None:
    """Start no further job; one that runs goes on to its end."""
    door.workbench.queue.pause()


@queue_group.command("cancel")
@click.argument("job_id", metavar="ID")
@pass_door
def cancel_command(door: Door, job_id: str) -> None:
    """Take a waiting job out."""
    door.workbench.queue.cancel(job_id)


@queue_group.command("retry")
@click.argument("job_id", required=False, metavar="[ID]")
@pass_door
def retry_command(door: Door, job_id: str | None) -> None:
    """Let a failed job wait again; all failed ones without ID."""
    click.echo(f"{len(door.workbench.queue.retry(job_id))} jobs wait again")


@queue_group.command("duplicate")
@click.argument("job_id", metavar="ID")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The new result's file.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a parameter.")
@click.option("--seed", type=int, help="Change the seed.")
@pass_door
def duplicate_command(
    door: Door, job_id: str, output: Path, settings: tuple[str, ...], seed: int | None
) -> None:
    """Add a job once more, with changes."""
    workbench = door.workbench
    order = workbench.queue.entry(job_id).order
    info = workbench.host.method(order.method)
    changed = workbench.params_to_json(info, pairs(settings, "--set"))
    params = {**order.params, **{key: changed[key] for key in pairs(settings, "--set")}}
    entry = workbench.queue.duplicate(
        job_id,
        output=str(output.absolute()),
        params=params,
        seed=order.seed if seed is None else seed,
    )
    click.echo(entry.order.id)


@queue_group.command("move")
@click.argument("job_id", metavar="ID")
@click.argument("place", type=click.IntRange(min=1), metavar="PLACE")
@pass_door
def move_command(door: Door, job_id: str, place: int) -> None:
    """Bring a job to PLACE, counted from 1."""
    door.workbench.queue.move(job_id, place - 1)


@queue_group.command("clear")
@pass_door
def clear_command(door: Door) -> None:
    """Forget the jobs that have ended; their results stay."""
    click.echo(f"{door.workbench.queue.clear()} ended jobs forgotten")
