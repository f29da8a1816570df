"""Whether a repeated run gave the same picture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.data.recipe import Recipe

FLOAT_TOLERANCE = 1e-4
"""Other processors, cards and library versions order sums differently; a network's float32 output moves less.
"""


HALF_ROUNDING = 2.0**-11
"""The largest rounding of a short float, as a share of the value."""


class Agreement(StrEnum):
    """The three answers of `verify`."""

    EQUAL = "equal"
    WITHIN_TOLERANCE = "within tolerance"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The answer, and the sentence that explains it."""

    agreement: Agreement
    explanation: str


def changed_ingredients(recipe: Recipe, now: Recipe) -> list[str]:
    """What is not as it was when the recipe was written, one sentence each.

    Versions of libraries do not count.
    """
    changes = []
    if recipe.item.sha256 != now.item.sha256:
        changes.append(f"the input {recipe.item.name} is not the one the recipe was made from")
    for then, today in zip(recipe.references, now.references, strict=False):
        if then.sha256 != today.sha256:
            changes.append(f"the reference {then.name} is not the one the recipe was made from")
    before = {weight.file: weight.sha256 for weight in recipe.weights}
    after = {weight.file: weight.sha256 for weight in now.weights}
    for file in sorted(before.keys() | after.keys()):
        if before.get(file) != after.get(file):
            changes.append(f"the weights {file} are not those the recipe was made with")
    if recipe.plugin_version != now.plugin_version:
        versions = f"{recipe.plugin_version}, here is {now.plugin_version}"
        changes.append(f"the recipe was made with version {versions} of the method's plugin")
    return changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Grain:
    """How finely a file keeps values."""

    step: float = 0.0
    """Distance of neighbouring values: 1/255 for 8 bits, 0 for floats."""
    relative: float = 0.0
    """For short floats: the largest rounding, as a share of the value."""


def compare(recipe: Recipe, image: Image, stored: Image | None, *, grain: Grain) -> Verification:
    """Judge a repeated result by the recipe's hash, and by the stored picture where there is one.

    `grain` is that of the stored file. The picture is looked at even where the hash is the same: it may have
    been changed since.
    """
    if recipe.output is None:
        return different("the recipe does not say what came out")
    is_equal = image.sha256() == recipe.output.sha256
    if not is_equal and image.pixels.shape != recipe.output.shape:
        return different(f"the result has shape {image.pixels.shape}, the recipe says {recipe.output.shape}")
    if stored is None and is_equal:
        return Verification(agreement=Agreement.EQUAL, explanation="every bit is the same")
    if stored is None:
        return different(
            "the result's hash differs, and the picture it could be measured against is not here"
        )
    if stored.pixels.shape != image.pixels.shape:
        return different(
            f"the stored picture has shape {stored.pixels.shape}, the result {image.pixels.shape}"
        )
    return _measured(image, stored, grain, is_equal=is_equal)


def _measured(image: Image, stored: Image, grain: Grain, *, is_equal: bool) -> Verification:
    # Not every format says in which transfer its numbers are, and the user may have chosen either.
    error = min(
        largest_error(image.in_transfer(transfer).pixels, stored.pixels, grain) for transfer in Transfer
    )
    allowed = grain.step / 2 + FLOAT_TOLERANCE
    verdict = f"the largest difference from the stored picture is {error:.2g}, allowed is {allowed:.2g}"
    if error > allowed:
        return different(f"the result is the recipe's, but {verdict}" if is_equal else verdict)
    if is_equal:
        return Verification(agreement=Agreement.EQUAL, explanation="every bit is the same")
    return Verification(agreement=Agreement.WITHIN_TOLERANCE, explanation=verdict)


def largest_error(image: ImageArray, stored: ImageArray, grain: Grain) -> float:
    """The largest absolute difference beyond what short floats round off.

    NaN against NaN counts as none, NaN against a number as infinite.
    """
    values = np.clip(image, 0, 1) if grain.step > 0 else image
    both_nan = np.isnan(values) & np.isnan(stored)
    with np.errstate(invalid="ignore", over="ignore"):
        beyond = np.abs(values - stored) - grain.relative * np.abs(stored)
    error = np.where(both_nan | (values == stored), 0, np.maximum(beyond, 0))
    return float(np.nan_to_num(error, nan=np.inf).max())


def different(explanation: str) -> Verification:
    """The answer no, with its reason."""
    return Verification(agreement=Agreement.DIFFERENT, explanation=explanation)
