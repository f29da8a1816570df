"""`restora compare`: how close is a picture to its reference?"""

from __future__ import annotations

from pathlib import Path

import click

from restora.cli.door import Door, pass_door
from restora.cli.options import json_option
from restora.cli.output import emit, table
from restora.data.image import Image
from restora.tasks.comparing import Figure, chosen_metrics, figures
from restora.tasks.orders import name_or_path


@click.command("compare")
@click.argument("image", metavar="A")
@click.argument("reference", metavar="B")
@click.option("--metric", "names", multiple=True, metavar="ID", help="Only this figure; several are allowed.")
@click.option(
    "--error-map",
    "error_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write where they differ: the mean absolute difference of sRGB values.",
)
@json_option
@pass_door
def compare_command(
    door: Door,
    /,
    image: str,
    reference: str,
    names: tuple[str, ...],
    error_path: Path | None,
    as_json: bool,
) -> None:
    """Measure the picture A against the reference B, and both without a reference."""
    from restora.quality.fidelity import error_map
    from restora.quality.views import check_pair

    workbench = door.workbench
    metrics = chosen_metrics(workbench.host, names)
    first, second = (workbench.open(name_or_path(name)).image() for name in (image, reference))
    check_pair(first, second)
    if error_path is not None:
        workbench.write_picture(error_path, Image(pixels=error_map(first, second)))
    pair = figures(metrics, first, second, weights=workbench.weights)
    alone = zip(*(figures(metrics, each, weights=workbench.weights) for each in (first, second)), strict=True)
    if as_json:
        _print_json(pair, "A against B")
        for own, other in alone:
            _print_json((own,), "A")
            _print_json((other,), "B")
        return
    rows = [(figure.metric.title, _shown(figure), "", _better(figure)) for figure in pair]
    rows += [(own.metric.title, _shown(own), _shown(other), _better(own)) for own, other in alone]
    table(rows, ("figure", "A", "B", ""))


def _shown(figure: Figure) -> str:
    if figure.value is None:
        return f"none: {figure.reason}"
    return f"{figure.value:.4g} {figure.metric.unit}".strip()


def _better(figure: Figure) -> str:
    return "higher is better" if figure.metric.higher_is_better else "lower is better"


def _print_json(found: tuple[Figure, ...], of: str) -> None:
    for figure in found:
        emit(
            "figure",
            id=figure.metric.id,
            of=of,
            value=figure.value,
            unit=figure.metric.unit,
            reason=figure.reason,
        )
