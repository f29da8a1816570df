"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from restora.errors import BadInputError, ParameterError

F = TypeVar("F", bound=Callable[..., Any])  # click decorates any function

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON lines instead of text.")


def run_options(command: F) -> F:
    """What decides a result: parameters, seed, device, tiles, how the input is read."""
    for option in reversed(_RUN_OPTIONS):
        command = option(command)
    return command


def export_options(command: F) -> F:
    """What decides how a result is written."""
    for option in reversed(_EXPORT_OPTIONS):
        command = option(command)
    return command


_RUN_OPTIONS = (
    click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Set a parameter."),
    click.option("--preset", metavar="NAME", help="Start from the values of a preset."),
    click.option("--seed", type=int, default=0, show_default=True, help="For methods that draw noise."),
    click.option("--device", metavar="cpu|cuda|cuda:N", help="Where to compute; by default the best."),
    click.option("--precision", metavar="NAME", help="bf16 or fp32, as the method offers."),
    click.option("--tile", metavar="auto|SIDE", default="auto", show_default=True, help="Side of the tiles."),
    click.option("--region", metavar="X,Y,W,H", help="Work on this part only."),
    click.option("--window", metavar="START:LENGTH", help="Frames of a capture to work on together."),
    click.option(
        "--frames",
        metavar="all|START:LENGTH",
        help="Work on each of these frames of a video: a folder with one result per frame.",
    ),
    click.option(
        "--as", "facts", multiple=True, metavar="KEY=VALUE", help="State how the file is to be read."
    ),
    click.option("--reference", "references", multiple=True, metavar="FILE", help="A reference picture."),
)

_EXPORT_OPTIONS = (
    click.option(
        "--depth", type=click.Choice(["8", "16", "16f", "32f"]), help="Bits per sample; f means float."
    ),
    click.option("--quality", type=click.IntRange(1, 100), default=95, show_default=True, help="JPEG, WebP."),
    click.option("--strip", is_flag=True, help="Leave EXIF and texts of the source out."),
    click.option(
        "--recipe",
        "recipe_place",
        type=click.Choice(["beside", "inside", "none"]),
        default="beside",
        show_default=True,
        help="Where the recipe goes.",
    ),
    click.option(
        "--existing",
        type=click.Choice(["skip", "overwrite", "fail"]),
        default="skip",
        show_default=True,
        help="Where the output is there already; skip only leaves what the same recipe made.",
    ),
)


def pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """`KEY=VALUE` texts as a mapping; raises BadInputError for anything else and for a key given twice."""
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise BadInputError(f"{option} needs KEY=VALUE, got {text!r}")
        if key.strip() in found:
            raise BadInputError(f"{option} {key.strip()} is given twice")
        found[key.strip()] = value
    return found


def tile_side(text: str) -> int | None:
    """A side in pixels, or None for `auto`."""
    if text == "auto":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ParameterError("tile", f"must be auto or a number of pixels, got {text!r}")
    return int(text)


def region_of(text: str | None) -> tuple[int, int, int, int] | None:
    """`X,Y,W,H` in pixels."""
    if text is None:
        return None
    parts = text.split(",")
    if len(parts) != 4 or not all(part.strip().isdecimal() for part in parts):
        raise ParameterError("region", f"must be X,Y,W,H in whole pixels, got {text!r}")
    x, y, width, height = (int(part) for part in parts)
    return x, y, width, height


def export_json(options: Mapping[str, object]) -> dict[str, Any]:
    """The export options of a command as an order keeps them."""
    return {
        "depth": options["depth"],
        "quality": options["quality"],
        "keep_metadata": not options["strip"],
        "recipe": options["recipe_place"],
    }


def absolute(name: str) -> str:
    """A file's absolute path, or a sample's name as it is."""
    return name if name.startswith("sample:") else str(Path(name).absolute())
