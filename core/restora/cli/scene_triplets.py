"""`restora scene triplets`: render, truth and reference, to train fixers with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from restora.cli.interrupting import cancel_on_interrupt
from restora.cli.options import json_option
from restora.cli.output import ProgressView, emit
from restora.cli.scene_options import Ticker, longest_side_option, overwrite_option
from restora.errors import BadInputError
from restora.jobs.cancelling import Token


@click.command("triplets")
@click.argument(
    "folders", nargs=-1, required=True, metavar="COLMAP folder...", type=click.Path(path_type=Path)
)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="A new or empty folder.")
@click.option(
    "--strategy",
    "strategies",
    multiple=True,
    type=click.Choice(["underfitting", "sparse"]),
    help="How scenes are made bad; both by default.",
)
@click.option(
    "--steps",
    type=click.IntRange(1, 100_000),
    default=1000,
    show_default=True,
    help="Underfitting stops here.",
)
@click.option("--sparse-steps", type=click.IntRange(1, 100_000), default=30_000, show_default=True)
@click.option(
    "--every",
    type=click.IntRange(2),
    default=10,
    show_default=True,
    help="Sparse: every so-manieth view teaches.",
)
@click.option(
    "--val",
    "validation",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="So many scenes, the last by name, are for validation.",
)
@click.option("--pictures", metavar="NAME", help="Folder of photographs inside each COLMAP folder.")
@click.option(
    "--keep-own-references", is_flag=True, help="As published: keep frames that are their own reference."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@longest_side_option
@overwrite_option
@json_option
def triplets_command(
    folders: tuple[Path, ...], output: Path, overwrite: bool, as_json: bool, **options: Any
) -> None:
    """Train each scene badly on purpose and list what it renders beside the truth and a reference.

    Writes data.json, data_underfitting.json and data_sparse.json; paths in them are relative to their folder.
    """
    from restora.scenes.places import check_new_folder
    from restora.scenes.triplets import write_lists

    names = _names(folders)
    check_new_folder(output, overwrite=overwrite)
    if options["validation"] > len(folders):
        raise BadInputError(f"--val {options['validation']}: only {len(folders)} scenes are given")
    view, token = ProgressView(as_json=as_json), Token()
    splits: dict[str, dict[str, dict[str, str]]] = {"train": {}, "val": {}}
    first_validation = len(names) - options["validation"]
    with cancel_on_interrupt(token.cancel, view):
        for number, (name, folder) in enumerate(sorted(names.items())):
            split = "val" if number >= first_validation else "train"
            splits[split] |= _scene_triplets(name, folder, output, options, Ticker(view, token))
            view.clear()
    for path in write_lists(output, splits):
        if as_json:
            emit("file", path=str(path))
    counts = {split: len(found) for split, found in splits.items()}
    if as_json:
        emit("triplets", **counts)
    else:
        click.echo(f"{counts['train']} triplets for training and {counts['val']} for validation in {output}")


def _scene_triplets(
    name: str, folder: Path, output: Path, options: dict[str, Any], ticker: Ticker
) -> dict[str, dict[str, str]]:
    from restora.scenes.refining import beginning_from_colmap
    from restora.scenes.triplets import Strategy, TripletWish, curate

    pictures = folder / options["pictures"] if options["pictures"] else None
    beginning = beginning_from_colmap(
        folder, pictures=pictures, longest_side=options["longest_side"], seed=options["seed"]
    )
    found: dict[str, dict[str, str]] = {}
    for strategy in options["strategies"] or [each.value for each in Strategy]:
        wish = TripletWish(
            strategy=Strategy(strategy),
            steps=options["steps" if strategy == Strategy.UNDERFITTING else "sparse_steps"],
            every=options["every"],
            seed=options["seed"],
            keeps_own_references=options["keep_own_references"],
        )
        found |= curate(
            name,
            beginning,
            output,
            wish,
            check=ticker.check,
            report=lambda step, label=wish.label: ticker(step.step, step.steps, f"{name} {label}"),  # type: ignore[misc]  # bound now
        )
    return found


def _names(folders: tuple[Path, ...]) -> dict[str, Path]:
    names: dict[str, Path] = {}
    for folder in folders:
        name = folder.absolute().name
        if name in names:
            raise BadInputError(f"{name}: two folders have this name, and triplets are named by it")
        names[name] = folder
    return names
