"""The hooks a plugin may implement. Every hook returns declarations only and must be quick.

The host calls each implementation by itself inside a guard: one that raises costs only its own plugin.
"""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from restora.plugins.declarations import JobRecord, MethodInfo, MetricInfo, ReaderInfo, SampleInfo, WriterInfo

hookspec = pluggy.HookspecMarker("restora")
hookimpl = pluggy.HookimplMarker("restora")


@hookspec
def restora_methods() -> Iterable[MethodInfo]:  # type: ignore[empty-body]  # specifications have no body
    """Called once when the plugin is loaded: its methods. Ids start with the plugin's name and a dot."""


@hookspec
def restora_readers() -> Iterable[ReaderInfo]:  # type: ignore[empty-body]
    """Called once when the plugin is loaded: file formats it can open. Built-in formats win."""


@hookspec
def restora_writers() -> Iterable[WriterInfo]:  # type: ignore[empty-body]
    """Called once when the plugin is loaded: file formats it can write. Built-in endings stay."""


@hookspec
def restora_metrics() -> Iterable[MetricInfo]:  # type: ignore[empty-body]
    """Called once when the plugin is loaded: figures of quality, with or without a reference."""


@hookspec
def restora_samples() -> Iterable[SampleInfo]:  # type: ignore[empty-body]
    """Called once when the plugin is loaded: small data that ship with it, offered as `sample:ID`."""


@hookspec
def restora_job_finished(record: JobRecord) -> None:
    """Called after every job, on a file thread. An observer that raises is reported and left out."""
