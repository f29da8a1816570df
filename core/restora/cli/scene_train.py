"""`restora scene train`: a new scene from a COLMAP folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from restora.cli.options import json_option
from restora.cli.scene_options import (
    device_name,
    learning_options,
    output_file_option,
    overwrite_option,
    strategy_option,
)

if TYPE_CHECKING:
    from restora.splats.refinement.options import RefineOptions


@click.command("train")
@click.argument("folder", metavar="COLMAP_FOLDER", type=click.Path(path_type=Path))
@output_file_option
@click.option("--pictures", type=click.Path(path_type=Path), help="Where the photographs lie; e.g. images_4.")
@click.option("--steps", type=click.IntRange(1, 100_000), default=3000, show_default=True)
@click.option("--degree", type=click.IntRange(0, 3), default=3, show_default=True, help="Of the colours.")
@click.option(
    "--most",
    type=click.IntRange(4),
    default=1_000_000,
    show_default=True,
    metavar="COUNT",
    help="No Gaussians are added beyond this number.",
)
@strategy_option
@learning_options
@overwrite_option
@json_option
def train_command(folder: Path, output: Path, overwrite: bool, as_json: bool, **options: Any) -> None:
    """Train a scene from the points, cameras and photographs of COLMAP_FOLDER.

    Without a GPU this is for small scenes: some thousand points, pictures of a few hundred pixels.
    """
    from restora.cli.scene_learning import learn, tell_missing
    from restora.scenes.places import check_new_scene
    from restora.scenes.refining import beginning_from_colmap, is_unfinished

    check_new_scene(output, overwrite=overwrite or is_unfinished(output))
    wanted = _training_options(options)
    beginning = beginning_from_colmap(
        folder,
        pictures=options["pictures"],
        longest_side=options["longest_side"],
        degree=options["degree"],
        seed=options["seed"],
    )
    tell_missing(beginning.photographs.missing, as_json)
    learn(
        beginning.scene,
        beginning.photographs.views,
        output,
        wanted,
        only_estimate=options["only_estimate"],
        as_json=as_json,
    )


def _training_options(options: dict[str, Any]) -> RefineOptions:
    from restora.splats.refinement.options import Strategy, training_options

    usual = training_options(
        options["steps"],
        seed=options["seed"],
        device=device_name(options["device"]),
        strategy=Strategy(options["strategy"]),
        most=options["most"],
    )
    return replace(usual, hold_out_every=options["hold_out"])
