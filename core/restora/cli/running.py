"""`restora run`: a method, or a recipe, on files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from restora.cli.checking import map_beside, tell_consistency
from restora.cli.door import Door, pass_door
from restora.cli.interrupting import cancel_on_interrupt
from restora.cli.options import (
    export_json,
    export_options,
    json_option,
    pairs,
    region_of,
    run_options,
    tile_side,
)
from restora.cli.output import ProgressView, emit
from restora.cli.result_places import folder_of_frames, outputs_for
from restora.cli.seeding import SeedGathering, common_files, groups_of
from restora.cli.side_files import check_side_files
from restora.data.kinds import Kind
from restora.errors import BadInputError
from restora.io.stated import PATH_KEYS
from restora.jobs.batch import check_unique, make_folders
from restora.jobs.exporting import ExportOptions
from restora.jobs.frame_folder import frame_suffix
from restora.jobs.job import Job
from restora.jobs.order import Existing, Order
from restora.jobs.video_orders import FrameChoice, with_frames
from restora.plugins.declarations import MethodInfo
from restora.tasks.orders import Delivery, carry_out, name_or_path, request_of
from restora.tasks.verify import find_recipe_run, input_name
from restora.workbench import SAMPLE_PREFIX, Workbench


@click.command("run")
@click.argument("method", metavar="METHOD|RECIPE")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A file, or a folder for several.")
@click.option("--forecast", is_flag=True, help="Only tell what it would take: memory, time, tiles.")
@click.option(
    "--consistency",
    "checks",
    is_flag=True,
    help="Send each result back through the method's forward model and write NAME.consistency.png: what "
    "contradicts the measurement.",
)
@click.option(
    "--seeds",
    type=click.IntRange(2, 64),
    metavar="COUNT",
    help="Run with so many seeds from --seed on; also writes their mean, spread and a contact sheet.",
)
@run_options
@export_options
@json_option
@pass_door
def run_command(
    door: Door,
    /,
    method: str,
    files: tuple[str, ...],
    output: Path | None,
    forecast: bool,
    checks: bool,
    seeds: int | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Run METHOD on each FILE, or repeat the RECIPE (a `.json` file) on its own input or on FILE.

    Without -o the result lies beside its FILE as `NAME_METHOD.png`, a scene as `NAME_METHOD.ply`, frames in
    the folder `NAME_METHOD`; for a sample, in the current folder.
    """
    workbench = door.workbench
    if method.endswith(".json"):
        orders = _orders_of_recipe(workbench, Path(method), files, output, options)
    else:
        orders = _orders_of_method(workbench, method, files, output, options)
    if forecast:
        _tell_forecasts(workbench, orders, as_json)
    else:
        if checks:
            _demand_forward_models(workbench, orders)
        if options["frames"] is not None:
            make_folders([Path(order.output) for order in orders])
        view = ProgressView(as_json=as_json)
        workbench.watch(view)
        for order, group in groups_of(orders, workbench.host.method, seeds):
            _carry_out_group(workbench, order, group, view, as_json=as_json, checks=checks)


def _orders_of_method(
    workbench: Workbench, method: str, files: Sequence[str], output: Path | None, options: dict[str, Any]
) -> list[Order]:
    info = workbench.host.method(method)
    if options["frames"] is None or output is None or len(files) != 1:
        outputs = outputs_for(info, files, output)
    else:
        outputs = [folder_of_frames(output)]
    orders = orders_for(workbench, method, files, options, outputs=outputs)
    if options["frames"] is None:
        return orders
    suffix = frame_suffix(ExportOptions.from_json(export_json(options)).picture)
    return frame_orders(info, orders, options["frames"], suffix)


def frame_orders(info: MethodInfo, orders: Sequence[Order], frames: str, suffix: str) -> list[Order]:
    """What --frames makes of the orders; raises BadInputError where the method makes no single pictures."""
    if info.produces_frames or info.produces is not Kind.IMAGE:
        raise BadInputError(f"--frames: {info.id} makes no pictures of single frames")
    return with_frames(orders, FrameChoice.parse(frames), suffix)


def orders_for(
    workbench: Workbench,
    method: str,
    files: Sequence[str],
    options: dict[str, Any],
    *,
    outputs: Sequence[Path],
    place: Callable[[str], str] = str,
) -> list[Order]:
    """One order per file; parameters are checked before the first one starts.

    Orders that may wait need `place` to make their names independent of the current folder.
    """
    info = workbench.host.method(method)
    if not files:
        raise BadInputError(
            f"{method}: no FILE to run on", advice=f"See `{SAMPLE_PREFIX}` names in `restora doctor`."
        )
    check_unique(outputs)
    params = workbench.params_to_json(info, pairs(options["settings"], "--set"), options["preset"])
    reading = pairs(options["facts"], "--as")
    reading = {key: place(value) if key in PATH_KEYS else value for key, value in reading.items()}
    if options["window"] is not None:
        reading["window"] = options["window"]
    return [
        Order(
            method=method,
            input=place(file),
            output=place(str(path)),
            params=params,
            reading=reading,
            references=tuple(place(name) for name in options["references"]),
            seed=options["seed"],
            device=options["device"],
            precision=options["precision"],
            side=tile_side(options["tile"]),
            region=region_of(options["region"]),
            existing=Existing(options["existing"]),
            export=export_json(options),
        )
        for file, path in zip(files, outputs, strict=True)
    ]


def _orders_of_recipe(
    workbench: Workbench, path: Path, files: Sequence[str], output: Path | None, options: dict[str, Any]
) -> list[Order]:
    """Orders that repeat a recipe; what it decides cannot be set beside it."""
    decided = [
        name
        for name in ("settings", "preset", "references", "region", "window", "frames", "facts")
        if options[name]
    ]
    if decided:
        raise BadInputError(
            f"{path}: a recipe decides {', '.join(decided)}; leave them out, or name the method"
        )
    run = find_recipe_run(workbench, path, given=[name_or_path(file) for file in files])
    info = workbench.host.method(run.recipe.method)
    outputs = outputs_for(info, [input_name(item) for item in run.items], output)
    check_unique(outputs)
    return [
        run.order(info, item, output=place, device=options["device"]).with_new_id(
            existing=Existing(options["existing"]), export=export_json(options)
        )
        for item, place in zip(run.items, outputs, strict=True)
    ]


def _tell_forecasts(workbench: Workbench, orders: Sequence[Order], as_json: bool) -> None:
    for order in orders:
        told = workbench.forecast(request_of(workbench, order), order.device)
        if as_json:
            emit(
                "forecast",
                input=order.input,
                verdict=told.decision.verdict.value,
                peak_mib=round(told.decision.estimate.peak_mib, 1),
                seconds=told.seconds,
                tiles=told.tiles,
                gaussians=told.gaussians,
                basis=told.decision.estimate.basis.value,
            )
        else:
            click.echo(f"{order.input}: {told.line()}")


def _carry_out_group(
    workbench: Workbench, order: Order, group: list[Order], view: ProgressView, *, as_json: bool, checks: bool
) -> None:
    """An order, or the orders of its seeds and then what they have in common."""
    _check_side_files(order, group, checks=checks)
    gathering = None if group == [order] else SeedGathering(order, as_json=as_json)

    def delivered(delivery: Delivery) -> None:
        if checks:
            tell_consistency(delivery, order.existing, as_json=as_json)
        if gathering is not None:
            gathering.take(delivery)

    _carry_out_all(workbench, group, view, as_json, delivered)
    if gathering is not None:
        gathering.finish()


def _check_side_files(order: Order, group: list[Order], *, checks: bool) -> None:
    outputs = [Path(each.output) for each in group]
    for output in outputs if checks else ():
        check_side_files([output], [map_beside(output)], order.existing)
    if group != [order]:
        check_side_files(outputs, common_files(Path(order.output)).values(), order.existing)


def _carry_out_all(
    workbench: Workbench,
    orders: Sequence[Order],
    view: ProgressView,
    as_json: bool,
    delivered: Callable[[Delivery], None],
) -> None:
    """One order after the other; the first that fails ends the run, what is finished stays."""
    current: list[Job] = []
    for order in orders:
        view.title = Path(order.input).name
        with cancel_on_interrupt(lambda: _cancel(current), view):
            delivery = carry_out(workbench, order, lambda job: current.insert(0, job))
        view.clear()
        for file in delivery.files:
            note = "was there already, made by the same recipe" if delivery.was_there else ""
            if as_json:
                emit("file", path=str(file), note=note)
            else:
                click.echo(f"{file}: {note}" if note else str(file))
        for loss in delivery.losses:
            view.say(f"{delivery.files[0]}: {loss}")
        delivered(delivery)


def _demand_forward_models(workbench: Workbench, orders: Sequence[Order]) -> None:
    """Before anything is computed: --consistency makes no sense for other methods."""
    for method in {order.method for order in orders}:
        if workbench.host.method(method).forward_model is None:
            raise BadInputError(
                f"--consistency: {method} does not say what its results mean for the measurement"
            )


def _cancel(jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.token.cancel()
