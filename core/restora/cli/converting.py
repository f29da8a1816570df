"""`restora convert`: the same scene or cameras in another format."""

from __future__ import annotations

from pathlib import Path

import click

from restora.cli.door import Door, pass_door
from restora.cli.options import json_option, pairs
from restora.cli.output import ProgressView, emit
from restora.errors import BadInputError


@click.command("convert")
@click.argument("source", metavar="IN")
@click.argument("target", type=click.Path(path_type=Path), metavar="OUT")
@click.option(
    "--to",
    "format_name",
    metavar="FORMAT",
    help="Scenes: ply, ply-text, ply-big-endian, compressed-ply, splat, spz, spz4, sog. "
    "Cameras: path, transforms, camera_path, colmap, colmap-text.",
)
@click.option("--degree", type=click.IntRange(0, 3), help="Leave harmonics above this degree out.")
@click.option("--size", metavar="WIDTHxHEIGHT", help="What the pictures of cameras measure.")
@click.option("--as", "stated", multiple=True, metavar="KEY=VALUE", help="State how IN is to be read.")
@click.option("--force", is_flag=True, help="Replace OUT if it is there; IN is never replaced.")
@json_option
@pass_door
def convert_command(
    door: Door,
    /,
    source: str,
    target: Path,
    format_name: str | None,
    degree: int | None,
    size: str | None,
    stated: tuple[str, ...],
    force: bool,
    as_json: bool,
) -> None:
    """Write the scene or the cameras in IN as OUT, and tell what OUT does not keep.

    The format follows from OUT's name: .ply, .compressed.ply, .splat, .spz, .sog; transforms.json,
    camera_path.json, any other .json for our own camera path, a folder for a COLMAP model. IN is a path or
    `sample:NAME`. A scene gives its cameras where OUT is a file of cameras.
    """
    from restora.io.progress import Percents, listening
    from restora.tasks.converting import ConversionWish, convert

    wish = ConversionWish(
        format=format_name,
        degree=degree,
        replaces=force,
        size=None if size is None else _size(size),
        reading=pairs(stated, "--as"),
    )
    view = ProgressView(as_json=as_json)
    with listening(Percents(_Passes(view))):
        done = convert(door.workbench, source, target, wish)
    view.clear()
    if as_json:
        emit("file", path=str(target), files=[str(path) for path in done.written], losses=list(done.losses))
        return
    click.echo(f"{target}: {done.what}")
    for loss in done.losses:
        click.echo(f"  {loss}")


class _Passes:
    """Shows a bar for the file that is read and one for the file that is written."""

    def __init__(self, view: ProgressView) -> None:
        self._view = view
        self._stages = ["writing", "reading"]
        self._stage = ""

    def __call__(self, percents: int) -> None:
        """So much of the present file is done; it is another one where this is 0."""
        from restora.jobs.progress import Progress

        if percents == 0 and self._stages:
            self._stage = self._stages.pop()
        self._view.progress("", Progress(fraction=percents / 100, stage=self._stage))


def _size(text: str) -> tuple[int, int]:
    width, times, height = text.lower().partition("x")
    if not (times and width.strip().isdecimal() and height.strip().isdecimal() and int(width) * int(height)):
        raise BadInputError(f"--size must be WIDTHxHEIGHT in pixels, got {text!r}")
    return int(width), int(height)
