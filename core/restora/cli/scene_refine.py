"""`restora scene refine`: make a scene agree with its photographs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from restora.cli.door import Door, pass_door
from restora.cli.options import json_option
from restora.cli.scene_options import (
    device_name,
    learning_options,
    opened_scene,
    output_file_option,
    overwrite_option,
    reading_option,
    strategy_option,
)
from restora.errors import BadInputError


@click.command("refine")
@click.argument("scene", metavar="SCENE")
@output_file_option
@click.option("--steps", type=click.IntRange(1, 100_000), default=500, show_default=True)
@click.option(
    "--anchor",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="How strongly Gaussians are held to where they began.",
)
@click.option("--prune", is_flag=True, help="Remove Gaussians that have become faint.")
@click.option("--densify", is_flag=True, help="Add Gaussians where detail is missing.")
@strategy_option
@click.option(
    "--rates",
    type=click.Choice(["brisk", "standard", "gentle"]),
    default="brisk",
    show_default=True,
    help="How fast it learns: brisk for hundreds of steps, standard for many thousands, gentle for scenes "
    "that are nearly finished.",
)
@learning_options
@overwrite_option
@reading_option
@json_option
@pass_door
def refine_command(
    door: Door, /, scene: str, output: Path, overwrite: bool, as_json: bool, **options: Any
) -> None:
    """Improve SCENE with the photographs of its cameras and write it to a new file.

    Every N-th photograph is kept from the learning and judges: if the scene comes no closer to them, nothing
    is written. After Ctrl-C the best state stays, and the same command goes on.
    """
    from restora.cli.scene_learning import learn, tell_missing
    from restora.scenes.photographs import load_photographs
    from restora.scenes.places import check_new_scene
    from restora.scenes.refining import is_unfinished
    from restora.splats.refinement.views import split

    if options["strategy"] != "default" and not options["densify"]:
        raise BadInputError(
            f"--strategy {options['strategy']} says how Gaussians are added, but none are to be",
            advice="Add --densify.",
        )
    item, opened = opened_scene(door, scene, options["facts"])
    check_new_scene(output, overwrite=overwrite or is_unfinished(output), source=item)
    photographs = load_photographs(opened.cameras, longest_side=options["longest_side"])
    tell_missing(photographs.missing, as_json)
    learnt, _ = split(photographs.views, options["hold_out"])
    learn(
        opened,
        photographs.views,
        output,
        _refine_options(options, len(learnt), opened.count),
        only_estimate=options["only_estimate"],
        as_json=as_json,
    )


def _refine_options(options: dict[str, Any], learnt_views: int, gaussians: int) -> Any:
    from restora.splats.refinement.options import (
        RATES,
        RefineOptions,
        Strategy,
        growing_for,
    )

    steps = options["steps"]
    every = max(10, min(100, steps // 5, 4 * learnt_views))
    return RefineOptions(
        steps=steps,
        seed=options["seed"],
        rates=RATES[options["rates"]],
        hold_out_every=options["hold_out"],
        evaluate_every=every,
        save_every=every,
        anchor=options["anchor"],
        prune_every=100 if options["prune"] else 0,
        densification=growing_for(steps, gaussians, Strategy(options["strategy"]))
        if options["densify"]
        else None,
        device=device_name(options["device"]),
    )
