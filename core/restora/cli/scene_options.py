"""Options that the scene commands share, and how a scene is opened for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from restora.cli.door import Door
from restora.cli.options import pairs
from restora.cli.output import ProgressView
from restora.data.camera import CameraSet
from restora.data.item import Item
from restora.data.kinds import Kind
from restora.data.scene import GaussianScene
from restora.errors import BadInputError
from restora.jobs.cancelling import Token
from restora.jobs.progress import Progress, RemainingTime
from restora.tasks.orders import name_or_path

F = TypeVar("F", bound=Callable[..., Any])  # click decorates any function

reading_option = click.option(
    "--as",
    "facts",
    multiple=True,
    metavar="KEY=VALUE",
    help="State how the scene is read: cameras=PATH, pictures=FOLDER.",
)
overwrite_option = click.option("--overwrite", is_flag=True, help="Replace what is there; never the source.")
output_file_option = click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="The scene file to write."
)
longest_side_option = click.option(
    "--longest-side", type=click.IntRange(16), metavar="PIXELS", help="Shrink photographs to this."
)
strategy_option = click.option(
    "--strategy",
    type=click.Choice(["default", "mcmc"]),
    default="default",
    show_default=True,
    help="How Gaussians are added: split where the picture pulls, or faint ones moved to opaque ones.",
)


def learning_options(command: F) -> F:
    """What decides how a scene learns."""
    for option in reversed(_LEARNING_OPTIONS):
        command = option(command)
    return command


_LEARNING_OPTIONS = (
    click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True),
    click.option(
        "--hold-out",
        type=click.IntRange(min=0),
        default=8,
        show_default=True,
        metavar="N",
        help="Every N-th photograph judges instead of teaching; 0 none.",
    ),
    longest_side_option,
    click.option("--device", metavar="cpu|cuda|cuda:N", default="cpu", show_default=True),
    click.option("--estimate", "only_estimate", is_flag=True, help="Only tell how long it would take."),
)


def opened_scene(door: Door, name: str, facts: tuple[str, ...]) -> tuple[Item, GaussianScene]:
    """The scene of that name; raises BadInputError where it is something else."""
    item = door.workbench.open(name_or_path(name), pairs(facts, "--as"))
    if item.kind is not Kind.SPLAT:
        raise BadInputError(f"{name}: a scene of Gaussians is needed, this is {item.probe.format}")
    return item, item.scene()


def size_of(text: str | None) -> tuple[int, int] | None:
    """`WIDTHxHEIGHT` in pixels."""
    if text is None:
        return None
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(part.isdecimal() and 1 <= int(part) <= 16384 for part in parts):
        raise BadInputError(f"--size must be WIDTHxHEIGHT in pixels, at most 16384 each, got {text!r}")
    return int(parts[0]), int(parts[1])


def numbers(text: str, count: int, option: str) -> tuple[float, ...]:
    """Numbers between commas."""
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if len(values) != count or not all(abs(value) < 1e30 for value in values):
        raise BadInputError(f"{option} needs {count} numbers between commas, got {text!r}")
    return values


def tell_losses(path: Path, scene: GaussianScene, view: ProgressView) -> None:
    """Say what a file of that name does not keep of the scene; cameras stay where they are."""
    from restora.io.scenes import losses_of

    for loss in losses_of(path, replace(scene, cameras=CameraSet())):
        view.say(f"{path}: {loss}")


def device_name(requested: str) -> str:
    """The device as torch calls it; refused where this machine does not have it, or gsplat fails on it."""
    from restora.jobs.devices import open_device
    from restora.splats.devices import choose_device

    found = open_device(requested, ("cpu", "cuda")).spec
    return choose_device("cpu" if found.type == "cpu" else f"cuda:{found.index}").device


class Ticker:
    """Tells a view how far a work is, and stops it when its token was cancelled."""

    def __init__(self, view: ProgressView, token: Token) -> None:
        self._view = view
        self._token = token
        self._remaining = RemainingTime()

    def check(self) -> None:
        """Raises Cancelled once the user has taken the work back."""
        self._token.check()

    def __call__(self, done: int, total: int, stage: str = "") -> None:
        """`done` of `total` are done."""
        self._token.check()
        fraction = done / total if total else 1.0
        remaining = self._remaining.update(fraction)
        text = stage or f"{done} of {total}"
        self._view.progress("", Progress(fraction=fraction, stage=text, remaining_seconds=remaining))
