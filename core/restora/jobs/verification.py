"""Whether a repeated run gave the same picture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.image import Image
from restora.data.recipe import Recipe

FLOAT_TOLERANCE = 1e-4
"""Other processors, cards and library versions order sums differently; a network's float32 output moves less.
"""


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


def compare(recipe: Recipe, image: Image, stored: Image | None, *, stored_step: float) -> Verification:
    """Judge a repeated result by the recipe's hash, or else by the stored picture.

    `stored_step` is the distance of neighbouring values in the stored file: 1/255 for 8 bits, 0 for float.
    """
    if recipe.output is None:
        return _different("the recipe does not say what came out")
    if image.sha256() == recipe.output.sha256:
        return Verification(agreement=Agreement.EQUAL, explanation="every bit is the same")
    if image.pixels.shape != recipe.output.shape:
        return _different(f"the result has shape {image.pixels.shape}, the recipe says {recipe.output.shape}")
    if stored is None:
        return _different(
            "the result's hash differs, and the picture it could be measured against is not here"
        )
    if stored.pixels.shape != image.pixels.shape:
        return _different(
            f"the stored picture has shape {stored.pixels.shape}, the result {image.pixels.shape}"
        )
    error = largest_error(image.in_transfer(stored.transfer).pixels, stored.pixels, clipped=stored_step > 0)
    allowed = stored_step / 2 + FLOAT_TOLERANCE
    verdict = f"the largest difference from the stored picture is {error:.2g}, allowed is {allowed:.2g}"
    if error <= allowed:
        return Verification(agreement=Agreement.WITHIN_TOLERANCE, explanation=verdict)
    return _different(verdict)


def largest_error(image: ImageArray, stored: ImageArray, *, clipped: bool) -> float:
    """The largest absolute difference; NaN against NaN counts as none, NaN against a number as infinite."""
    values = np.clip(image, 0, 1) if clipped else image
    both_nan = np.isnan(values) & np.isnan(stored)
    error = np.where(both_nan | (values == stored), 0, np.abs(values - stored))
    return float(np.nan_to_num(error, nan=np.inf).max())


def _different(explanation: str) -> Verification:
    return Verification(agreement=Agreement.DIFFERENT, explanation=explanation)
