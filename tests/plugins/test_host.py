"""The host: broken plugins of every kind, switches, duplicates, observers."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from restora.errors import PluginError, UnknownMethodError
from restora.plugins.declarations import JobRecord
from restora.plugins.host import PluginHost, only_from_environment
from restora.plugins.records import PluginState
from restora.testing.plugin_folder import PluginFolder

PRELUDE = """
from restora.api import Kind, MethodInfo, hookimpl

def info(id, **more):
    return MethodInfo(id=id, title="T", summary="S", factory="a.b:C", accepts=frozenset({Kind.IMAGE}), **more)
"""

BROKEN = {
    "missing_import": (
        "import no_such_library_anywhere",
        "the module 'no_such_library_anywhere' was not found",
    ),
    "exits": ("raise SystemExit(3)", "it tried to end the program (SystemExit 3) while it was imported"),
    "syntax": ("def broken(:", "syntax error in line 1"),
    "wrong_argument": (
        PRELUDE + "@hookimpl\ndef restora_methods(config, host):\n    return []",
        "restora_methods: asks for config, host, but the hook hands over nothing",
    ),
    "raising_hook": (
        PRELUDE + "@hookimpl\ndef restora_methods():\n    raise KeyError('x')",
        "it raised KeyError: 'x' in restora_methods",
    ),
    "raising_generator": (
        PRELUDE + "@hookimpl\ndef restora_methods():\n    yield info('x.a')\n    raise OSError('late')",
        "it raised OSError: late in restora_methods",
    ),
    "wrong_return": (
        PRELUDE + "@hookimpl\ndef restora_methods():\n    return ['wrong_return.a']",
        "restora_methods must return MethodInfo entries, got str",
    ),
    "no_list": (
        PRELUDE + "@hookimpl\ndef restora_methods():\n    return info('no_list.a')",
        "restora_methods must return an iterable of MethodInfo, got MethodInfo",
    ),
    "returns_none": (
        PRELUDE + "@hookimpl\ndef restora_methods():\n    [info('returns_none.a')]",
        "restora_methods must return an iterable of MethodInfo, got None",
    ),
    "duplicate_inside": (
        PRELUDE + "@hookimpl\ndef restora_methods():\n    return [info('duplicate_inside.a')] * 2",
        "duplicate_inside.a: declared more than once",
    ),
    "no_hook": ("ANSWER = 42", "implements no hook of restora"),
    "unmarked": ("def restora_methods():\n    return []", "restora_methods is not marked with @hookimpl"),
    "misspelt": (
        PRELUDE + "@hookimpl\ndef restora_method():\n    return []",
        "'restora_method' is no hook of restora, did you mean restora_methods?",
    ),
    "foreign_prefix": (
        PRELUDE + "@hookimpl\ndef restora_methods():\n    return [info('other.a')]",
        "the id must start with the plugin's name 'foreign_prefix' and a dot",
    ),
    "unknown_field": (
        PRELUDE + "@hookimpl\ndef restora_methods():\n    return [info('unknown_field.a', speed=9)]",
        "unexpected keyword argument 'speed'",
    ),
    "speaks": (
        "from restora.api import RestoraError\nraise RestoraError('the licence file is missing')",
        "it reported: the licence file is missing",
    ),
    "cancels": (
        "from restora.api import Cancelled\nraise Cancelled",
        "it raised Cancelled while it was imported",
    ),
    "silent": ("raise ValueError", "it raised ValueError while it was imported"),
    "Upper": ("", "the file's name must be a-z, 0-9 and _"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_plugin_is_reported_in_a_sentence_and_the_others_work(
    broken: str, plugin_folder: PluginFolder
) -> None:
    text, sentence = BROKEN[broken]
    plugin_folder.add(broken, text)
    for stem in ("a_first", "z_last"):
        plugin_folder.add_healthy(stem)
    host = plugin_folder.discover()
    record = host.record(f"local:{broken}")
    assert [info.id for info in host.methods()] == ["a_first.identity", "z_last.identity"]
    assert record.state is PluginState.FAILED
    assert sentence in record.reason
    assert "\n" not in record.reason
    assert record.name in record.report()


def test_code_that_fails_leaves_nothing_in_sys_modules_and_its_traceback_in_the_record(
    plugin_folder: PluginFolder,
) -> None:
    plugin_folder.add("fails", "x = 1\nraise ValueError('in the middle')")
    record = plugin_folder.discover().record("fails")
    assert "restora_local_fails" not in sys.modules
    assert "line 2" in record.traceback
    assert "ValueError: in the middle" in record.traceback


def test_several_problems_of_hooks_are_all_listed_at_once(plugin_folder: PluginFolder) -> None:
    text = "@hookimpl\ndef restora_metods(): ...\n@hookimpl\ndef restora_readers(a): ...\n"
    plugin_folder.add("two", PRELUDE + text)
    reason = plugin_folder.discover().record("two").reason
    assert "restora_metods" in reason
    assert "restora_readers: asks for a" in reason


def test_a_plugin_for_a_future_interface_is_incompatible(plugin_folder: PluginFolder) -> None:
    plugin_folder.add(
        "future", PRELUDE + "@hookimpl\ndef restora_methods():\n    return [info('future.a', api='>=2')]"
    )
    record = plugin_folder.discover().record("future")
    assert record.state is PluginState.INCOMPATIBLE
    assert record.reason == "needs plugin interface >=2, this restora has 1.1"
    assert record.advice is not None


def test_an_id_that_another_plugin_holds_is_a_failure_of_the_later_one(plugin_folder: PluginFolder) -> None:
    text = PRELUDE + (
        "from restora.api import MetricInfo\n@hookimpl\ndef restora_metrics():\n"
        "    yield MetricInfo(id='m', title='P', factory='a:b', needs_reference=True, higher_is_better=True)"
    )
    plugin_folder.add("first", text)
    plugin_folder.add("second", text)
    host = plugin_folder.discover()
    assert len(host.metrics()) == 1
    assert host.record("second").state is PluginState.FAILED
    assert host.record("second").reason == "metric m is already declared by local:first"


def test_a_name_that_is_taken_stays_with_the_first_plugin(
    tmp_path: Path, plugin_folder: PluginFolder
) -> None:
    other = PluginFolder(tmp_path / "others")
    plugin_folder.add_healthy("same")
    other.add_healthy("same")
    host = PluginHost(builtins={}, entry_points=False, folders=[plugin_folder.path, other.path]).discover()
    assert len(host.methods()) == 1
    assert [record.state for record in host.records()] == [PluginState.LOADED, PluginState.FAILED]
    assert "is taken by the plugin from" in host.records()[1].reason


def test_a_disabled_plugin_is_not_run(plugin_folder: PluginFolder) -> None:
    plugin_folder.add("loud", "raise SystemExit")
    for name in ("loud", "local:loud"):
        record = plugin_folder.discover(disabled=(name,)).record("loud")
        assert (record.state, record.reason) == (PluginState.DISABLED, "switched off")


def test_only_the_named_plugins_are_loaded_and_built_ins_always(plugin_folder: PluginFolder) -> None:
    plugin_folder.add_healthy("one")
    plugin_folder.add_healthy("two")
    host = PluginHost(entry_points=False, folders=[plugin_folder.path], only={"one", "three"}).discover()
    assert "one.identity" in [info.id for info in host.methods()]
    assert host.record("classic").state is PluginState.LOADED
    assert host.record("two").reason == "left out by RESTORA_PLUGINS"
    assert host.notices() == ("RESTORA_PLUGINS names 'three', but there is no such plugin",)


def test_safe_mode_loads_built_ins_only(plugin_folder: PluginFolder) -> None:
    plugin_folder.add("loud", "raise SystemExit")
    host = PluginHost(folders=[plugin_folder.path], safe_mode=True).discover()
    assert host.record("classic").state is PluginState.LOADED
    assert host.record("loud").state is PluginState.DISABLED


@pytest.mark.parametrize(
    ("environment", "names"),
    [({}, None), ({"RESTORA_PLUGINS": ""}, set()), ({"RESTORA_PLUGINS": "a, local:b,"}, {"a", "local:b"})],
)
def test_the_environment_names_the_plugins_to_load(
    environment: dict[str, str], names: set[str] | None
) -> None:
    assert only_from_environment(environment) == names


def test_a_built_in_that_is_also_installed_is_loaded_once() -> None:
    host = PluginHost().discover()
    assert [record.name for record in host.records()].count("classic") == 1


def test_an_unknown_method_is_answered_with_the_known_ones(plugin_folder: PluginFolder) -> None:
    plugin_folder.add_healthy()
    host = plugin_folder.discover()
    assert host.method("healthy.identity").title == "Identity"
    with pytest.raises(
        UnknownMethodError, match=r"healthy\.sharpen: no such method \(known: healthy\.identity\)"
    ):
        host.method("healthy.sharpen")
    with pytest.raises(PluginError, match="no such plugin"):
        host.record("nobody")


def test_a_method_of_a_plugin_that_failed_is_answered_with_the_reason(plugin_folder: PluginFolder) -> None:
    plugin_folder.add("fails", "raise ValueError('why')")
    with pytest.raises(PluginError, match=r"its plugin local:fails is failed \(it raised ValueError: why"):
        plugin_folder.discover().method("fails.anything")


def test_readers_writers_and_samples_are_collected(plugin_folder: PluginFolder) -> None:
    plugin_folder.add(
        "formats",
        """
        from pathlib import Path
        from restora.api import Kind, ReaderInfo, SampleInfo, WriterInfo, hookimpl

        @hookimpl
        def restora_readers():
            magic = ((0, b"ABC"),)
            kind, names = Kind.IMAGE, ("*.abc",)
            yield ReaderInfo(id="abc", title="A", patterns=names, magic=magic, kind=kind, factory="a:B")

        @hookimpl
        def restora_writers():
            return [WriterInfo(id="abc", title="ABC", suffixes=(".abc",), kind=Kind.IMAGE, factory="a:b")]

        @hookimpl
        def restora_samples():
            return [SampleInfo(id="abc", title="ABC", path=Path("abc"), kind=Kind.IMAGE, licence="CC0-1.0")]
    """,
    )
    host = plugin_folder.discover()
    assert [info.id for info in (*host.readers(), *host.writers(), *host.samples())] == ["abc"] * 3


RECORD = JobRecord(
    job_id="1", method_id="a.b", item_name="x.png", state="finished", seconds=1.0, peak_mib=None
)


def test_an_observer_that_raises_is_reported_and_told_no_more(plugin_folder: PluginFolder) -> None:
    plugin_folder.add(
        "calm", PRELUDE + "TOLD = []\n@hookimpl\ndef restora_job_finished(record): TOLD.append(record)"
    )
    plugin_folder.add(
        "nervous",
        PRELUDE
        + "TOLD = []\n@hookimpl\ndef restora_job_finished(record):\n    TOLD.append(1)\n    raise SystemExit",
    )
    host = plugin_folder.discover()
    host.notify_job_finished(RECORD)
    host.notify_job_finished(RECORD)
    assert sys.modules["restora_local_calm"].TOLD == [RECORD, RECORD]
    assert sys.modules["restora_local_nervous"].TOLD == [1]
    assert "restora_job_finished raised SystemExit" in host.record("nervous").warnings[0]
    assert host.record("nervous").state is PluginState.LOADED


def test_a_light_part_that_is_slow_or_imports_torch_is_reported(
    plugin_folder: PluginFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Deleting what is not there would not be undone, and the stand-in below would stay for all later tests.
    monkeypatch.setitem(sys.modules, "gsplat", ModuleType("gsplat"))
    monkeypatch.delitem(sys.modules, "gsplat")
    plugin_folder.add(
        "slow",
        PRELUDE + "import time, sys, types\ntime.sleep(0.25)\nsys.modules['gsplat'] = types\n"
        "@hookimpl\ndef restora_methods(): return []",
    )
    record = plugin_folder.discover().record("slow")
    monkeypatch.delitem(sys.modules, "gsplat", raising=False)
    assert record.state is PluginState.LOADED
    assert record.warnings[0] == "its light part imports gsplat, which slows down every start"
    assert record.warnings[1].startswith("its light part took 2")


def test_a_changed_file_is_noticed_and_not_reloaded(plugin_folder: PluginFolder) -> None:
    path = plugin_folder.add_healthy()
    host = plugin_folder.discover()
    assert not host.record("healthy").changed_on_disk()
    path.write_text(path.read_text().replace("Gives back", "Returns"))
    assert host.record("healthy").changed_on_disk()
    assert host.method("healthy.identity").summary.startswith("Gives back")
    assert host.discover().method("healthy.identity").summary.startswith("Returns")
    path.unlink()
    assert host.record("healthy").changed_on_disk()
    assert not PluginHost().discover().record("classic").changed_on_disk()


def test_files_with_an_underscore_and_missing_folders_are_passed_over(plugin_folder: PluginFolder) -> None:
    plugin_folder.add("_draft", "raise SystemExit")
    (plugin_folder.path / "notes.txt").write_text("no plugin")
    folders = [plugin_folder.path, plugin_folder.path / "nowhere", plugin_folder.path / "notes.txt"]
    host = PluginHost(builtins={}, entry_points=False, folders=folders).discover()
    assert host.records() == ()
    assert [notice.partition(": ")[0] for notice in host.notices()] == [str(folders[2])]


def test_loading_a_file_writes_nothing_beside_it(plugin_folder: PluginFolder) -> None:
    plugin_folder.add_healthy()
    plugin_folder.discover()
    assert [path.name for path in plugin_folder.path.iterdir()] == ["healthy.py"]


def test_a_file_that_cannot_be_read_is_a_failed_plugin(plugin_folder: PluginFolder) -> None:
    (plugin_folder.path / "folder.py").mkdir()
    record = plugin_folder.discover().record("folder")
    assert record.state is PluginState.FAILED
    assert "IsADirectoryError" in record.reason
