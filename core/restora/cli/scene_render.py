"""`restora scene render`: pictures of a scene from cameras, an orbit or a path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from restora.cli.door import Door, pass_door
from restora.cli.interrupting import cancel_on_interrupt
from restora.cli.options import json_option
from restora.cli.output import ProgressView, emit
from restora.cli.scene_options import (
    Ticker,
    numbers,
    opened_scene,
    overwrite_option,
    reading_option,
    size_of,
)
from restora.data.item import Item
from restora.errors import BadInputError
from restora.jobs.cancelling import Token
from restora.splats.framing import UpAxis


@click.command("render")
@click.argument("scene", metavar="SCENE")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="A picture file for one camera, else a new folder.",
)
@click.option("--camera", metavar="NAME|NUMBER", help="Only from this camera of the scene; from 0.")
@click.option("--orbit", type=click.IntRange(1, 100_000), metavar="N", help="From N cameras around it.")
@click.option("--path", type=click.Path(path_type=Path), metavar="FILE", help="From the cameras in a file.")
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="Time between a path's cameras.")
@click.option("--fps", type=click.FloatRange(0, 1000, min_open=True), help="Frames per second of a path.")
@click.option("--size", metavar="WxH", help="Size of the pictures; by default that of the cameras.")
@click.option("--fov", type=click.FloatRange(1, 170), default=50.0, show_default=True, help="Of an orbit.")
@click.option("--elevation", type=click.FloatRange(-89, 89), default=20.0, show_default=True)
@click.option("--up", type=click.Choice([each.value for each in UpAxis]), default="-y", show_default=True)
@click.option("--background", default="0,0,0", show_default=True, metavar="R,G,B", help="0 to 1 each.")
@click.option("--degree", type=click.IntRange(0, 3), help="Draw colours with at most this degree.")
@click.option("--preset", type=click.Choice(["gsplat", "inria"]), default="gsplat", show_default=True)
@click.option(
    "--device",
    metavar="cpu|cuda|cuda:N|auto",
    default="cpu",
    show_default=True,
    help="What draws; auto takes a card where gsplat works.",
)
@click.option("--with-depth", is_flag=True, help="Also write depth, as float TIFF.")
@click.option("--with-alpha", is_flag=True, help="Also write how solid each pixel is.")
@overwrite_option
@reading_option
@json_option
@pass_door
def render_command(
    door: Door, /, scene: str, output: Path, overwrite: bool, as_json: bool, **options: Any
) -> None:
    """Draw SCENE; without --camera, --orbit or --path from all cameras that it has.

    A folder gets one PNG per camera, and transforms.json with the cameras they were drawn from.
    """
    from restora.scenes.rendering import render_to_file, render_to_folder
    from restora.scenes.standpoints import chosen_cameras

    item, opened = opened_scene(door, scene, options["facts"])
    standpoints = chosen_cameras(opened, _standpoint(options))
    is_picture = output.suffix.lower() in door.workbench.writable_suffixes() and not output.is_dir()
    _check_output(output, is_picture, len(standpoints.cameras), overwrite, item)
    view, token = ProgressView(as_json=as_json), Token()
    wish, ticker = _wish(options, view), Ticker(view, token)
    with cancel_on_interrupt(token.cancel, view):
        if is_picture:
            files = render_to_file(opened, standpoints.cameras[0], output, wish, check=ticker.check)
        else:
            files = render_to_folder(opened, standpoints, output, wish, check=ticker.check, progress=ticker)
    view.clear()
    for path in files if as_json else ():
        emit("file", path=str(path))
    if not as_json:
        click.echo(str(output) if len(files) == 1 else f"{len(files)} files in {output}")


def _check_output(output: Path, is_picture: bool, cameras: int, overwrite: bool, source: Item) -> None:
    from restora.scenes.places import check_new_file, check_new_folder

    if not is_picture:
        check_new_folder(output, overwrite=overwrite)
    elif cameras > 1:
        raise BadInputError(f"{output}: {cameras} cameras make as many pictures; name a folder")
    else:
        check_new_file(output, overwrite=overwrite, source=source)


def _wish(options: dict[str, Any], view: ProgressView) -> Any:
    from restora.scenes.rendering import RenderWish

    drawn_with = _drawn_with(options)
    return RenderWish(
        options=drawn_with,
        device=_device(options["device"], drawn_with, view),
        with_depth=options["with_depth"],
        with_alpha=options["with_alpha"],
    )


def _standpoint(options: dict[str, Any]) -> Any:
    from restora.scenes.standpoints import Standpoint

    return Standpoint(
        camera=options["camera"],
        orbit=options["orbit"],
        path=options["path"],
        seconds=options["seconds"],
        frames_per_second=options["fps"],
        size=size_of(options["size"]),
        fov_degrees=options["fov"],
        elevation_degrees=options["elevation"],
        up=UpAxis(options["up"]),
    )


def _device(wanted: str, drawn_with: Any, view: ProgressView) -> str:
    """What draws; where a card was hoped for, it is said what was found."""
    from restora.splats.devices import AUTO, choose_device

    chosen = choose_device(wanted, drawn_with)
    if wanted == AUTO:
        view.say(chosen.reason)
    return chosen.device


def _drawn_with(options: dict[str, Any]) -> Any:
    from dataclasses import replace

    from restora.splats.rendering import preset

    red, green, blue = numbers(options["background"], 3, "--background")
    return replace(preset(options["preset"]), background=(red, green, blue), degree=options["degree"])
