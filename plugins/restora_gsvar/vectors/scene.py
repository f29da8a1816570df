"""Cases of what goes on around a scene's cameras."""

from __future__ import annotations

import numpy as np

from restora.splats.poses import (
    PUBLISHED_STEP,
    StepRule,
    approaches,
    nearest_poses,
    pose_distances,
    stepped_poses,
)
from restora.testing.vectors import Arrays, Case, Plan
from restora_gsvar.vectors.checkpoints import Checkpoints


def camera(case: Case, checkpoints: Checkpoints) -> Plan:
    """Distances between poses, the nearest ones, and steps from one set towards another."""
    del case, checkpoints

    def run(given: Arrays) -> dict[str, object]:
        train, test = (np.asarray(given[name], np.float64) for name in ("train", "test"))
        rule = StepRule(
            distance=float(given["distance"]), is_rotation_lagging=PUBLISHED_STEP.is_rotation_lagging
        )
        first = stepped_poses(train, test, rule)
        return {
            "pose_distance": pose_distances(test, train),
            "pose_distance_weighted": pose_distances(test, train, rotation_weight=0.5, position_weight=2.0),
            "nearest": nearest_poses(test, train),
            "shift_1": first,
            "shift_2": stepped_poses(first, test, rule),
            "nearest_after_shift": nearest_poses(first, train),
            "interpolated": approaches(train, test[:2], 5),
        }

    return Plan(run=run, inputs=("train", "test", "distance"))
