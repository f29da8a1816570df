"""Carrying out one order: open, run, export; what `run`, `batch` and the queue have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from restora.data.geometry import Rect
from restora.data.image import Image
from restora.data.result import Result
from restora.errors import BadInputError
from restora.io.opening import read_image
from restora.io.scenes import losses_of
from restora.jobs.exporting import ExportOptions, recipe_of_output
from restora.jobs.job import Job
from restora.jobs.order import Existing, Order
from restora.jobs.request import RunRequest
from restora.workbench import SAMPLE_PREFIX, Workbench, result_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What an order led to."""

    files: tuple[Path, ...]
    request: RunRequest
    result: Result | None = None
    """None where nothing was computed."""
    losses: tuple[str, ...] = ()
    """What the file does not keep of the result, one short sentence each."""
    was_there: bool = False
    """Nothing was computed: the output was there already, made by the same recipe."""


def _losses(result: Result, output: Path) -> tuple[str, ...]:
    return losses_of(output, result.scene) if result.scene is not None and output.suffix else ()


def delivered_picture(delivery: Delivery) -> Image:
    """The picture of a delivery; read back where it was there already."""
    result = delivery.result
    return read_image(delivery.files[0]) if result is None or result.image is None else result.image


def carry_out(workbench: Workbench, order: Order, started: Callable[[Job], None]) -> Delivery:
    """Do what `order` asks; `started` is told the job, so that it can be watched and cancelled.

    Raises BadInputError before anything is computed where something does not fit, and whatever stops the job.
    """
    output, options = Path(order.output), ExportOptions.from_json(order.export)
    workbench.check_output(output, workbench.host.method(order.method))
    request = request_of(workbench, order)
    _keep_input(request, output)
    if _is_there(workbench, order, request):
        return Delivery(files=(output,), request=request, was_there=True)
    job = workbench.submit(request, device=order.device)
    started(job)
    job.wait()
    result = result_of(job)
    files = workbench.export(result, output, options)
    return Delivery(files=files, request=request, result=result, losses=_losses(result, output))


def request_of(workbench: Workbench, order: Order) -> RunRequest:
    """The checked request of an order; opens its input and references."""
    item = workbench.open(name_or_path(order.input), order.reading)
    references = [workbench.open(name_or_path(name)) for name in order.references]
    return workbench.request(
        order.method,
        item,
        params=order.params,
        typed=True,
        seed=order.seed,
        precision=order.precision,
        side=order.side,
        region=None if order.region is None else Rect(*order.region),
        references=references,
    )


def name_or_path(text: str) -> str | Path:
    """A sample's name as it is, everything else as a path."""
    return text if text.startswith(SAMPLE_PREFIX) else Path(text)


def _keep_input(request: RunRequest, output: Path) -> None:
    """Refuse to replace what goes into the job, whatever was said about files that are there already."""
    items = (request.item, *request.references, *request.slots.values())
    for item in items:
        if item.path is not None and output.exists() and item.path.exists() and output.samefile(item.path):
            raise BadInputError(f"{output}: is what goes into the job", advice="Choose another name.")


def _is_there(workbench: Workbench, order: Order, request: RunRequest) -> bool:
    """Whether nothing is left to do; raises BadInputError where something else is in the way."""
    output = Path(order.output)
    if not output.exists() or order.existing is Existing.OVERWRITE:
        return False
    advice = "Choose another name, or overwrite it with --existing overwrite."
    if order.existing is Existing.FAIL:
        raise BadInputError(f"{output}: is there already", advice=advice)
    recipe = recipe_of_output(output)
    if recipe is not None and order.precision is None and recipe.precision in request.info.precisions:
        # Whoever leaves it to the device asks for no other one where the work goes on elsewhere.
        request = replace(request, precision=recipe.precision)
    now = workbench.recipe_now(request, device=order.device)
    if recipe is None or recipe.request_key() != now.request_key():
        raise BadInputError(f"{output}: is there already, and was made otherwise", advice=advice)
    return True
