"""A folder of single-file plugins for tests, and a host that knows nothing else."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

from restora.plugins.host import PluginHost

_IDENTITY = '''
"""Gives back the picture it gets."""

from restora.api import Kind, MethodInfo, Output, hookimpl


class Identity:
    def load(self, weights, device, context):
        pass

    def run(self, request, context):
        return Output(image=request.source.image)

    def unload(self):
        pass


@hookimpl
def restora_methods():
    yield MethodInfo(
        id="{stem}.identity",
        title="Identity",
        summary="Gives back what it got.",
        factory=f"{{__name__}}:Identity",
        accepts=frozenset({{Kind.IMAGE}}),
    )
'''


class PluginFolder:
    """Holds plugins that a test writes; what they left in sys.modules goes with `forget`."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self.path = path

    def add(self, stem: str, text: str) -> Path:
        """Write `stem.py`; indentation that all lines share is taken away."""
        path = self.path / f"{stem}.py"
        path.write_text(dedent(text), encoding="utf-8")
        return path

    def add_healthy(self, stem: str = "healthy") -> Path:
        """Write a plugin that works and declares the method `stem.identity`."""
        return self.add(stem, _IDENTITY.format(stem=stem))

    def discover(self, *, disabled: tuple[str, ...] = (), only: frozenset[str] | None = None) -> PluginHost:
        """What a host finds that looks into this folder only."""
        host = PluginHost(builtins={}, entry_points=False, folders=[self.path], disabled=disabled, only=only)
        return host.discover()

    def forget(self) -> None:
        """Take the modules of these plugins out of sys.modules."""
        for path in self.path.glob("*.py"):
            sys.modules.pop(f"restora_local_{path.stem}", None)
