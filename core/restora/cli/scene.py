"""`restora scene`: what is done with whole scenes of Gaussians."""

from __future__ import annotations

from collections.abc import Mapping

import click

from restora.cli.lazy import LazyGroup

_COMMANDS: Mapping[str, tuple[str, str]] = {
    "info": ("restora.cli.scene_info:info_command", "What a scene is: numbers, cameras, photographs."),
    "render": ("restora.cli.scene_render:render_command", "Pictures from cameras, an orbit or a path."),
    "clean": ("restora.cli.scene_clean:clean_command", "Take floaters out, crop, lower the degree."),
    "refine": ("restora.cli.scene_refine:refine_command", "Make a scene agree with its photographs."),
    "train": ("restora.cli.scene_train:train_command", "A new scene from a COLMAP folder."),
    "convert": ("restora.cli.converting:convert_command", "The same as `restora convert`."),
    "triplets": ("restora.cli.scene_triplets:triplets_command", "Render, truth and reference for training."),
}


@click.group("scene", cls=LazyGroup, table=_COMMANDS)
def scene_group() -> None:
    """Scenes of 3D Gaussians: render, refine, train, clean, describe, curate."""
