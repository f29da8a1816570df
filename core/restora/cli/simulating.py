"""`restora simulate`: what an unusual camera would make of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from restora.cli.door import Door, pass_door
from restora.cli.interrupting import cancel_on_interrupt
from restora.cli.options import json_option
from restora.cli.output import ProgressView, emit
from restora.data.kinds import ColourFilter
from restora.errors import BadInputError
from restora.jobs.cancelling import Token
from restora.jobs.progress import Progress
from restora.tasks.orders import name_or_path


@click.group("simulate")
def simulate_group() -> None:
    """Forward models: the truth is known, so a restoration can be measured against it."""


@simulate_group.command("spad")
@click.argument("file", metavar="FILE")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="A new or empty folder.")
@click.option("--frames", type=click.IntRange(1, 10_000_000), default=1000, show_default=True)
@click.option("--brightness", default=1.0, show_default=True, help="Mean detections per frame at white.")
@click.option("--dark", default=0.0, show_default=True, help="Mean dark counts per pixel and frame.")
@click.option(
    "--filter",
    "colour_filter",
    type=click.Choice([each.value for each in ColourFilter]),
    default="mono",
    show_default=True,
)
@click.option("--pan", default="0,0", show_default=True, metavar="X,Y", help="Pixels the scene moves in all.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@json_option
@pass_door
def spad_command(
    door: Door,
    /,
    file: str,
    output: Path,
    frames: int,
    brightness: float,
    dark: float,
    colour_filter: str,
    pan: str,
    seed: int,
    as_json: bool,
) -> None:
    """Make a bit-packed single-photon capture of the picture FILE, and its truth in linear light."""
    from restora.photons.forward import Sensor
    from restora.tasks.simulating import CaptureWish, simulate_capture

    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise BadInputError(f"{output}: is there already and not an empty folder")
    picture = door.workbench.open(name_or_path(file)).image()
    sensor = Sensor(brightness=brightness, dark=dark, colour_filter=ColourFilter(colour_filter))
    view, token = ProgressView(as_json=as_json), Token()

    def progress(done: int, total: int) -> None:
        token.check()
        view.progress("", Progress(fraction=done / total, stage=f"frame {done} of {total}"))

    with cancel_on_interrupt(token.cancel, view):
        files = simulate_capture(
            picture,
            output,
            CaptureWish(frames=frames, seed=seed, sensor=sensor, pan=_pan(pan)),
            progress=progress,
        )
    view.clear()
    for made in files:
        _tell(made, as_json)


@simulate_group.command("metalens")
@click.argument("file", metavar="FILE")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="The photograph to write."
)
@click.option(
    "--typical", is_flag=True, help="The middle of all ranges, rather than a camera drawn from them."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@json_option
@pass_door
def metalens_command(door: Door, /, file: str, output: Path, typical: bool, seed: int, as_json: bool) -> None:
    """Make the photograph that a metalens camera would take of the picture FILE."""
    from restora.tasks.simulating import MetalensWish, simulate_metalens

    workbench = door.workbench
    picture = workbench.open(name_or_path(file)).image()
    workbench.write_picture(output, simulate_metalens(picture, MetalensWish(seed=seed, drawn=not typical)))
    _tell(output, as_json)


@simulate_group.command("lowres")
@click.argument("file", metavar="FILE")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The picture to write.")
@click.option("--scale", type=click.IntRange(1, 8), default=4, show_default=True)
@click.option("--plain", is_flag=True, help="Only shrink; no blur, noise or compression.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@json_option
@pass_door
def lowres_command(
    door: Door, /, file: str, output: Path, scale: int, plain: bool, seed: int, as_json: bool
) -> None:
    """Make a small picture of FILE as it may come from an old camera or the web, and say how."""
    from restora.tasks.simulating import simulate_lowres

    workbench = door.workbench
    picture = workbench.open(name_or_path(file)).image()
    small, steps = simulate_lowres(picture, scale=scale, seed=seed, plain=plain)
    workbench.write_picture(output, small)
    _tell(output, as_json, steps)


def _tell(made: Path, as_json: bool, steps: Sequence[str] = ()) -> None:
    if as_json:
        emit("file", path=str(made), steps=list(steps))
        return
    click.echo(str(made))
    for step in steps:
        click.echo(f"  {step}")


def _pan(text: str) -> tuple[float, float]:
    try:
        columns, rows = (float(part) for part in text.split(","))
    except ValueError:
        raise BadInputError(f"--pan must be X,Y in pixels, got {text!r}") from None
    if not (abs(columns) <= 10_000 and abs(rows) <= 10_000):
        raise BadInputError(f"--pan may be at most 10000 pixels, got {text!r}")
    return columns, rows
