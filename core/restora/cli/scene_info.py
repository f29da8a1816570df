"""`restora scene info`: what a scene is, in numbers."""

from __future__ import annotations

import click

from restora.cli.door import Door, pass_door
from restora.cli.options import json_option
from restora.cli.output import emit, facts, table
from restora.cli.scene_options import opened_scene, reading_option
from restora.scenes.describing import Description, describe
from restora.splats.attributes import ATTRIBUTES


@click.command("info")
@click.argument("scene", metavar="SCENE")
@reading_option
@json_option
@pass_door
def info_command(door: Door, /, scene: str, as_json: bool, **options: tuple[str, ...]) -> None:
    """Tell how many Gaussians SCENE has, where they lie, their numbers, and its cameras."""
    item, opened = opened_scene(door, scene, options["facts"])
    found = describe(opened)
    if as_json:
        _print_json(item.name, found)
    else:
        _print_text(item.name, item.probe.format, found)


def _print_text(name: str, form: str, found: Description) -> None:
    click.echo(f"{name}: {form}")
    low, high = (", ".join(f"{each:.3g}" for each in end) for end in (found.framing.low, found.framing.high))
    shown = {
        "Gaussians": str(found.count),
        "degree": str(found.degree),
        "antialiased": "yes" if found.is_antialiased else "no",
        "2nd to 98th percentile": f"{low} to {high}",
        "cameras": _cameras(found),
    }
    if found.broken or found.dropped:
        shown["unusable"] = f"{found.broken} cannot be drawn, {found.dropped} were dropped on reading"
    facts(shown, indent="  ")
    click.echo("")
    rows = [
        (
            ATTRIBUTES[name].title,
            *(f"{value:.3g}" for value in (each.minimum, each.percentile_2, each.median)),
            *(f"{value:.3g}" for value in (each.percentile_98, each.maximum)),
            ATTRIBUTES[name].unit,
        )
        for name, each in found.statistics.items()
    ]
    table(rows, ("", "least", "2 %", "median", "98 %", "most", ""))


def _cameras(found: Description) -> str:
    if not found.cameras:
        return "none known"
    text = f"{found.cameras} from {found.cameras_from}, {found.photographs} with their photograph"
    return f"{text}, {found.distorted} with a bent lens" if found.distorted else text


def _print_json(name: str, found: Description) -> None:
    emit(
        "scene",
        name=name,
        gaussians=found.count,
        degree=found.degree,
        antialiased=found.is_antialiased,
        broken=found.broken,
        dropped=found.dropped,
        low=[float(value) for value in found.framing.low],
        high=[float(value) for value in found.framing.high],
        cameras=found.cameras,
        cameras_from=found.cameras_from,
        photographs=found.photographs,
        distorted=found.distorted,
        attributes={
            key: {
                "minimum": each.minimum,
                "percentile_2": each.percentile_2,
                "median": each.median,
                "percentile_98": each.percentile_98,
                "maximum": each.maximum,
                "mean": each.mean,
            }
            for key, each in found.statistics.items()
        },
    )
