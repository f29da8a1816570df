"""What `restora run --consistency` adds: a map and a line for every result."""

from __future__ import annotations

from pathlib import Path

import click

from restora.cli.output import emit
from restora.consistency import MAP_NAME, Consistency, consistency
from restora.io.writing import Depth, WriteOptions, write_image
from restora.orders import Delivery, delivered_picture


def map_beside(output: Path) -> Path:
    """Where the map of a result lies: `out.consistency.png` beside `out.png`."""
    return output.with_name(f"{output.stem}.{MAP_NAME}.png")


def tell_consistency(delivery: Delivery, *, as_json: bool) -> None:
    """Write the map of a delivered picture, replacing an older one, and say what it shows.

    Raises UnsuitableItemError where the method does not say what its results mean.
    """
    output = delivery.files[0]
    found = consistency(delivery.request, delivered_picture(delivery))
    path = map_beside(output)
    write_image(path, found.signed_map(), WriteOptions(depth=Depth.U8))
    if as_json:
        _emit(path, found)
        return
    scale = f"{found.full_scale:g} standard deviations" if found.is_standardised else f"{found.full_scale:g}"
    click.echo(f"{path}: {found.line()}")
    click.echo(f"  grey agrees, white is {scale} more than predicted, black as much less")
    if found.note:
        click.echo(f"  {found.note}")


def _emit(path: Path, found: Consistency) -> None:
    emit(
        "consistency",
        path=str(path),
        value=found.value,
        over_blocks=found.over_blocks,
        unit="standard deviations" if found.is_standardised else "white",
        full_scale=found.full_scale,
        note=found.note,
    )
