"""Writes JPEG and WebP with 8 bits, profile and EXIF; the recipe stands in an XMP packet."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from restora.data.image import Image
from restora.errors import FileProblemError
from restora.io.exif import PREFIX
from restora.io.pixels import to_integers
from restora.io.recipe_packet import packet_of_recipe
from restora.io.writer import Depth, WriteOptions, profile_to_keep

SUFFIXES: tuple[str, ...] = (".jpg", ".jpeg", ".webp")
DEPTHS: tuple[Depth, ...] = (Depth.U8,)
EMBEDS_RECIPE = True

_LARGEST_SIDE: Mapping[str, int] = {"JPEG": 65_500, "WEBP": 16_383}
_LARGEST_SEGMENT = 65_000
"""What a JPEG segment holds beside its own header: EXIF and XMP must each fit into one."""


def default_depth(image: Image) -> Depth:  # noqa: ARG001 - every writer is asked the same way
    """8 bits, the only depth."""
    return Depth.U8


def write(stream: BinaryIO, path: Path, image: Image, depth: Depth, options: WriteOptions) -> None:
    """Write the picture; raises FileProblemError where the format has no alpha or is too small for it."""
    from PIL import Image as PillowImage

    name = "WEBP" if path.suffix.lower() == ".webp" else "JPEG"
    _check(path, image, name, options)
    samples = to_integers(image.pixels, int(depth.value), path)
    picture = PillowImage.fromarray(samples[:, :, 0] if image.channels == 1 else samples)
    # Pillow writes to the file's number behind the stream's back where it has one; memory has none.
    memory = io.BytesIO()
    picture.save(memory, name, **_settings(path, image, name, options))
    stream.write(memory.getbuffer())


def _check(path: Path, image: Image, name: str, options: WriteOptions) -> None:
    if name == "JPEG" and image.channels == 4:
        raise FileProblemError(path, "JPEG has no alpha channel", advice="Write PNG, TIFF or WebP instead.")
    if max(image.width, image.height) > _LARGEST_SIDE[name]:
        raise FileProblemError(
            path,
            f"{name} holds at most {_LARGEST_SIDE[name]} pixels a side, not {image.width} x {image.height}",
        )
    if not 1 <= options.quality <= 100:
        raise FileProblemError(path, f"the quality must be 1 to 100, got {options.quality}")


def _settings(path: Path, image: Image, name: str, options: WriteOptions) -> dict[str, object]:
    settings: dict[str, object] = {"quality": options.quality}
    if name == "JPEG":
        # Full colour resolution where quality is asked for.
        settings["subsampling"] = 0 if options.quality >= 90 else 2
    else:
        settings |= {"lossless": options.quality == 100, "exact": True}
    icc = profile_to_keep(image, options)
    if icc is not None:
        settings["icc_profile"] = icc
    if options.keep_metadata and image.metadata.exif is not None:
        settings["exif"] = PREFIX + image.metadata.exif
    if options.recipe_text is not None:
        settings["xmp"] = packet_of_recipe(options.recipe_text)
    for key in ("exif", "xmp"):
        value = settings.get(key)
        if name == "JPEG" and isinstance(value, bytes) and len(value) > _LARGEST_SEGMENT:
            raise FileProblemError(
                path,
                f"its {key.upper()} has {len(value)} bytes, but JPEG holds at most {_LARGEST_SEGMENT}",
                advice="Leave the metadata out, write the recipe beside the picture, or write PNG.",
            )
    return settings
