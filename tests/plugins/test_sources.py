"""Where plugins are looked for, with metadata as distributions really carry them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from restora.plugins.host import PluginHost
from restora.plugins.implementations import HookProblems, Implementations
from restora.plugins.records import Origin, PluginState
from restora.plugins.sources import BUILTINS, builtin_candidates, installed_candidates

MANIFEST = "from restora.api import hookimpl\n@hookimpl\ndef restora_methods(): return []\n"


def announce(site: Path, distribution: str, points: str, *, metadata: str = "") -> None:
    info = site / f"{distribution}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n{metadata}")
    (info / "entry_points.txt").write_text(points)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return tmp_path


def test_installed_plugins_carry_their_distribution(site: Path) -> None:
    announce(site, "a-lens", "[console_scripts]\nx = y:z\n[restora.plugins]\nlens = lens_manifest\n")
    (site / "lens_manifest.py").write_text(MANIFEST)
    record = PluginHost(builtins={}).discover().record("lens")
    assert (record.origin, record.state) == (Origin.INSTALLED, PluginState.LOADED)
    assert (record.distribution, record.version) == ("a-lens", "1.0")
    sys.modules.pop("lens_manifest")


def test_an_entry_point_of_a_built_in_and_a_repeated_one_are_passed_over(site: Path) -> None:
    announce(site, "one", "[restora.plugins]\ncopy = restora_classic.manifest\ntwice = twice_manifest\n")
    announce(site, "two", "[restora.plugins]\ntwice = twice_manifest\n")
    names = [candidate.name for candidate in installed_candidates(BUILTINS, [])]
    assert "copy" not in names
    assert names.count("twice") == 1


def test_unreadable_metadata_cost_one_notice(site: Path) -> None:
    announce(site, "broken", "")
    (site / "broken-1.0.dist-info" / "entry_points.txt").write_bytes(b"[restora.plugins]\nx = \xff\n")
    notices: list[str] = []
    list(installed_candidates(BUILTINS, notices))
    assert len(notices) == 1
    assert notices[0].startswith("a distribution was left out, its metadata cannot be read")


def test_a_lost_dependency_of_an_installed_plugin_is_named(site: Path) -> None:
    announce(
        site,
        "needy",
        "[restora.plugins]\nneedy = needy_manifest\n",
        metadata="Requires-Dist: no-such-thing>=3\n",
    )
    (site / "needy_manifest.py").write_text("import no_such_thing\n")
    record = PluginHost(builtins={}).discover().record("needy")
    assert record.state is PluginState.MISSING_REQUIREMENT
    assert record.reason == "needs no-such-thing>=3 (not installed)"
    assert "ModuleNotFoundError" in record.traceback


def test_a_built_in_is_known_by_name_and_version() -> None:
    [candidate] = [each for each in builtin_candidates(BUILTINS) if each.name == "classic"]
    assert (candidate.distribution, candidate.location) == ("restora", "restora_classic.manifest")
    assert list(candidate.needs()) == []


def test_objects_may_be_plugins_as_well_and_only_real_functions_are_hooks() -> None:
    from restora.api import hookimpl

    class Plugin:
        @hookimpl
        def restora_methods(self) -> list[object]:
            return []

        @hookimpl(optionalhook=True)
        def restora_future_hook(self, anything: object) -> None: ...

    implementations = Implementations(Plugin(), "object")
    assert not implementations.observes
    assert implementations.declared("restora_methods", object) == []
    with pytest.raises(HookProblems, match="implements no hook"):
        Implementations(object(), "nothing")
