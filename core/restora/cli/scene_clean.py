"""`restora scene clean`: a scene without its floaters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from restora.cli.door import Door, pass_door
from restora.cli.options import json_option
from restora.cli.output import ProgressView, emit, facts
from restora.cli.scene_options import (
    numbers,
    opened_scene,
    output_file_option,
    overwrite_option,
    reading_option,
    tell_losses,
)


@click.command("clean")
@click.argument("scene", metavar="SCENE")
@output_file_option
@click.option(
    "--least-opacity",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.005,
    show_default=True,
    help="Fainter Gaussians go; 0 keeps all.",
)
@click.option(
    "--largest-size",
    type=click.FloatRange(min=0, min_open=True),
    metavar="UNITS",
    help="Gaussians whose longest axis is larger go.",
)
@click.option(
    "--isolated",
    "neighbours",
    type=click.IntRange(2),
    metavar="NEIGHBOURS",
    help="Take out Gaussians that are far from so many nearest ones; 16 is usual.",
)
@click.option(
    "--deviations",
    type=click.FloatRange(min=0, min_open=True),
    default=2.0,
    show_default=True,
    help="How far out counts as isolated.",
)
@click.option("--box", metavar="X0,Y0,Z0,X1,Y1,Z1", help="Keep only what lies between two corners.")
@click.option("--degree", type=click.IntRange(0, 3), help="Drop colours above this degree.")
@overwrite_option
@reading_option
@json_option
@pass_door
def clean_command(
    door: Door, /, scene: str, output: Path, overwrite: bool, as_json: bool, **options: Any
) -> None:
    """Write SCENE without Gaussians that are broken, faint, too large, alone or outside a box."""
    from restora.io.scenes import write_scene
    from restora.scenes.cleaning import CleaningWish, clean
    from restora.scenes.places import check_new_scene
    from restora.splats.edits.cleaning import CleaningRules

    item, opened = opened_scene(door, scene, options["facts"])
    check_new_scene(output, overwrite=overwrite, source=item)
    rules = CleaningRules(
        least_opacity=options["least_opacity"] or None,
        largest_size=options["largest_size"],
        neighbours=options["neighbours"],
        deviations=options["deviations"],
    )
    cleaned = clean(opened, CleaningWish(rules=rules, box=_box(options["box"]), degree=options["degree"]))
    tell_losses(output, cleaned.scene, ProgressView(as_json=as_json))
    write_scene(output, cleaned.scene)
    counts = {name: getattr(cleaned, name) for name in ("broken", "faint", "large", "isolated", "outside")}
    if as_json:
        emit("file", path=str(output), gaussians=cleaned.scene.count, removed=cleaned.removed, **counts)
        return
    click.echo(f"{output}: {cleaned.scene.count} of {opened.count} Gaussians are left")
    facts({name: str(count) for name, count in counts.items() if count}, indent="  ")


def _box(text: str | None) -> tuple[tuple[float, float, float], tuple[float, float, float]] | None:
    if text is None:
        return None
    x0, y0, z0, x1, y1, z1 = numbers(text, 6, "--box")
    return (min(x0, x1), min(y0, y1), min(z0, z1)), (max(x0, x1), max(y0, y1), max(z0, z1))
