"""Loads one plugin inside a guard and tells what became of it."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from restora.errors import Cancelled, RestoraError
from restora.plugins.declarations import MethodInfo, MetricInfo, ReaderInfo, SampleInfo, WriterInfo
from restora.plugins.implementations import HookProblems, Implementations
from restora.plugins.predicates import is_tuple_of
from restora.plugins.records import Origin, PluginRecord, PluginState
from restora.plugins.requirements import Unmet, api_problem, unmet_requirements
from restora.plugins.sources import Candidate
from restora.plugins.validation import Declaration, problems_of

HEAVY = ("torch", "diffusers", "transformers", "open3d", "gsplat", "cv2", "numba", "PySide6")
"""What a plugin's light part must not import: it would be paid at every start."""

SLOW_SECONDS = 0.2
"""A light part that takes longer is reported."""

CONTAINED = (Exception, SystemExit, Cancelled)
"""What the guard around a plugin's code catches; the last two are no Exception and would end the program."""

T = TypeVar("T", bound=Declaration)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a usable plugin offers."""

    implementations: Implementations
    methods: tuple[MethodInfo, ...]
    readers: tuple[ReaderInfo, ...]
    writers: tuple[WriterInfo, ...]
    metrics: tuple[MetricInfo, ...]
    samples: tuple[SampleInfo, ...]
    withheld: Mapping[str, Unmet]
    """Methods that lack a requirement while others of the same plugin have all they need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A plugin that went through the guard."""

    record: PluginRecord
    prefix: str
    declared: Declared | None = None
    """None where it cannot be used; the record says why."""


@dataclass(slots=True, kw_only=True)
class _Attempt:
    """How far the loading of a plugin has come."""

    candidate: Candidate
    phase: str = "while it was imported"
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    state: PluginState
    reason: str = ""
    advice: str | None = None
    traceback: str = ""


class _Refusal(Exception):  # noqa: N818 - carries a verdict inside this module and never leaves it
    def __init__(self, state: PluginState, reason: str, advice: str | None = None) -> None:
        super().__init__(reason)
        self.verdict = _Verdict(state=state, reason=reason, advice=advice)


def load_plugin(candidate: Candidate) -> Loaded:
    """The plugin behind `candidate`, or the record of why it cannot be used."""
    attempt = _Attempt(candidate=candidate)
    present = {name for name in HEAVY if name in sys.modules}
    started = time.perf_counter()
    declared: Declared | None = None
    try:
        declared = _load(attempt)
        verdict = _Verdict(state=PluginState.LOADED)
    except CONTAINED as error:
        verdict = _judge(error, attempt)
    seconds = time.perf_counter() - started
    attempt.warnings += _cost_warnings(
        seconds, [name for name in HEAVY if name in sys.modules and name not in present]
    )
    methods = () if declared is None else tuple(info.id for info in declared.methods)
    record = _record(attempt.candidate, verdict, seconds=seconds, warnings=attempt.warnings, methods=methods)
    return Loaded(record=record, prefix=candidate.prefix, declared=declared)


def left_out(candidate: Candidate, reason: str, *, state: PluginState, advice: str | None = None) -> Loaded:
    """A plugin that is not even tried."""
    verdict = _Verdict(state=state, reason=reason, advice=advice)
    return Loaded(record=_record(candidate, verdict), prefix=candidate.prefix)


def _record(
    candidate: Candidate,
    verdict: _Verdict,
    *,
    seconds: float = 0.0,
    warnings: Iterable[str] = (),
    methods: tuple[str, ...] = (),
) -> PluginRecord:
    return PluginRecord(
        name=candidate.name,
        origin=candidate.origin,
        location=candidate.location,
        distribution=candidate.distribution,
        version=candidate.version,
        state=verdict.state,
        reason=" ".join(verdict.reason.split()),
        advice=verdict.advice,
        traceback=verdict.traceback,
        seconds=seconds,
        warnings=tuple(warnings),
        methods=methods,
        source=candidate.source,
    )


def _load(attempt: _Attempt) -> Declared:
    candidate = attempt.candidate
    if candidate.origin is Origin.FILE:
        _require(candidate.needs())
    plugin = candidate.load()
    attempt.phase = "while its hooks were registered"
    _require(_module_requires(plugin))
    implementations = Implementations(plugin, candidate.name)
    methods = _ask(implementations, "restora_methods", MethodInfo, attempt)
    _check_api(methods)
    withheld = _unmet_methods(methods)
    if withheld and len(withheld) == len(methods):
        _refuse(next(iter(withheld.values())))
    declared = Declared(
        implementations=implementations,
        methods=tuple(info for info in methods if info.id not in withheld),
        readers=_ask(implementations, "restora_readers", ReaderInfo, attempt),
        writers=_ask(implementations, "restora_writers", WriterInfo, attempt),
        metrics=_ask(implementations, "restora_metrics", MetricInfo, attempt),
        samples=_ask(implementations, "restora_samples", SampleInfo, attempt),
        withheld=withheld,
    )
    attempt.phase = "while its declarations were checked"
    _check(declared, methods, candidate.prefix)
    attempt.warnings += [
        f"{name} is left out: {unmet.reason}; run {unmet.command}" for name, unmet in withheld.items()
    ]
    return declared


def _ask(implementations: Implementations, hook: str, kind: type[T], attempt: _Attempt) -> tuple[T, ...]:
    attempt.phase = f"in {hook}"
    return tuple(implementations.declared(hook, kind))


def _module_requires(plugin: object) -> tuple[str, ...]:
    requires = getattr(plugin, "requires", ())
    return (
        tuple(text for text in requires if isinstance(text, str))
        if isinstance(requires, tuple | list)
        else ()
    )


def _require(requires: Iterable[str]) -> None:
    unmet = unmet_requirements(requires)
    if unmet is not None:
        _refuse(unmet)


def _refuse(unmet: Unmet) -> None:
    raise _Refusal(PluginState.MISSING_REQUIREMENT, unmet.reason, f"Run: {unmet.command}")


def _check_api(methods: Iterable[MethodInfo]) -> None:
    problems = {problem for info in methods if (problem := api_problem(info.api))}
    if problems:
        advice = "Install a version of the plugin that was made for this restora, or another restora."
        raise _Refusal(PluginState.INCOMPATIBLE, "; ".join(sorted(problems)), advice)


def _unmet_methods(methods: Iterable[MethodInfo]) -> dict[str, Unmet]:
    found = {
        info.id: unmet_requirements(info.requires) for info in methods if is_tuple_of(info.requires, str)
    }
    return {name: unmet for name, unmet in found.items() if unmet is not None}


def _check(declared: Declared, methods: tuple[MethodInfo, ...], prefix: str) -> None:
    """Raise HookProblems with everything that is wrong with the declarations."""
    problems: list[str] = []
    groups: tuple[tuple[Declaration, ...], ...] = (
        methods,
        declared.readers,
        declared.writers,
        declared.metrics,
        declared.samples,
    )
    for group in groups:
        ids = [info.id for info in group]
        for info in group:
            problems += [f"{info.id}: {problem}" for problem in problems_of(info, prefix)]
        problems += [
            f"{name}: declared more than once" for name in sorted({n for n in ids if ids.count(n) > 1})
        ]
    if problems:
        raise HookProblems(problems)


def _judge(error: BaseException, attempt: _Attempt) -> _Verdict:
    if isinstance(error, _Refusal):
        return error.verdict
    if isinstance(error, HookProblems):
        return _Verdict(state=PluginState.FAILED, reason=str(error))
    text = "".join(traceback.format_exception(error))
    if isinstance(error, ImportError):
        unmet = unmet_requirements(attempt.candidate.needs())
        if unmet is not None:
            command = f"Run: {unmet.command}"
            state = PluginState.MISSING_REQUIREMENT
            return _Verdict(state=state, reason=unmet.reason, advice=command, traceback=text)
    return _Verdict(state=PluginState.FAILED, reason=f"{_sentence(error)} {attempt.phase}", traceback=text)


def _sentence(error: BaseException) -> str:
    match error:
        case ModuleNotFoundError(name=str(name)):
            return f"the module {name!r} was not found"
        case SyntaxError():
            return f"syntax error in line {error.lineno} ({error.msg})"
        case SystemExit():
            return f"it tried to end the program (SystemExit {error.code!r})"
        case RestoraError():
            return f"it reported: {error}"
    return f"it raised {type(error).__name__}: {error}" if str(error) else f"it raised {type(error).__name__}"


def _cost_warnings(seconds: float, pulled: list[str]) -> list[str]:
    warnings = []
    if pulled:
        warnings.append(f"its light part imports {', '.join(pulled)}, which slows down every start")
    if seconds > SLOW_SECONDS:
        warnings.append(f"its light part took {seconds * 1000:.0f} ms")
    return warnings
