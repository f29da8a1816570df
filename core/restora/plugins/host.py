"""Finds the plugins, loads each inside a guard, and answers for what they declare."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from restora.errors import PluginError, UnknownMethodError
from restora.plugins.declarations import (
    JobRecord,
    MethodInfo,
    MetricInfo,
    MetricWeights,
    NeedsWeights,
    ReaderInfo,
    SampleInfo,
    WriterInfo,
)
from restora.plugins.loading import CONTAINED, Declared, Loaded, left_out, load_plugin
from restora.plugins.records import Origin, PluginRecord, PluginState
from restora.plugins.sources import (
    BUILTINS,
    Candidate,
    builtin_candidates,
    file_candidates,
    installed_candidates,
)
from restora.plugins.validation import Declaration

ONLY_VARIABLE = "RESTORA_PLUGINS"
"""Names between commas: of the plugins that are not built in, only these are loaded. Empty: none of them."""

T = TypeVar("T")


def only_from_environment(environment: Mapping[str, str]) -> frozenset[str] | None:
    """What RESTORA_PLUGINS says; None where it is not set."""
    text = environment.get(ONLY_VARIABLE)
    return None if text is None else frozenset(name.strip() for name in text.split(",") if name.strip())


class PluginHost:
    """All plugins of one start; a plugin that fails costs only itself, and its record says why.

    Sources in order: `builtins` (name to module), the entry points of group `restora.plugins`, and the single
    files in `folders`. Where two plugins claim the same name or id, the first keeps it.
    `only` and `safe_mode` leave out what is not built in; `disabled` leaves out any plugin it names.
    """

    def __init__(
        self,
        *,
        builtins: Mapping[str, str] = BUILTINS,
        folders: Sequence[Path] = (),
        entry_points: bool = True,
        only: Collection[str] | None = None,
        disabled: Collection[str] = (),
        safe_mode: bool = False,
    ) -> None:
        self._builtins = dict(builtins)
        self._folders = tuple(folders)
        self._entry_points = entry_points
        self._only = only
        self._disabled = frozenset(disabled)
        self._safe_mode = safe_mode
        self._plugins: list[Loaded] = []
        self._notices: list[str] = []
        self._silenced: set[str] = set()
        self._lock = threading.Lock()

    def discover(self) -> PluginHost:
        """Find and load everything anew; returns itself."""
        self._plugins, self._notices, self._silenced = [], [], set()
        names: set[str] = set()
        for candidate in self._candidates():
            names |= {candidate.name, candidate.prefix}
            self._plugins.append(self._admit(candidate))
        for name in sorted(set(self._only or ()) - names):
            self._notices.append(f"{ONLY_VARIABLE} names {name!r}, but there is no such plugin")
        return self

    def records(self) -> tuple[PluginRecord, ...]:
        """One per plugin that was found, in the order of the sources."""
        return tuple(plugin.record for plugin in self._plugins)

    def has_plugin(self, name: str) -> bool:
        """Whether a plugin of that name was found, in whatever state; `local:` may be left out."""
        return any(name in {plugin.record.name, plugin.prefix} for plugin in self._plugins)

    def record(self, name: str) -> PluginRecord:
        """The plugin of that name; `local:` may be left out. Raises PluginError where there is none."""
        for plugin in self._plugins:
            if name in {plugin.record.name, plugin.prefix}:
                return plugin.record
        known = ", ".join(plugin.record.name for plugin in self._plugins) or "none"
        raise PluginError(name, f"no such plugin (known: {known})", advice="See `restora plugins list`.")

    def notices(self) -> tuple[str, ...]:
        """What went wrong while looking for plugins, beyond any single one of them."""
        return tuple(self._notices)

    def methods(self) -> tuple[MethodInfo, ...]:
        """All methods that can be used, in the order of their plugins."""
        return tuple(info for declared in self._usable() for info in declared.methods)

    def method(self, method_id: str) -> MethodInfo:
        """The method of that id.

        Raises UnknownMethodError, or PluginError where its plugin is there but cannot be used.
        """
        for info in self.methods():
            if info.id == method_id:
                return info
        self._explain_absence(method_id)
        raise UnknownMethodError(method_id, [info.id for info in self.methods()])

    def readers(self) -> tuple[ReaderInfo, ...]:
        """Further formats that can be opened."""
        return tuple(info for declared in self._usable() for info in declared.readers)

    def writers(self) -> tuple[WriterInfo, ...]:
        """Further formats that can be written."""
        return tuple(info for declared in self._usable() for info in declared.writers)

    def metrics(self) -> tuple[MetricInfo, ...]:
        """Figures of quality."""
        return tuple(info for declared in self._usable() for info in declared.metrics)

    def weight_users(self) -> tuple[NeedsWeights, ...]:
        """Everything that declares files of weights: methods, and metrics that rest on a network."""
        metrics = tuple(
            MetricWeights(id=info.id, plugin=plugin.record.name, weights=info.weights)
            for plugin in self._plugins
            if plugin.declared is not None
            for info in plugin.declared.metrics
            if info.weights
        )
        return (*self.methods(), *metrics)

    def samples(self) -> tuple[SampleInfo, ...]:
        """Small data that ship with plugins."""
        return tuple(info for declared in self._usable() for info in declared.samples)

    def notify_job_finished(self, record: JobRecord) -> None:
        """Tell every observer; one that raises gets a warning in its record and is not told again."""
        for place, plugin in enumerate(self._plugins):
            declared = plugin.declared
            if (
                declared is None
                or plugin.record.name in self._silenced
                or not declared.implementations.observes
            ):
                continue
            try:
                declared.implementations.tell(record)
            except CONTAINED as error:
                self._silence(place, error)

    def _silence(self, place: int, error: BaseException) -> None:
        with self._lock:
            plugin = self._plugins[place]
            problem = f"restora_job_finished raised {type(error).__name__}: {error}; it is not called again"
            changed = replace(
                plugin.record,
                warnings=(*plugin.record.warnings, problem),
                traceback="".join(traceback.format_exception(error)),
            )
            self._plugins[place] = replace(plugin, record=changed)
            self._silenced.add(plugin.record.name)

    def _candidates(self) -> Iterator[Candidate]:
        yield from builtin_candidates(self._builtins)
        if self._entry_points:
            yield from installed_candidates(self._builtins, self._notices)
        yield from file_candidates(self._folders, self._notices)

    def _admit(self, candidate: Candidate) -> Loaded:
        reason = self._reason_to_leave_out(candidate)
        if reason is not None:
            return left_out(candidate, reason, state=PluginState.DISABLED)
        holder = next(
            (each for each in self._plugins if each.prefix == candidate.prefix and each.declared), None
        )
        if holder is not None:
            reason = f"the name {candidate.prefix!r} is taken by the plugin from {holder.record.location}"
            return left_out(
                candidate, reason, state=PluginState.FAILED, advice="Rename or remove one of the two."
            )
        return self._without_duplicates(load_plugin(candidate))

    def _reason_to_leave_out(self, candidate: Candidate) -> str | None:
        if any(candidate.is_called(name) for name in self._disabled):
            return "switched off"
        if candidate.origin is Origin.BUILT_IN:
            return None
        if self._safe_mode:
            return "left out in safe mode"
        if self._only is not None and not any(candidate.is_called(name) for name in self._only):
            return f"left out by {ONLY_VARIABLE}"
        return None

    def _without_duplicates(self, loaded: Loaded) -> Loaded:
        """The plugin, or its failure if it declares an id that an earlier plugin holds."""
        if loaded.declared is None:
            return loaded
        problems = [
            f"{label} {info_id} is already declared by {holder}"
            for label, info_id in _ids(loaded.declared)
            for holder in self._holders(label, info_id)
        ]
        if not problems:
            return loaded
        record = replace(loaded.record, state=PluginState.FAILED, reason="; ".join(problems), methods=())
        return replace(loaded, record=record, declared=None)

    def _holders(self, label: str, info_id: str) -> list[str]:
        return [
            plugin.record.name
            for plugin in self._plugins
            if plugin.declared is not None and (label, info_id) in _ids(plugin.declared)
        ]

    def _usable(self) -> Iterator[Declared]:
        return (plugin.declared for plugin in self._plugins if plugin.declared is not None)

    def _explain_absence(self, method_id: str) -> None:
        """Raise PluginError if the method's plugin was found but cannot be used."""
        for plugin in self._plugins:
            if plugin.declared is not None and method_id in plugin.declared.withheld:
                unmet = plugin.declared.withheld[method_id]
                raise PluginError(method_id, unmet.reason, advice=f"Run: {unmet.command}")
        prefix = method_id.partition(".")[0]
        for plugin in self._plugins:
            if plugin.prefix == prefix and plugin.declared is None:
                record = plugin.record
                problem = f"its plugin {record.name} is {record.state} ({record.reason})"
                raise PluginError(method_id, problem, advice=record.advice)


def _ids(declared: Declared) -> Iterator[tuple[str, str]]:
    groups: dict[str, Sequence[Declaration]] = {
        "method": declared.methods,
        "reader": declared.readers,
        "writer": declared.writers,
        "metric": declared.metrics,
        "sample": declared.samples,
    }
    return ((label, info.id) for label, group in groups.items() for info in group)
