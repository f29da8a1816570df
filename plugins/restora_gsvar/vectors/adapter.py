"""Which cases of a folder of vectors are GS-VAR's, and what runs each."""

from __future__ import annotations

from collections.abc import Callable

from restora.testing.vectors import Case, Plan
from restora_gsvar.vectors.checkpoints import Checkpoints

Planner = Callable[[Case, Checkpoints], Plan]


class Vectors:
    """An Adapter of `restora.testing.vectors`; cases are told by the arrays they hold."""

    devices = ("cpu", "cuda")

    def __init__(self) -> None:
        self._checkpoints = Checkpoints()

    def plan(self, case: Case) -> Plan | None:
        """How to run `case`; None where it is none of GS-VAR's."""
        if case.path.suffix == ".json":
            from restora_gsvar.vectors import lists

            return lists.plan_of(case)
        names = case.array_names()
        if names == {"weights"}:
            from restora_gsvar.vectors import tiled  # torch

            return tiled.window(case)
        for marks, planner in _planners():
            if marks <= names:
                return planner(case, self._checkpoints)
        return None


def _planners() -> tuple[tuple[frozenset[str], Planner], ...]:
    """The arrays that only one sort of case holds; the first row that fits counts."""
    from restora_gsvar.vectors import arithmetic, autoencoding, generation, scene, teaching, tiled  # torch

    rows: tuple[tuple[str, Planner], ...] = (
        ("rope_cos level_ids", arithmetic.tables),
        ("image_u8 fhat_4 decoded_raw", autoencoding.codes),
        ("fhat bridge_raw", autoencoding.bridge),
        ("cond_u8 gt_u8 tokens_in", teaching.forward),
        ("z train_vb cfg_sample", teaching.diffusion),
        ("image_u8 cfg noise_steps", generation.guided),
        ("render_u8 ref_u8 tile_fhat", tiled.pipeline),
        ("render_u8 fhat_before_refine", generation.single),
        ("pose_distance nearest", scene.camera),
        ("logits greedy", arithmetic.sampling),
        ("tiles merged", arithmetic.merging),
        ("target_u8 source_u8 adain psnr_y", arithmetic.colours),
    )
    return tuple((frozenset(marks.split()), planner) for marks, planner in rows)
