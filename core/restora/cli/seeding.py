"""What `restora run --seeds` adds: the same with several seeds, their mean, spread, and a contact sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from restora.cli.output import emit
from restora.cli.side_files import WAS_THERE, SideFile, asked_by, write_side_files
from restora.errors import BadInputError
from restora.io.writing import Depth, WriteOptions
from restora.jobs.exporting import ExportOptions
from restora.jobs.order import Order
from restora.plugins.declarations import MethodInfo
from restora.quality.contact_sheet import ContactSheet
from restora.quality.spread import FULL_SCALE, Spread, SpreadOver
from restora.tasks.orders import Delivery, delivered_picture


def with_seeds(info: MethodInfo, order: Order, count: int) -> list[Order]:
    """The order once for each of `count` seeds from its own on; raises BadInputError where that is no use."""
    if not info.stochastic:
        raise BadInputError(f"--seeds: {info.id} gives the same result for every seed")
    if info.produces_frames or info.produces != "image":
        raise BadInputError(f"--seeds: {info.id} makes no pictures that could be held against each other")
    output = Path(order.output)
    return [
        order.with_new_id(seed=seed, output=str(output.with_name(f"{output.stem}.seed{seed}{output.suffix}")))
        for seed in range(order.seed, order.seed + count)
    ]


def common_files(output: Path) -> dict[str, Path]:
    """Where mean, spread and sheet of an order's seeds lie."""
    endings = {"mean": output.suffix, "spread": ".png", "sheet": ".png"}
    return {what: output.with_name(f"{output.stem}.{what}{ending}") for what, ending in endings.items()}


class SeedGathering:
    """Takes the deliveries of one order's seeds and writes what they have in common."""

    def __init__(self, order: Order, *, as_json: bool) -> None:
        self._output = Path(order.output)
        self._existing = order.existing
        self._options = ExportOptions.from_json(order.export).picture
        self._as_json = as_json
        self._spread = SpreadOver()
        self._sheet = ContactSheet()
        self._asked: list[str] = []

    def take(self, delivery: Delivery) -> None:
        """The result of one seed."""
        image = delivered_picture(delivery)
        self._spread.add(image)
        self._sheet.add(image, f"seed {delivery.request.seed}")
        self._asked.append(asked_by(delivery))

    def finish(self) -> None:
        """Write mean, spread and sheet, and say what the spread is."""
        spread = self._spread.spread()
        plain = WriteOptions(depth=Depth.U8)
        files = common_files(self._output)
        pictures = {
            "spread": (spread.strength_map(), plain),
            "sheet": (self._sheet.image(), plain),
            "mean": (spread.mean, self._options),
        }
        side_files = [
            SideFile(path=files[what], image=image, options=options)
            for what, (image, options) in pictures.items()
        ]
        is_new = write_side_files(side_files, self._asked, self._existing)
        self._tell(spread, files, is_new=is_new)

    def _tell(self, spread: Spread, files: dict[str, Path], *, is_new: bool) -> None:
        if self._as_json:
            named = {what: str(path) for what, path in files.items()}
            emit(
                "spread",
                value=spread.value,
                seeds=spread.count,
                full_scale=FULL_SCALE,
                files=named,
                was_there=not is_new,
            )
            return
        for path in files.values():
            click.echo(str(path) if is_new else f"{path}: {WAS_THERE}")
        click.echo(f"{self._output.name}: {spread.line()}; white in the map is {FULL_SCALE:g} or more")


def groups_of(
    orders: Sequence[Order], info_of: Callable[[str], MethodInfo], seeds: int | None
) -> list[tuple[Order, list[Order]]]:
    """Each order with what is to be carried out for it: itself, or one per seed."""
    if seeds is None:
        return [(order, [order]) for order in orders]
    return [(order, with_seeds(info_of(order.method), order, seeds)) for order in orders]
