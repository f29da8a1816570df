"""The state of a refinement on the disk, so that an interrupted one goes on where it was."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.scene import GaussianScene
from restora.errors import FileProblemError
from restora.splats.refinement.options import RefineOptions
from restora.splats.refinement.views import TrainingView

if TYPE_CHECKING:
    from numpy.typing import NDArray

STATE_FILE = "refinement.npz"
_IDENTITY = "identity"


def identity_of(scene: GaussianScene, views: Sequence[TrainingView], options: RefineOptions) -> str:
    """A text that is equal only for the same work: scene, pictures, cameras and options."""
    digest = hashlib.sha256(repr(options).encode())
    for array in (scene.means, scene.quats, scene.log_scales, scene.logit_opacities, scene.sh):
        digest.update(array.tobytes())
    for view in views:
        camera = view.camera
        lens = (camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy, camera.projection)
        digest.update(repr((lens, view.weight, view.is_photo)).encode())
        digest.update(camera.world_to_camera.tobytes())
        digest.update(view.picture.tobytes())
        if view.pixel_weights is not None:
            digest.update(view.pixel_weights.tobytes())
    return digest.hexdigest()


def save_state(folder: Path, identity: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Replace the folder's state as a whole: a process that is killed meanwhile leaves the old one."""
    path = folder / STATE_FILE
    part = folder / f".{STATE_FILE}.{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as stream:
            named: dict[str, Any] = {_IDENTITY: np.array(identity), **arrays}
            np.savez(stream, **named)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        raise FileProblemError(path, f"cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


def load_state(folder: Path, identity: str) -> dict[str, NDArray[Any]] | None:
    """The state saved there, None where there is none.

    Raises FileProblemError where it is damaged or belongs to other work.
    """
    path = folder / STATE_FILE
    if not path.is_file():
        return None
    try:
        # numpy leaves a file open that it opened itself and cannot read.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = dict(file)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, KeyError) as error:
        raise FileProblemError(
            path, "is damaged and cannot be gone on from", advice="Delete it to begin anew."
        ) from error
    if str(arrays.pop(_IDENTITY, "")) != identity:
        raise FileProblemError(
            path,
            "belongs to a refinement of other pictures or with other settings",
            advice="Delete it, or name another folder, to begin anew.",
        )
    return arrays
