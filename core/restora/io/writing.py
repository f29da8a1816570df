"""Writes a picture: the format by the ending, complete or not at all, clipped nowhere else than here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.errors import FileProblemError
from restora.io import exr_writing, numpy_writing, pillow_writing, png_writing, tiff_writing
from restora.io.atomic import atomic_write
from restora.io.writer import Depth, WriteOptions, Writer

__all__ = ["Depth", "WriteOptions", "writable_depths", "writable_suffixes", "write_image"]

_WRITERS: tuple[Writer, ...] = (png_writing, tiff_writing, exr_writing, pillow_writing, numpy_writing)
_BY_SUFFIX: Mapping[str, Writer] = MappingProxyType(
    {suffix: writer for writer in _WRITERS for suffix in writer.SUFFIXES}
)


def writable_suffixes() -> tuple[str, ...]:
    """The endings that `write_image` knows, such as `.png`."""
    return tuple(_BY_SUFFIX)


def writable_depths(suffix: str) -> tuple[Depth, ...]:
    """The depths that files with this ending can have; none where `write_image` does not know it."""
    writer = _BY_SUFFIX.get(suffix.lower())
    return () if writer is None else tuple(writer.DEPTHS)


def can_embed_recipe(path: Path) -> bool:
    """Whether the format of that ending has room for the recipe; elsewhere it goes beside the file."""
    writer = _BY_SUFFIX.get(path.suffix.lower())
    return writer is not None and writer.EMBEDS_RECIPE


def write_image(path: Path, image: Image, options: WriteOptions | None = None) -> None:
    """Write `image` so that `path` is either complete or as it was before.

    Numbers are written in the transfer that `options` state, else in the one that reading such a file
    assumes: sRGB for integers, linear for floats. Integers are clipped to 0..1 and rounded to the nearest
    level (halves upwards); floats keep every value. Raises FileProblemError where the ending is unknown, the
    format cannot hold what is asked for, the picture has NaN and the format integers, or the disk refuses.
    """
    wanted = options or WriteOptions()
    writer = _BY_SUFFIX.get(path.suffix.lower())
    if writer is None:
        raise FileProblemError(
            path,
            f"the ending {path.suffix or '(none)'} is not one that can be written",
            advice=f"Use one of {', '.join(_BY_SUFFIX)}.",
        )
    depth = wanted.depth or writer.default_depth(image)
    if depth not in writer.DEPTHS:
        names = ", ".join(known.value for known in writer.DEPTHS)
        raise FileProblemError(path, f"this format has no depth {depth.value}, only {names}")
    if wanted.recipe_text is not None and not writer.EMBEDS_RECIPE:
        raise FileProblemError(
            path, "this format has no room for a recipe", advice="Write the recipe beside the picture."
        )
    usual = Transfer.LINEAR if depth.is_float else Transfer.SRGB
    ready = image.in_transfer(wanted.transfer or usual)
    atomic_write(path, lambda stream: writer.write(stream, path, ready, depth, wanted))
