"""Which cases of a folder of vectors are DMDiff's, and what runs each."""

from __future__ import annotations

from collections.abc import Callable

from restora.testing.vectors import Case, Plan
from restora_dmdiff.vectors.checkpoints import Checkpoints

Planner = Callable[[Case, Checkpoints], Plan]


class Vectors:
    """An Adapter of `restora.testing.vectors`; cases are told by the arrays they hold."""

    devices = ("cpu", "cuda")

    def __init__(self) -> None:
        self._checkpoints = Checkpoints()

    def plan(self, case: Case) -> Plan | None:
        """How to run `case`; None where it is none of DMDiff's."""
        names = case.array_names()
        for marks, planner in _planners():
            if marks <= names:
                return planner(case, self._checkpoints)
        return None


def _planners() -> tuple[tuple[frozenset[str], Planner], ...]:
    """The arrays that only one sort of case holds; the first row that fits counts."""
    from restora_dmdiff.vectors import arithmetic, inherited, networks, pipelines  # torch

    rows: tuple[tuple[str, Planner], ...] = (
        ("x mod scaling", networks.layer),
        ("top left size", arithmetic.patch_grid),
        ("raw_scores centre_weight", arithmetic.degradation_map),
        ("patches encoder_cls", networks.musiq_patches),
        ("image_u8 raw_scores", networks.musiq_picture),
        ("image pooled_0", inherited.estimator),
        ("degrees w", inherited.projection),
        ("deg_map unet_embeds", networks.matrices),
        ("context eps", networks.unet),
        ("image logvar", networks.encoder),
        ("eps x0", arithmetic.one_step),
        ("latent x0_scaled_0", pipelines.knob),
        ("image emb_pos", pipelines.restoration),
        ("output_u8_every_4", pipelines.whole),
        ("lr_u8 after_bilinear_128", arithmetic.preparation),
        ("size_0 merged_0", inherited.latent_tiles),
        ("in_0 boxes_in_0", inherited.boxes),
        ("content_u8 style_u8", arithmetic.colours),
        ("image gauss_draw", arithmetic.pseudo_noise),
    )
    return tuple((frozenset(marks.split()), planner) for marks, planner in rows)
