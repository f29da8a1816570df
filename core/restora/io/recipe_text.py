"""Finds the recipe that a written picture carries inside."""

from __future__ import annotations

from pathlib import Path

from restora.io.opening import read_metadata
from restora.io.recipe_packet import recipe_of_packet
from restora.io.writer import RECIPE_KEY


def read_recipe_text(path: Path) -> str | None:
    """The recipe inside the picture file, or None; raises FileProblemError where it is no picture."""
    texts = read_metadata(path).text
    if RECIPE_KEY in texts:
        return texts[RECIPE_KEY]
    packet = recipe_of_packet(texts.get("XML:com.adobe.xmp", ""))
    if packet is not None:
        return packet
    description = texts.get("ImageDescription", "")
    return description.removeprefix(RECIPE_KEY + " ") if description.startswith(RECIPE_KEY + " ") else None
