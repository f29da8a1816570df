"""Fixtures for tests of plugins. Every pytest run imports this, so the rest is imported when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from restora.plugins.host import PluginHost
    from restora.testing.plugin_folder import PluginFolder


@pytest.fixture
def restora_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that restora takes for its home until the test ends; the user's own is not touched."""
    home = tmp_path / "restora-home"
    monkeypatch.setenv("RESTORA_HOME", str(home))
    monkeypatch.delenv("RESTORA_PLUGINS", raising=False)
    return home


@pytest.fixture
def restora_empty_host() -> PluginHost:
    """A host that finds no plugin at all."""
    from restora.plugins.host import PluginHost

    return PluginHost(builtins={}, entry_points=False).discover()


@pytest.fixture
def restora_plugin_folder(tmp_path: Path) -> Iterator[PluginFolder]:
    """An empty folder for single-file plugins, with a host that looks nowhere else."""
    from restora.testing.plugin_folder import PluginFolder

    folder = PluginFolder(tmp_path / "restora-plugins")
    yield folder
    folder.forget()
