"""What `restora run --consistency` adds: a map and a line for every result."""

from __future__ import annotations

from pathlib import Path

import click

from restora.cli.output import emit
from restora.cli.side_files import WAS_THERE, SideFile, asked_by, write_side_files
from restora.io.writing import Depth, WriteOptions
from restora.jobs.order import Existing
from restora.tasks.consistency import MAP_NAME, Consistency, consistency
from restora.tasks.orders import Delivery, delivered_picture


def map_beside(output: Path) -> Path:
    """Where the map of a result lies: `out.consistency.png` beside `out.png`."""
    return output.with_name(f"{output.stem}.{MAP_NAME}.png")


def tell_consistency(delivery: Delivery, existing: Existing, *, as_json: bool) -> None:
    """Write the map of a delivered picture, and say what it shows.

    Raises UnsuitableItemError where the method does not say what its results mean, BadInputError where
    another file lies where the map belongs.
    """
    output = delivery.files[0]
    found = consistency(delivery.request, delivered_picture(delivery))
    path = map_beside(output)
    map_file = SideFile(path=path, image=found.signed_map(), options=WriteOptions(depth=Depth.U8))
    is_new = write_side_files([map_file], [asked_by(delivery)], existing)
    if as_json:
        _emit(path, found, is_new=is_new)
        return
    if not is_new:
        click.echo(f"{path}: {WAS_THERE}")
    scale = f"{found.full_scale:g} standard deviations" if found.is_standardised else f"{found.full_scale:g}"
    click.echo(f"{path}: {found.line()}")
    click.echo(f"  grey agrees, white is {scale} more than predicted, black as much less")
    if found.note:
        click.echo(f"  {found.note}")


def _emit(path: Path, found: Consistency, *, is_new: bool) -> None:
    emit(
        "consistency",
        path=str(path),
        value=found.value,
        over_blocks=found.over_blocks,
        unit="standard deviations" if found.is_standardised else "white",
        full_scale=found.full_scale,
        note=found.note,
        was_there=not is_new,
    )
