"""How far apart two camera poses are, and steps from one towards another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restora.data.camera import Camera
from restora.errors import BadInputError
from restora.splats.camera_points import camera_to_world
from restora.splats.rotations import angle_between, matrices, quaternion, slerp

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AT_THE_TARGET = 1e-6
"""Scene units below which the published rule takes the target's pose as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRule:
    """How far a pose moves towards its target in one step."""

    distance: float
    """Scene units; raises BadInputError unless above 0."""
    is_rotation_lagging: bool = False
    """The published form: a place that is within `distance` of its target after the move snaps to it, while
    the rotation only goes distance / way."""

    def __post_init__(self) -> None:
        if not (np.isfinite(self.distance) and self.distance > 0):
            raise BadInputError(f"a step towards a camera must be above 0, got {self.distance:g}")


PUBLISHED_STEP = StepRule(distance=0.5, is_rotation_lagging=True)
"""As GS-VAR and Difix3D have it: half a unit, whatever the scene's size."""
RELATIVE_STEP = 0.1
"""The corrected form's step as a share of the scene's radius."""


def corrected_step(radius: float, share: float = RELATIVE_STEP) -> StepRule:
    """A step relative to the scene's radius, with one common fraction for place and direction."""
    return StepRule(distance=share * radius)


def pose_distances(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    *,
    rotation_weight: float = 1.0,
    position_weight: float = 1.0,
) -> NDArray[np.float64]:
    """Distances between camera-to-world poses, A x 4 x 4 against B x 4 x 4: A x B.

    Scene units between the places plus radians between the directions, each weighted. The published
    arccos is NaN for some equal directions, and a wrong camera then counts as nearest; this never is.
    """
    apart = np.linalg.norm(first[:, None, :3, 3] - second[None, :, :3, 3], axis=-1)
    turned = angle_between(_quaternions(first)[:, None], _quaternions(second)[None])
    return np.asarray(position_weight * apart + rotation_weight * turned)


def nearest_poses(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each pose of `first`, the index of its nearest in `second`."""
    return np.asarray(pose_distances(first, second).argmin(axis=1), np.int64)


def stepped_poses(
    states: NDArray[np.float64], targets: NDArray[np.float64], rule: StepRule
) -> NDArray[np.float64]:
    """For each target pose, its nearest state moved one step towards it; camera-to-world."""
    nearest = nearest_poses(targets, states)
    distances = pose_distances(targets, states)
    moved = [
        target if distances[row, near] <= rule.distance else stepped_pose(states[near], target, rule)
        for row, (target, near) in enumerate(zip(targets, nearest, strict=True))
    ]
    return np.stack(moved)


def stepped_pose(
    state: NDArray[np.float64], target: NDArray[np.float64], rule: StepRule
) -> NDArray[np.float64]:
    """One pose moved one step towards another, at most up to it."""
    way = float(np.linalg.norm(target[:3, 3] - state[:3, 3]))
    if way <= _AT_THE_TARGET:
        return target.copy()
    fraction = min(rule.distance / way, 1.0)
    if not rule.is_rotation_lagging:
        return interpolated_pose(state, target, fraction)
    lagging = interpolated_pose(state, target, fraction)
    if way - rule.distance <= rule.distance:
        lagging[:3, 3] = target[:3, 3]
    return lagging


def approaches(states: NDArray[np.float64], targets: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """From each target's nearest state to the target in `steps` poses, ends included: N x steps x 4 x 4."""
    if steps < 2:
        raise BadInputError(f"a way between two cameras has 2 poses or more, got {steps}")
    starts = states[nearest_poses(targets, states)]
    return np.stack(
        [
            np.stack([interpolated_pose(start, end, fraction) for fraction in np.linspace(0, 1, steps)])
            for start, end in zip(starts, targets, strict=True)
        ]
    )


def interpolated_pose(
    first: NDArray[np.float64], second: NDArray[np.float64], fraction: float
) -> NDArray[np.float64]:
    """The camera-to-world pose a `fraction` of the way: straight for the place, slerp for the direction."""
    pose = np.eye(4)
    pose[:3, :3] = matrices(slerp(quaternion(first[:3, :3]), quaternion(second[:3, :3]), fraction))
    pose[:3, 3] = (1 - fraction) * first[:3, 3] + fraction * second[:3, 3]
    return pose


def poses_of(cameras: Iterable[Camera]) -> NDArray[np.float64]:
    """Camera-to-world poses, N x 4 x 4."""
    found = [camera_to_world(camera) for camera in cameras]
    return np.stack(found) if found else np.zeros((0, 4, 4))


def _quaternions(poses: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([quaternion(pose[:3, :3]) for pose in poses]) if len(poses) else np.zeros((0, 4))
