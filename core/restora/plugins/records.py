"""What became of each plugin that was found: one record per plugin, for lists, reports and logs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class PluginState(StrEnum):
    """How loading a plugin ended."""

    LOADED = "loaded"
    DISABLED = "disabled"
    FAILED = "failed"
    """Its code raised, or its declarations contradict themselves."""
    INCOMPATIBLE = "incompatible"
    """It was written for another version of the plugin interface."""
    MISSING_REQUIREMENT = "missing-requirement"
    """It needs a distribution that is not installed, or another version of it."""


class Origin(StrEnum):
    """Where a plugin comes from."""

    BUILT_IN = "built-in"
    INSTALLED = "installed"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A single-file plugin as it was when it was loaded."""

    path: Path
    sha256: str

    @classmethod
    def of(cls, path: Path, content: bytes) -> SourceFile:
        """The state of `path` while it holds `content`."""
        return cls(path=path, sha256=hashlib.sha256(content).hexdigest())

    def has_changed(self) -> bool:
        """Whether the file holds something else now, or is gone."""
        try:
            content = self.path.read_bytes()
        except OSError:
            return True
        return hashlib.sha256(content).hexdigest() != self.sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginRecord:
    """One plugin: what it is, whether it works, and if not, why."""

    name: str
    """The entry point's name, or `local:` and the file's name without its ending."""
    origin: Origin
    location: str
    """The module, or the path of the file."""
    distribution: str | None = None
    version: str | None = None
    state: PluginState
    reason: str = ""
    """One line; empty where the plugin is loaded."""
    advice: str | None = None
    """What to do about it, such as the pip command for a missing requirement."""
    traceback: str = ""
    """For the plugin's author; empty where no code raised."""
    seconds: float = 0.0
    """What finding out took, import included."""
    warnings: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    """Ids of the methods that can be used."""
    source: SourceFile | None = None
    """For single files that were read."""

    def changed_on_disk(self) -> bool:
        """Whether the file of a single-file plugin differs from what was loaded.

        It is never reloaded unasked.
        """
        return self.source is not None and self.source.has_changed()

    def report(self) -> str:
        """Everything known, as text to hand to the plugin's author."""
        version = f"{self.distribution} {self.version}" if self.distribution else "no distribution"
        lines = [f"{self.name}: {self.state}", f"from {self.location} ({self.origin}, {version})"]
        lines += [text for text in (self.reason, self.advice) if text]
        lines += [f"warning: {warning}" for warning in self.warnings]
        lines += [f"{self.seconds * 1000:.0f} ms"]
        return "\n".join([*lines, self.traceback]).rstrip() + "\n"
