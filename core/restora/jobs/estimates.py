"""What a job will cost: as measured on this machine, as its author declares, or as a cautious assumption."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from restora.data.json_values import expect, finite
from restora.errors import RestoraError
from restora.plugins.declarations import MethodInfo
from restora.plugins.running import DeviceSpec

_SCHEMA = 2
_HEADROOM = 1.1
"""Peaks differ a little from run to run."""
_ASSUMED_MIB_PER_MPIX = 96.0
"""Eight float32 copies of an RGB picture, for methods that declare nothing."""
_ASSUMED_MIB_PER_MILLION_GAUSSIANS = 1800.0
"""Eight float32 copies of Gaussians of degree 3, which have 59 numbers each."""
_NEW_SAMPLE_WEIGHT = 0.3


class Unit(StrEnum):
    """What a job's size is counted in; costs are given per million of them."""

    PIXELS = "pixels"
    GAUSSIANS = "gaussians"


class Basis(StrEnum):
    """Where a figure comes from; the value is what people read."""

    MEASURED = "measured here"
    DECLARED = "declared"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Peak memory of one call and the time for a whole job."""

    peak_mib: float
    seconds_per_million: float | None
    """Of source pixels, or of Gaussians."""
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What calls of one size class have cost here."""

    millions: float
    """The largest call seen, in millions of pixels or Gaussians."""
    peak_mib: float
    """The highest peak seen, for that many."""
    seconds_per_million: float
    runs: int = 1

    def merged(self, other: Sample) -> Sample:
        """Peaks only grow; times follow the recent runs."""
        return Sample(
            millions=max(self.millions, other.millions),
            peak_mib=max(self.peak_mib, other.peak_mib),
            seconds_per_million=self.seconds_per_million
            + _NEW_SAMPLE_WEIGHT * (other.seconds_per_million - self.seconds_per_million),
            runs=self.runs + other.runs,
        )


def size_class(millions: float) -> int:
    """Calls whose sizes differ by less than a factor of two fall into one class."""
    return math.floor(math.log2(max(millions, 1e-6)))


def sample_key(
    info: MethodInfo, device: DeviceSpec, precision: str, millions: float, unit: Unit = Unit.PIXELS
) -> str:
    """Method, device, precision, unit and size class, as one text."""
    return "|".join([info.id, device.type, device.name, precision, unit, str(size_class(millions))])


class EstimateBook:
    """Remembers what jobs cost on this machine; a damaged or missing file only means: nothing is known."""

    def __init__(self, path: Path | None, write: Callable[[Path, str], None] | None = None) -> None:
        self._path = path
        self._write = write
        self._samples: dict[str, Sample] = {} if path is None else _read(path)

    def record(
        self,
        info: MethodInfo,
        device: DeviceSpec,
        precision: str,
        *,
        millions: float,
        peak_mib: float,
        seconds_per_million: float,
        unit: Unit = Unit.PIXELS,
    ) -> None:
        """Learn from one call that handled `millions` of source pixels or Gaussians at once."""
        key = sample_key(info, device, precision, millions, unit)
        new = Sample(millions=millions, peak_mib=peak_mib, seconds_per_million=seconds_per_million)
        known = self._samples.get(key)
        self._samples[key] = new if known is None else known.merged(new)

    def save(self) -> None:
        """Write what was learnt; a disk that refuses only means that it is not remembered."""
        if self._path is None or self._write is None:
            return
        samples = {key: asdict(sample) for key, sample in sorted(self._samples.items())}
        # A full or read-only disk costs a worse forecast next time, never a job.
        with contextlib.suppress(OSError, RestoraError):
            self._write(self._path, json.dumps({"schema": _SCHEMA, "samples": samples}, indent=1))

    def estimate(
        self,
        info: MethodInfo,
        device: DeviceSpec,
        precision: str,
        millions: float,
        unit: Unit = Unit.PIXELS,
    ) -> Estimate:
        """The cost of a call on `millions` of source pixels or Gaussians."""
        stated = _declared(info, device, precision, millions, unit)
        known = self._samples.get(sample_key(info, device, precision, millions, unit))
        if known is None:
            return stated
        growth = max(1.0, millions / known.millions)
        return Estimate(
            peak_mib=known.peak_mib * growth * _HEADROOM,
            seconds_per_million=known.seconds_per_million,
            basis=Basis.MEASURED,
        )


def _declared(info: MethodInfo, device: DeviceSpec, precision: str, millions: float, unit: Unit) -> Estimate:
    rule = next((rule for rule in info.memory if rule.precision == precision), None)
    seconds = info.seconds_per_mpix.get(device.type) if unit is Unit.PIXELS else None
    if unit is Unit.PIXELS:
        per_million, assumed = None if rule is None else rule.mib_per_mpix, _ASSUMED_MIB_PER_MPIX
    else:
        per_million = None if rule is None else rule.mib_per_million_gaussians
        assumed = _ASSUMED_MIB_PER_MILLION_GAUSSIANS
    fixed = 0 if rule is None else rule.fixed_mib
    return Estimate(
        peak_mib=fixed + millions * (assumed if per_million is None else per_million),
        seconds_per_million=seconds,
        basis=Basis.ASSUMED if per_million is None else Basis.DECLARED,
    )


def _read(path: Path) -> dict[str, Sample]:
    try:
        document = expect(json.loads(path.read_text(encoding="utf-8")), dict, "estimates")
        if document.get("schema") != _SCHEMA:
            return {}
        samples = expect(document.get("samples"), dict, "samples")
        return {str(key): _sample(expect(value, dict, "sample")) for key, value in samples.items()}
    except (OSError, ValueError, TypeError, RecursionError):
        return {}  # a lost estimate costs a worse forecast, never a job


def _sample(raw: Mapping[str, object]) -> Sample:
    sample = Sample(
        millions=finite(raw.get("millions"), "millions"),
        peak_mib=finite(raw.get("peak_mib"), "peak_mib"),
        seconds_per_million=finite(raw.get("seconds_per_million"), "seconds_per_million"),
        runs=expect(raw.get("runs"), int, "runs"),
    )
    if sample.millions <= 0 or min(sample.peak_mib, sample.seconds_per_million, sample.runs) < 0:
        raise ValueError("what a job took cannot be negative")
    return sample
