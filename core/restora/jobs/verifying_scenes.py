"""Whether a repeated run gave the same scene or the same frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.data.recipe import Recipe
from restora.data.result import Result
from restora.data.scene import GaussianScene
from restora.io.opening import read_image
from restora.io.scenes import read_scene
from restora.jobs.frame_folder import SCENE_IN_FOLDER, frame_names
from restora.jobs.scene_checks import SCENE_ARRAYS
from restora.jobs.verification import (
    FLOAT_TOLERANCE,
    HALF_ROUNDING,
    Agreement,
    Grain,
    Verification,
    different,
    largest_error,
)


def compare_hashes(recipe: Recipe, repeated: Recipe) -> Verification:
    """Judge a repeated result by its hash alone."""
    if recipe.output is None or repeated.output is None:
        return different("the recipe does not say what came out")
    if _has_same_hash(recipe, repeated):
        return Verification(agreement=Agreement.EQUAL, explanation="every bit is the same")
    return different(
        f"the hash of the {recipe.output.what} differs, and nothing that it could be measured against is here"
    )


def compare_scenes(recipe: Recipe, result: Result, stored: GaussianScene) -> Verification:
    """Judge a repeated scene by its hash, and by the numbers of the stored one."""
    assert result.scene is not None  # asked for scenes only
    problem, error = _scene_error(result.scene, stored)
    if problem:
        return different(problem)
    return _judged(recipe, result, error, FLOAT_TOLERANCE)


def compare_folder(recipe: Recipe, result: Result, folder: Path) -> Verification:
    """Judge repeated frames, and the scene that came with them, by their hash and by what is stored."""
    error, allowed = 0.0, FLOAT_TOLERANCE
    if result.scene is not None and (folder / SCENE_IN_FOLDER).is_file():
        problem, error = _scene_error(result.scene, read_scene(folder / SCENE_IN_FOLDER))
        if problem:
            return different(problem)
    if result.frames:
        problem, frame_error, step = _frame_error(result, folder)
        if problem:
            return different(problem)
        error, allowed = max(error, frame_error), FLOAT_TOLERANCE + step / 2
    return _judged(recipe, result, error, allowed)


def _judged(recipe: Recipe, result: Result, error: float, allowed: float) -> Verification:
    verdict = f"the largest difference from what is stored is {error:.2g}, allowed is {allowed:.2g}"
    is_equal = _has_same_hash(recipe, result.recipe)
    if error > allowed:
        return different(f"the result is the recipe's, but {verdict}" if is_equal else verdict)
    if is_equal:
        return Verification(agreement=Agreement.EQUAL, explanation="every bit is the same")
    return Verification(agreement=Agreement.WITHIN_TOLERANCE, explanation=verdict)


def _has_same_hash(recipe: Recipe, repeated: Recipe) -> bool:
    one, other = recipe.output, repeated.output
    return one is not None and other is not None and one.sha256 == other.sha256


def _scene_error(scene: GaussianScene, stored: GaussianScene) -> tuple[str, float]:
    """What keeps them from being compared, or the largest difference.

    As a share of an array's largest value or 1.
    """
    if (scene.count, scene.degree) != (stored.count, stored.degree):
        found = f"{scene.count} Gaussians of degree {scene.degree}"
        return f"the result has {found}, the stored scene {stored.count} of {stored.degree}", 0.0
    error = 0.0
    for name in SCENE_ARRAYS:
        ours, theirs = getattr(scene, name), getattr(stored, name)
        scale = max(1.0, float(np.abs(theirs).max()))
        error = max(error, float(np.nan_to_num(np.abs(ours - theirs), nan=np.inf).max()) / scale)
    return "", error


def _frame_error(result: Result, folder: Path) -> tuple[str, float, float]:
    """What keeps them from being compared, or the largest difference and the step of the files' values."""
    cameras = [frame.camera for frame in result.frames]
    endings = (end for end in (".png", ".exr") if (folder / frame_names(cameras, end)[0]).is_file())
    suffix = next(endings, None)
    if suffix is None:
        return f"{folder}: there are no frames of these cameras", 0.0, 0.0
    error, grain = 0.0, Grain()
    for frame, name in zip(result.frames, frame_names(cameras, suffix), strict=True):
        if not (folder / name).is_file():
            return f"{folder}: the frame {name} is missing", 0.0, 0.0
        stored, image = read_image(folder / name), frame.image()
        if image.pixels.shape != stored.pixels.shape:
            return f"{name}: {stored.pixels.shape} is stored, the result is {image.pixels.shape}", 0.0, 0.0
        grain = _grain_of(stored, is_float=suffix == ".exr")
        error = max(error, _picture_error(image, stored, grain))
    return "", error, grain.step


def _grain_of(stored: Image, *, is_float: bool) -> Grain:
    bits = stored.metadata.source_bits or 32
    if is_float:
        return Grain(relative=HALF_ROUNDING if bits == 16 else 0.0)
    return Grain(step=1 / (2**bits - 1))


def _picture_error(image: Image, stored: Image, grain: Grain) -> float:
    # As in `compare`: not every format says in which transfer its numbers are.
    return min(
        largest_error(image.in_transfer(transfer).pixels, stored.pixels, grain) for transfer in Transfer
    )
