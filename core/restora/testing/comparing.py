"""How far computed arrays may lie from expected ones, and how far they do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Unit(StrEnum):
    """What a tolerance's limit is multiplied with."""

    ABSOLUTE = "absolute"
    """Nothing: the limit is a difference."""
    LARGEST = "largest"
    """The largest magnitude among the expected values."""
    LARGEST_OR_ONE = "largest or one"
    """The same, but at least 1."""
    SPREAD = "spread"
    """The standard deviation of the expected values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How much an output may differ; NaN and a wrong shape never pass."""

    limit: float
    unit: Unit = Unit.LARGEST_OR_ONE
    exceptions: float = 0.0
    """The share of values that may lie beyond the limit, for outputs where a rounding may flip a few."""
    root_mean_square: float | None = None
    """What the root mean square of all differences may be at most beside that, always an absolute number."""

    def allowed(self, expected: NDArray[np.generic]) -> float:
        """The largest difference that passes."""
        if self.unit is Unit.ABSOLUTE or not expected.size:
            return self.limit
        values = _numbers(expected)
        finite = values[np.isfinite(values)]
        if self.unit is Unit.SPREAD:
            return self.limit * float(finite.std())
        largest = float(np.abs(finite).max(initial=0.0))
        return self.limit * (max(1.0, largest) if self.unit is Unit.LARGEST_OR_ONE else largest)


EQUAL = Tolerance(limit=0.0, unit=Unit.ABSOLUTE)
"""For indices, sizes and quantised values."""

ONE_LEVEL = Tolerance(limit=1.0, unit=Unit.ABSOLUTE)
"""For 8-bit pictures, where a rounding may fall either way."""

FLOAT32 = Tolerance(limit=1e-4)
"""One network in float32 against another order of summation."""

FLOAT64 = Tolerance(limit=1e-9, unit=Unit.LARGEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One output of one case against its expected array."""

    output: str
    error: float
    """The largest difference; infinite where no difference can be told."""
    allowed: float
    passed: bool
    note: str = ""


def default_tolerance(expected: NDArray[np.generic]) -> Tolerance:
    """What suits an array's type: integers and truth values equal, double precision 1e-9, else 1e-4."""
    if expected.dtype.kind != "f":
        return EQUAL
    return FLOAT64 if expected.dtype.itemsize > 4 else FLOAT32


def compare(output: str, actual: object, expected: NDArray[np.generic], tolerance: Tolerance) -> Comparison:
    """Whether `actual` may pass for `expected`."""
    allowed = tolerance.allowed(expected)
    try:
        found = np.asarray(actual)
        numbers = _numbers(found)
    except (TypeError, ValueError) as error:
        return _failed(output, allowed, f"cannot be read as an array ({error})")
    if found.shape != expected.shape and not found.size == expected.size == 1:
        return _failed(output, allowed, f"shape {found.shape} instead of {expected.shape}")
    if np.isnan(numbers).any():
        return _failed(output, allowed, f"{int(np.isnan(numbers).sum())} values are NaN")
    differences = _differences(numbers.reshape(expected.shape), _numbers(expected))
    worst = float(differences.max(initial=0.0))
    beyond = int(np.count_nonzero(~(differences <= allowed)))
    passed = beyond <= tolerance.exceptions * differences.size
    notes = [f"{beyond} of {differences.size} values lie beyond"] if beyond else []
    if tolerance.root_mean_square is not None and differences.size:
        rms, most = float(np.sqrt(np.mean(np.square(differences)))), tolerance.root_mean_square
        passed = passed and rms <= most
        notes.append(f"rms {rms:.3g} of {most:.3g}")
    return Comparison(output=output, error=worst, allowed=allowed, passed=passed, note=", ".join(notes))


def _failed(output: str, allowed: float, note: str) -> Comparison:
    return Comparison(output=output, error=float("inf"), allowed=allowed, passed=False, note=note)


def _numbers(values: NDArray[np.generic]) -> NDArray[np.float64] | NDArray[np.int64]:
    """Wide enough to subtract: whole numbers stay whole, because double precision ends at 2**53."""
    if values.dtype.kind in "bui":
        return values.astype(np.int64)
    return values.astype(np.float64)


def _differences(
    actual: NDArray[np.float64] | NDArray[np.int64], expected: NDArray[np.float64] | NDArray[np.int64]
) -> NDArray[np.float64]:
    """Magnitudes of the differences: equal infinities do not differ, NaN differs from everything."""
    with np.errstate(invalid="ignore"):
        # A difference of single numbers is no array any more, and could not be written into.
        differences = np.asarray(np.abs(actual - expected), np.float64)
    differences[actual == expected] = 0.0
    differences[np.isnan(differences)] = np.inf
    return differences
