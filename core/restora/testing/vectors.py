"""Reruns stored cases of a method's parts and compares every array: the proof that a network is right.

A method names an adapter in `MethodInfo.vectors`; those of the core itself stand in `core_subjects.py`. The
runner walks through a folder of cases (`*.npz` with named arrays, inputs and expected outputs together) and
asks the adapter for a plan of each. A plan says which arrays are inputs; the adapter's code sees only those,
and every other array must come back from it. Cases are discovered, never listed, so that an adapter serves
any folder of the same format.
"""

from __future__ import annotations

import json
import traceback
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable
from zipfile import BadZipFile

import numpy as np

from restora.errors import FileProblemError, ParameterError, UnknownMethodError
from restora.jobs.devices import settle_arithmetic
from restora.plugins.factory import load_object
from restora.plugins.host import PluginHost
from restora.plugins.loading import CONTAINED
from restora.testing.comparing import Comparison, Tolerance, compare, default_tolerance
from restora.testing.core_subjects import CORE_SUBJECTS
from restora.testing.placing import computing_on

if TYPE_CHECKING:
    from numpy.typing import NDArray

Arrays: TypeAlias = "Mapping[str, NDArray[np.generic]]"

_NO_CASE = ("manifest", "full_manifest", "config", "expected", "cases")
"""JSON files whose names start so describe weights, networks or other cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One file of a folder of vectors."""

    root: Path
    path: Path

    @property
    def name(self) -> str:
        """The path below the root, without the ending: `unet/one_step`."""
        return self.path.relative_to(self.root).with_suffix("").as_posix()

    @property
    def folder(self) -> Path:
        """Where it lies, with the manifests and configurations that belong to it."""
        return self.path.parent

    def json(self, filename: str) -> object:
        """A JSON file beside the case, or in the nearest folder above it.

        Raises FileProblemError where there is none up to the root.
        """
        folder = self.folder
        while not (folder / filename).is_file():
            if folder == self.root:
                raise FileProblemError(self.folder / filename, f"case {self.name} needs this file")
            folder = folder.parent
        return read_json(folder / filename)

    def array_names(self) -> frozenset[str]:
        """What the file holds; empty for a JSON case."""
        if self.path.suffix != ".npz":
            return frozenset()
        with _opened(self.path) as archive:
            return frozenset(archive.files)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """All arrays of the file, read without trusting it."""
        with _opened(self.path) as archive:
            return {name: archive[name] for name in archive.files}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How an adapter handles one case."""

    run: Callable[[Arrays], Mapping[str, object]]
    """Takes the inputs and gives the named outputs; arrays, or what numpy can turn into one."""
    inputs: Collection[str]
    """Names of the arrays that `run` may see; `*` stands for any part of a name."""
    tolerances: Mapping[str, Tolerance] = field(default_factory=lambda: MappingProxyType({}))
    """By name of an output, `*` allowed; the first that fits counts."""
    tolerance: Tolerance | None = None
    """For the floats that `tolerances` does not name; None: by their type."""
    unchecked: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Arrays that are neither input nor compared, `*` allowed, with the reason; the report repeats it."""
    derive: Callable[[Arrays, Arrays], Mapping[str, Tolerance]] | None = None
    """Derives tolerances from the inputs and the expected arrays; they come before `tolerances`."""
    arrays: Arrays | None = None
    """What to take in place of the file's arrays; needed for JSON cases."""

    def tolerance_of(self, name: str, expected: NDArray[np.generic]) -> Tolerance:
        """How far the output of that name may lie from what is expected."""
        fitting = (each for pattern, each in self.tolerances.items() if fnmatchcase(name, pattern))
        tolerance = next(fitting, None)
        if tolerance is not None:
            return tolerance
        is_float32 = expected.dtype.kind == "f" and expected.dtype.itemsize <= 4
        return self.tolerance if self.tolerance and is_float32 else default_tolerance(expected)


class Adapter(Protocol):
    """Built without arguments from `MethodInfo.vectors`.

    One that names others than `fp32` in a class attribute `precisions` is built with the name of what is
    asked for. One whose networks and inputs follow `restora.testing.placing` says so by naming `cuda` beside
    `cpu` in a class attribute `devices`.
    """

    def plan(self, case: Case) -> Plan | None:
        """How to run `case`; None where it is not for this adapter."""
        ...


PLAIN = "fp32"


@runtime_checkable
class FindingAdapter(Adapter, Protocol):
    """An adapter whose cases are not all `*.npz` or `*.json`."""

    def find(self, root: Path) -> Iterable[Path]:
        """Its further cases below `root`, any files."""
        ...


class CaseState(StrEnum):
    """How a case ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    """No adapter knows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """One case."""

    name: str
    state: CaseState
    comparisons: tuple[Comparison, ...] = ()
    message: str = ""
    traceback: str = ""
    unchecked: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorReport:
    """All cases of a folder."""

    root: Path
    cases: tuple[CaseResult, ...]

    @property
    def passed(self) -> bool:
        """Whether at least one case ran and none failed."""
        states = {case.state for case in self.cases}
        return CaseState.PASSED in states and CaseState.FAILED not in states

    def count(self, state: CaseState) -> int:
        """How many cases ended so."""
        return sum(case.state is state for case in self.cases)


def adapters_for(
    host: PluginHost, name: str, precision: str = PLAIN, device: str = "cpu"
) -> tuple[Adapter, ...]:
    """The adapters of a method, of all methods of a plugin, or of a subject of the core such as `splats`.

    Raises UnknownMethodError where there is no such method, or none that names an adapter, and ParameterError
    where an adapter does not offer the `precision`, or not on this sort of `device`.
    """
    if name in CORE_SUBJECTS:
        return tuple(_adapter(reference, name, precision, device) for reference in CORE_SUBJECTS[name])
    infos = [info for info in host.methods() if name in {info.id, info.plugin}]
    if not infos:
        host.method(name)  # says whether the plugin failed or the name is unknown
    references = dict.fromkeys((info.vectors, info.plugin) for info in infos if info.vectors)
    if not references:
        known = [info.id for info in host.methods() if info.vectors]
        raise UnknownMethodError(f"{name} (with vectors)", known)
    return tuple(_adapter(reference, plugin, precision, device) for reference, plugin in references)


def _adapter(reference: str, plugin: str, precision: str, device: str) -> Adapter:
    factory = load_object(reference, plugin)
    places: tuple[str, ...] = getattr(factory, "devices", ("cpu",))
    if device.partition(":")[0] not in places:
        raise ParameterError("device", f"must be {' or '.join(places)} for {plugin}, got {device!r}")
    offered: tuple[str, ...] = getattr(factory, "precisions", (PLAIN,))
    if precision not in offered:
        raise ParameterError("precision", f"must be {' or '.join(offered)} for {plugin}, got {precision!r}")
    chosen = () if precision == PLAIN else (precision,)
    adapter: Adapter = factory(*chosen)  # type: ignore[operator]  # a defect shows as the author's own traceback
    return adapter


def run_vectors(adapters: Sequence[Adapter], root: Path) -> VectorReport:
    """Run every case below `root` that an adapter knows; raises FileProblemError where there is no case."""
    return VectorReport(root=root, cases=tuple(iterate_vectors(adapters, root)))


def iterate_vectors(adapters: Sequence[Adapter], root: Path, device: str = "cpu") -> Iterator[CaseResult]:
    """The same, case by case as they end."""
    cases = find_cases(root, adapters)
    if not cases:
        raise FileProblemError(root, "there is no case (*.npz) in this folder")
    return (_result(adapters, case, device) for case in cases)


def find_cases(root: Path, adapters: Sequence[Adapter] = ()) -> list[Case]:
    """All cases below a folder, those that only `adapters` know included, ordered by name."""
    if not root.is_dir():
        raise FileProblemError(root, "there is no such folder")
    paths = [path for path in root.rglob("*") if path.suffix in {".npz", ".json"} and path.is_file()]
    paths = [path for path in paths if not _only_describes(path)]
    for adapter in adapters:
        if isinstance(adapter, FindingAdapter):
            paths += [path for path in adapter.find(root) if path.is_file()]
    return [Case(root=root, path=path) for path in sorted(set(paths))]


def _only_describes(path: Path) -> bool:
    return path.suffix == ".json" and path.name.startswith(_NO_CASE)


def read_json(path: Path) -> object:
    """What a JSON file holds; raises FileProblemError where it is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise FileProblemError(path, f"cannot be read as JSON ({error})") from error


@contextmanager
def _opened(path: Path) -> Iterator[np.lib.npyio.NpzFile]:
    """The named arrays of a file; FileProblemError for whatever goes wrong while they are read."""
    try:
        with path.open("rb") as stream:
            archive = np.load(stream, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise FileProblemError(path, "is a single array, not named ones")
            with archive:
                yield archive
    except (OSError, ValueError, BadZipFile, EOFError, zlib.error) as error:
        raise FileProblemError(path, f"cannot be read as arrays ({error})") from error


def _result(adapters: Sequence[Adapter], case: Case, device: str) -> CaseResult:
    try:
        with computing_on(device):
            plans = (adapter.plan(case) for adapter in adapters)
            plan = next((plan for plan in plans if plan is not None), None)
            if plan is None:
                message = "no adapter knows this case"
                return CaseResult(name=case.name, state=CaseState.SKIPPED, message=message)
            settle_arithmetic()
            return _run(plan, case)
    except CONTAINED as error:
        text = "".join(traceback.format_exception(error))
        message = f"{type(error).__name__}: {error}"
        return CaseResult(name=case.name, state=CaseState.FAILED, message=message, traceback=text)


def _run(plan: Plan, case: Case) -> CaseResult:
    arrays = case.arrays() if plan.arrays is None else dict(plan.arrays)
    inputs = {name: array for name, array in arrays.items() if _fits(name, plan.inputs)}
    expected = {
        name: array
        for name, array in arrays.items()
        if name not in inputs and not _fits(name, plan.unchecked)
    }
    if not expected:
        return CaseResult(name=case.name, state=CaseState.FAILED, message="no array is left to compare")
    outputs = plan.run(MappingProxyType(inputs))
    if plan.derive is not None:
        plan = replace(plan, tolerances={**plan.derive(inputs, expected), **plan.tolerances})
    comparisons = tuple(_compared(plan, name, outputs, array) for name, array in expected.items())
    passed = all(comparison.passed for comparison in comparisons)
    return CaseResult(
        name=case.name,
        state=CaseState.PASSED if passed else CaseState.FAILED,
        comparisons=comparisons,
        unchecked=plan.unchecked,
    )


def _compared(
    plan: Plan, name: str, outputs: Mapping[str, object], expected: NDArray[np.generic]
) -> Comparison:
    tolerance = plan.tolerance_of(name, expected)
    if name not in outputs:
        allowed = tolerance.allowed(expected)
        return Comparison(
            output=name,
            error=float("inf"),
            allowed=allowed,
            passed=False,
            note="the adapter gave no such output",
        )
    return compare(name, outputs[name], expected, tolerance)


def _fits(name: str, patterns: Collection[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
