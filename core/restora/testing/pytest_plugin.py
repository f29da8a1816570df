"""Fixtures for tests of plugins. Every pytest run imports this, so the rest is imported when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from restora.plugins.host import PluginHost
    from restora.testing.plugin_folder import PluginFolder
    from restora.testing.verdicts import KitReport


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


@pytest.fixture
def restora_kit(restora_home: Path) -> Callable[..., KitReport]:
    """`restora_kit("plugin")` makes all checks of the conformance kit and fails the test if one fails.

    Takes a plugin's name, file or project folder, and the fields of KitOptions by name, such as
    `waivers={"K11": "reason"}`; returns the report.
    """
    from restora.testing.kit import KitOptions, check_plugin, require_pass

    def check(target: str | Path, **options: object) -> KitReport:
        report = check_plugin(target, KitOptions(**options))  # type: ignore[arg-type]  # KitOptions checks them
        require_pass(report)
        return report

    del restora_home  # it only has to be in place
    return check
