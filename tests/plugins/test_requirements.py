"""Plugins whose requirements are not met: which, and the command that mends it."""

from __future__ import annotations

import pytest

from restora.errors import PluginError
from restora.plugins.records import PluginState
from restora.plugins.requirements import api_problem, unmet_requirements
from restora.testing.plugin_folder import PluginFolder

METHODS = """
from restora.api import Kind, MethodInfo, hookimpl

def info(id, *requires):
    return MethodInfo(
        id=id, title="T", summary="S", factory="a.b:C", accepts=frozenset({Kind.IMAGE}), requires=requires
    )
"""


def test_requirements_that_are_met_or_do_not_apply_are_silent() -> None:
    assert (
        unmet_requirements(["numpy>=1.26", "no-such-thing; python_version < '3'", "not a requirement !"])
        is None
    )


def test_unmet_requirements_are_named_with_what_is_installed_and_the_command() -> None:
    unmet = unmet_requirements(["numpy>=99", "no-such-thing[extra]<2; python_version > '3'", "pluggy"])
    assert unmet is not None
    assert unmet.reason.startswith("needs numpy>=99 (")
    assert unmet.reason.endswith(" is installed), no-such-thing[extra]<2 (not installed)")
    assert unmet.command == "pip install 'numpy>=99' 'no-such-thing[extra]<2'"


def test_a_file_with_an_unmet_requirement_is_not_even_run(plugin_folder: PluginFolder) -> None:
    plugin_folder.add("needy", "requires = ('no-such-thing>=2',)\nraise SystemExit")
    record = plugin_folder.discover().record("needy")
    assert record.state is PluginState.MISSING_REQUIREMENT
    assert record.reason == "needs no-such-thing>=2 (not installed)"
    assert record.advice == "Run: pip install 'no-such-thing>=2'"
    assert record.traceback == ""


def test_requirements_that_are_computed_are_checked_after_the_import(plugin_folder: PluginFolder) -> None:
    plugin_folder.add("needy", METHODS + "requires = tuple('no-such-thing' for _ in [0])\n")
    assert plugin_folder.discover().record("needy").state is PluginState.MISSING_REQUIREMENT


def test_a_plugin_none_of_whose_methods_can_run_is_missing_a_requirement(plugin_folder: PluginFolder) -> None:
    plugin_folder.add(
        "needy", METHODS + "@hookimpl\ndef restora_methods(): return [info('needy.a', 'numpy<1')]"
    )
    host = plugin_folder.discover()
    assert host.record("needy").state is PluginState.MISSING_REQUIREMENT
    with pytest.raises(PluginError, match="missing-requirement") as caught:
        host.method("needy.a")
    assert caught.value.advice == "Run: pip install 'numpy<1'"


def test_a_method_without_its_requirement_is_withheld_and_the_others_work(
    plugin_folder: PluginFolder,
) -> None:
    hook = "@hookimpl\ndef restora_methods(): return [info('mixed.a', 'no-such-thing'), info('mixed.b')]"
    plugin_folder.add("mixed", METHODS + hook)
    host = plugin_folder.discover()
    assert [info.id for info in host.methods()] == ["mixed.b"]
    assert host.record("mixed").state is PluginState.LOADED
    assert host.record("mixed").warnings[0].startswith("mixed.a is left out: needs no-such-thing")
    with pytest.raises(PluginError, match=r"mixed\.a: needs no-such-thing \(not installed\)"):
        host.method("mixed.a")


@pytest.mark.parametrize("api", [">=1,<2", ">=1.0", "==1.*", "nonsense!", ""])
def test_an_interface_range_that_fits_or_cannot_be_read_is_no_incompatibility(api: str) -> None:
    assert api_problem(api) is None


@pytest.mark.parametrize("api", [">=2", "<1", ">=1.2,<2"])
def test_an_interface_range_without_this_version_is_an_incompatibility(api: str) -> None:
    assert api_problem(api) == f"needs plugin interface {api}, this restora has 1.1"
