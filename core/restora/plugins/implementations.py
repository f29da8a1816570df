"""A plugin's hooks: whether they fit the specifications, and what they return.

Every plugin gets a manager of its own. pluggy's relay over all plugins loses all results where one raises,
and a registration that fails leaves traces in its manager; so both cost only the plugin at fault.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import pluggy

from restora.plugins import hookspecs
from restora.plugins.declarations import JobRecord, MethodInfo, MetricInfo, ReaderInfo, SampleInfo, WriterInfo

T = TypeVar("T")

DECLARING_HOOKS: dict[str, type] = {
    "restora_methods": MethodInfo,
    "restora_readers": ReaderInfo,
    "restora_writers": WriterInfo,
    "restora_metrics": MetricInfo,
    "restora_samples": SampleInfo,
}
"""Hooks that are asked once, and what each returns any number of."""

OBSERVING_HOOK = "restora_job_finished"
_ARGUMENTS = {**{name: frozenset[str]() for name in DECLARING_HOOKS}, OBSERVING_HOOK: frozenset({"record"})}


class Implementations:
    """The hooks of one plugin, checked and registered; raises HookProblems where any does not fit."""

    def __init__(self, plugin: object, name: str) -> None:
        problems = tuple(_problems_of_hooks(plugin))
        if problems:
            raise HookProblems(problems)
        self._manager = pluggy.PluginManager("restora")
        self._manager.add_hookspecs(hookspecs)
        self._manager.register(plugin, name)

    def declared(self, hook: str, kind: type[T]) -> list[T]:
        """What the hook returns; raises HookProblems where that is not an iterable of `kind`."""
        caller = getattr(self._manager.hook, hook)
        results = caller()
        if len(results) < sum(not each.hookwrapper and not each.wrapper for each in caller.get_hookimpls()):
            raise HookProblems([f"{hook} must return an iterable of {kind.__name__}, got None"])
        return [each for result in results for each in _each(hook, kind, result)]

    @property
    def observes(self) -> bool:
        """Whether it wants to be told of finished jobs."""
        return bool(getattr(self._manager.hook, OBSERVING_HOOK).get_hookimpls())

    def tell(self, record: JobRecord) -> None:
        """Tell it of a finished job; whatever it raises comes through."""
        getattr(self._manager.hook, OBSERVING_HOOK)(record=record)


class HookProblems(Exception):  # noqa: N818 - a list of findings, caught by the host and never shown by itself
    """What is wrong with a plugin's hooks."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


def _each(hook: str, kind: type[T], result: object) -> Iterator[T]:
    if isinstance(result, str) or not isinstance(result, Iterable):
        raise HookProblems(
            [f"{hook} must return an iterable of {kind.__name__}, got {type(result).__name__}"]
        )
    for entry in result:
        if not isinstance(entry, kind):
            raise HookProblems([f"{hook} must return {kind.__name__} entries, got {type(entry).__name__}"])
        yield entry


def _problems_of_hooks(plugin: object) -> Iterator[str]:
    marked = dict(_marked_functions(plugin))
    for name, (hook, function) in marked.items():
        if hook not in _ARGUMENTS:
            yield f"{name}: {hook!r} is no hook of restora{_suggestion(hook)}"
            continue
        unknown = sorted(_required_arguments(function) - _ARGUMENTS[hook])
        if unknown:
            takes = ", ".join(sorted(_ARGUMENTS[hook])) or "nothing"
            yield f"{name}: asks for {', '.join(unknown)}, but the hook hands over {takes}"
    if not marked:
        yield f"implements no hook{_unmarked(plugin)}"


def _marked_functions(plugin: object) -> Iterator[tuple[str, tuple[str, Callable[..., object]]]]:
    """By attribute name, the hook that a marked function implements and the function."""
    manager = pluggy.PluginManager("restora")
    for name in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, name)
        if options is not None and not options.get("optionalhook"):
            yield name, (options.get("specname") or name, getattr(plugin, name))


def _required_arguments(function: Callable[..., object]) -> set[str]:
    by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return {each.name for each in parameters if each.kind in by_position and each.default is each.empty}


def _suggestion(name: str) -> str:
    close = difflib.get_close_matches(name, _ARGUMENTS, n=1)
    return f", did you mean {close[0]}?" if close else ""


def _unmarked(plugin: object) -> str:
    plain = [name for name in _ARGUMENTS if callable(getattr(plugin, name, None))]
    return f"; {', '.join(plain)} is not marked with @hookimpl" if plain else " of restora"
