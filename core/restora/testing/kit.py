"""The conformance kit: what every method must do for users to trust it, tried one promise at a time."""

from __future__ import annotations

import tempfile
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType

from restora.errors import BadInputError, PluginError
from restora.plugins.declarations import MethodInfo
from restora.plugins.host import PluginHost
from restora.plugins.loading import CONTAINED
from restora.testing import checks_declared, checks_flow, checks_footprint, checks_loading, checks_results
from restora.testing.subject import Subject
from restora.testing.targets import Target, opened_target
from restora.testing.verdicts import (
    CheckFailedError,
    CheckResult,
    CheckState,
    KitReport,
    NotApplicableError,
)


@dataclass(frozen=True, slots=True)
class _PluginCheck:
    id: str
    title: str
    run: Callable[[Target], str]


@dataclass(frozen=True, slots=True)
class _MethodCheck:
    id: str
    title: str
    run: Callable[[Subject], str]


_PLUGIN_CHECKS = (
    _PluginCheck("K1", "light import", checks_declared.light_import),
    _PluginCheck("K2", "declaration", checks_declared.declaration),
)

_METHOD_CHECKS = (
    _MethodCheck("K3", "parameters", checks_declared.parameters),
    _MethodCheck("K4", "factory", checks_loading.factory),
    _MethodCheck("K5", "layout", checks_loading.layout),
    _MethodCheck("K6", "sizes", checks_results.sizes),
    _MethodCheck("K7", "determinism", checks_results.determinism),
    _MethodCheck("K8", "cancel", checks_flow.cancelling),
    _MethodCheck("K9", "pause, progress", checks_flow.pausing),
    _MethodCheck("K10", "range", checks_results.value_range),
    _MethodCheck("K11", "memory", checks_footprint.memory),
    _MethodCheck("K12", "isolation", checks_footprint.isolation),
    _MethodCheck("K13", "forward model", checks_footprint.forward_model),
)

CHECKS: Mapping[str, str] = MappingProxyType(
    {check.id: check.title for check in (*_PLUGIN_CHECKS, *_METHOD_CHECKS)}
)
"""All checks: their titles by id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KitOptions:
    """How a plugin is to be checked."""

    waivers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Checks that may fail, by id, or for one method by `id:method`; each with its reason."""
    only: Collection[str] | None = None
    """Ids of the checks to make; None makes all."""
    methods: Collection[str] | None = None
    """Ids of the methods to check; None checks all."""
    weights_folder: Path | None = None
    """Where the declared weights lie under their declared names, or in folders of their ids.

    Without it, methods that need any rest.
    """
    vectors_folder: Path | None = None

    def __post_init__(self) -> None:
        named = {waiver.partition(":")[0] for waiver in self.waivers} | set(self.only or ())
        unknown = sorted(named - set(CHECKS))
        if unknown:
            raise BadInputError(f"{', '.join(unknown)}: no such check (known: {', '.join(CHECKS)})")
        for waiver, reason in self.waivers.items():
            if not reason.strip():
                raise BadInputError(f"{waiver}: a check is only waived with a reason")

    def makes(self, check: str) -> bool:
        """Whether this check is to be made."""
        return self.only is None or check in self.only

    def methods_of(self, target: Target) -> list[MethodInfo]:
        """What is to be checked; raises BadInputError for a method that the plugin does not have."""
        wanted = self.methods
        unknown = sorted(set(wanted or ()) - {info.id for info in target.methods})
        if unknown:
            known = ", ".join(info.id for info in target.methods)
            raise BadInputError(f"{', '.join(unknown)}: no method of {target.record.name} (it has {known})")
        return [info for info in target.methods if wanted is None or info.id in wanted]

    def waiver(self, check: str, subject: str) -> str | None:
        """Why this check may fail here."""
        return self.waivers.get(f"{check}:{subject}", self.waivers.get(check))


def check_plugin(
    target: str | Path, options: KitOptions | None = None, *, host: PluginHost | None = None
) -> KitReport:
    """Check the plugin of that name, the single file, or the project in that folder.

    Names are looked up in `host`, or among the plugins of this environment. Raises PluginError for an unknown
    name and FileProblemError for a path that leads to no plugin; whatever the plugin does is in the report.
    """
    options = options or KitOptions()
    with opened_target(target, host) as opened:
        return KitReport(plugin=opened.record.name, results=tuple(_results(opened, options)))


def iterate_checks(target: Target, options: KitOptions) -> Iterator[CheckResult]:
    """The same for an opened target, check by check as they end."""
    return _results(target, options)


def _results(target: Target, options: KitOptions) -> Iterator[CheckResult]:
    for check in _PLUGIN_CHECKS:
        if options.makes(check.id):
            yield _made(check.id, check.title, target.record.name, partial(check.run, target), options)
    for info in options.methods_of(target):
        for method_check in _METHOD_CHECKS:
            if options.makes(method_check.id):
                yield _on_method(method_check, target, info.id, options)


def _on_method(check: _MethodCheck, target: Target, method_id: str, options: KitOptions) -> CheckResult:
    info = next(info for info in target.methods if info.id == method_id)
    with tempfile.TemporaryDirectory(prefix="restora-kit-") as scratch:
        subject = Subject(
            target=target,
            info=info,
            scratch=Path(scratch),
            weights_folder=options.weights_folder,
            vectors_folder=options.vectors_folder,
        )
        return _made(check.id, check.title, method_id, partial(check.run, subject), options)


def _made(check: str, title: str, subject: str, run: Callable[[], str], options: KitOptions) -> CheckResult:
    started = time.perf_counter()
    text = ""
    try:
        state, sentence = CheckState.PASSED, run()
    except NotApplicableError as error:
        state, sentence = CheckState.NOT_APPLICABLE, str(error)
    except CheckFailedError as error:
        state, sentence = CheckState.FAILED, str(error)
    except CONTAINED as error:
        state, sentence = CheckState.FAILED, f"{type(error).__name__}: {error}"
        text = "".join(traceback.format_exception(error))
    reason = options.waiver(check, subject)
    if state is CheckState.FAILED and reason is not None:
        state, sentence = CheckState.WAIVED, f"{reason} ({sentence})"
    return CheckResult(
        check=check,
        title=title,
        subject=subject,
        state=state,
        sentence=sentence,
        seconds=time.perf_counter() - started,
        traceback=text,
    )


def require_pass(report: KitReport) -> None:
    """Raise PluginError with all failures, for tests of one line."""
    if not report.passed:
        failures = "\n".join(f"{failure}\n{failure.traceback}".rstrip() for failure in report.failures())
        raise PluginError(report.plugin, f"does not conform\n{failures}")
