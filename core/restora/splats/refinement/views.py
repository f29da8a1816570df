"""What a scene is refined with: pictures, the cameras they were taken from, and how much they count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.camera import Camera
from restora.errors import BadInputError
from restora.splats.undistortion import undistorted

if TYPE_CHECKING:
    from numpy.typing import NDArray

PHOTO_WEIGHT = 1.5
"""A photograph tells the truth."""
FIXED_WEIGHT = 0.3
"""A fixed render is a guess."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingView:
    """A picture and its camera; raises BadInputError where the two do not fit together."""

    camera: Camera
    picture: ImageArray
    """sRGB code values, 0 to 1, height x width x 3; undistorted."""
    weight: float = PHOTO_WEIGHT
    is_photo: bool = True
    """Whether a camera took it; otherwise it is a render that a method fixed."""
    pixel_weights: NDArray[np.float32] | None = None
    """Height x width, 0 to 1, such as a fixed render's alpha; None where all pixels count."""

    def __post_init__(self) -> None:
        expected = (self.camera.height, self.camera.width)
        if self.picture.shape != (*expected, 3):
            shape = " x ".join(str(side) for side in self.picture.shape)
            raise BadInputError(
                f"{self.camera.name}: its picture must be {expected[0]} x {expected[1]} x 3, got {shape}"
            )
        if self.pixel_weights is not None and self.pixel_weights.shape != expected:
            raise BadInputError(f"{self.camera.name}: the weights of its pixels have another size than it")
        if self.camera.is_distorted:
            raise BadInputError(f"{self.camera.name}: its picture must be undistorted first")
        if not np.isfinite(self.picture).all():
            raise BadInputError(f"{self.camera.name}: its picture holds values that are not finite numbers")
        if not (np.isfinite(self.weight) and self.weight >= 0):
            raise BadInputError(f"{self.camera.name}: its weight must be 0 or more, got {self.weight:g}")


def photo_view(camera: Camera, picture: ImageArray, *, longest_side: int | None = None) -> TrainingView:
    """A photograph as it came from the file: fitted to its camera, undistorted and made smaller.

    The camera takes over the photograph's size, as many data sets keep smaller copies beside the camera
    file. Raises BadInputError where their shapes differ by more than rounding.
    """
    fitted = camera_for(camera, picture.shape[1], picture.shape[0])
    straight, weights, ideal = undistorted(picture[:, :, :3], fitted)
    if longest_side is not None and max(straight.shape[:2]) > longest_side:
        return _smaller(ideal, straight, weights, longest_side)
    return TrainingView(camera=ideal, picture=np.ascontiguousarray(straight), pixel_weights=weights)


def fixed_view(camera: Camera, picture: ImageArray, alpha: NDArray[np.float32] | None) -> TrainingView:
    """A fixed render; pixels through which the background shows do not count."""
    weights = None if alpha is None else (alpha > 0.5).astype(np.float32)
    return TrainingView(
        camera=replace(camera, distortion=()),
        picture=picture,
        weight=FIXED_WEIGHT,
        is_photo=False,
        pixel_weights=weights,
    )


def camera_for(camera: Camera, width: int, height: int) -> Camera:
    """The same camera with a picture of another size; raises BadInputError where the shapes differ."""
    if (camera.width, camera.height) == (width, height):
        return camera
    across, down = width / camera.width, height / camera.height
    # One pixel of rounding on either side is what halving a picture a few times leaves.
    if abs(across - down) > max(1.5 / camera.width, 1.5 / camera.height, 0.01 * across):
        raise BadInputError(
            f"{camera.name}: the camera's picture is {camera.width} x {camera.height}, "
            f"but the photograph {camera.picture or ''} is {width} x {height}: their shapes differ",
            advice="State the folder with the photographs that the cameras were computed from.",
        )
    return replace(
        camera,
        width=width,
        height=height,
        fx=camera.fx * across,
        fy=camera.fy * down,
        cx=camera.cx * across,
        cy=camera.cy * down,
    )


def split(
    views: Sequence[TrainingView], hold_out_every: int
) -> tuple[tuple[TrainingView, ...], tuple[TrainingView, ...]]:
    """Views to learn from, and every `hold_out_every`-th photograph to be judged by; 0 holds none out.

    Fixed renders are always learnt from: they cannot judge. At least one photograph is left to learn from.
    """
    photos = [index for index, view in enumerate(views) if view.is_photo]
    held = set() if hold_out_every < 2 else set(photos[hold_out_every // 2 :: hold_out_every])
    if len(photos) - len(held) < 1 and not any(not view.is_photo for view in views):
        held = set()
    return (
        tuple(view for index, view in enumerate(views) if index not in held),
        tuple(view for index, view in enumerate(views) if index in held),
    )


def scene_extent(cameras: Sequence[Camera]) -> float:
    """The largest distance of a camera from the mean camera, times 1.1; 1 where that is 0."""
    centres = np.stack([camera.centre for camera in cameras])
    reach = float(np.linalg.norm(centres - centres.mean(axis=0), axis=1).max())
    return 1.1 * reach if reach > 0 else 1.0


def _smaller(
    camera: Camera, picture: ImageArray, weights: NDArray[np.float32] | None, longest_side: int
) -> TrainingView:
    import cv2

    share = longest_side / max(camera.width, camera.height)
    width, height = max(1, round(camera.width * share)), max(1, round(camera.height * share))
    smaller = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    kept = None if weights is None else cv2.resize(weights, (width, height), interpolation=cv2.INTER_AREA)
    return TrainingView(
        camera=camera_for(camera, width, height),
        picture=np.ascontiguousarray(smaller),
        # A pixel that is partly outside the photograph tells nothing.
        pixel_weights=None if kept is None else (kept > 0.999).astype(np.float32),
    )
