"""From the `module:class` of a declaration to a method that can be called."""

from __future__ import annotations

import sys

import pytest

from restora.errors import MethodDefectError, RestoraError
from restora.plugins.factory import build_method, load_object
from restora.testing.plugin_folder import PluginFolder

DECLARED = """
from restora.api import Kind, MethodInfo, RestoraError, hookimpl

@hookimpl
def restora_methods():
    yield MethodInfo(
        id="{stem}.a",
        title="T",
        summary="S",
        factory=f"{{__name__}}:Heavy",
        accepts=frozenset({{Kind.IMAGE}}),
    )

"""


def test_the_class_of_a_single_file_plugin_is_built(plugin_folder: PluginFolder) -> None:
    plugin_folder.add_healthy()
    method = build_method(plugin_folder.discover().method("healthy.identity"))
    assert type(method).__name__ == "Identity"
    assert type(method).__module__ == "restora_local_healthy"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("", "restora_local_defect has no Heavy"),
        (
            "class Heavy:\n    def __init__(self): raise SystemExit(1)",
            "cannot be constructed (SystemExit: 1)",
        ),
        ("class Heavy:\n    def __init__(self): raise ValueError", "cannot be constructed (ValueError)"),
        ("Heavy = 3", "cannot be constructed (TypeError: 'int' object is not callable)"),
        ("class Heavy:\n    def run(self): ...\n    load = 1", "has no load, no unload"),
    ],
)
def test_a_heavy_part_with_a_defect_is_named_with_its_plugin(
    code: str, sentence: str, plugin_folder: PluginFolder
) -> None:
    plugin_folder.add("defect", DECLARED.format(stem="defect") + code)
    info = plugin_folder.discover().method("defect.a")
    with pytest.raises(MethodDefectError) as caught:
        build_method(info)
    assert str(caught.value).startswith("defect: ")
    assert sentence in str(caught.value)


def test_what_a_method_says_to_the_user_comes_through(plugin_folder: PluginFolder) -> None:
    code = "class Heavy:\n    def __init__(self): raise RestoraError('no card in this machine')"
    plugin_folder.add("polite", DECLARED.format(stem="polite") + code)
    with pytest.raises(RestoraError, match=r"^no card in this machine$"):
        build_method(plugin_folder.discover().method("polite.a"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "demo: its module heavy_demo.method does not exist"),
        ("import no_such_library", "demo: heavy_demo.method needs 'no_such_library', which is not installed"),
        ("raise SystemExit(2)", r"demo: heavy_demo.method cannot be imported \(SystemExit: 2\)"),
        ("class Other: ...", "demo: heavy_demo.method has no Heavy.build"),
    ],
)
def test_a_module_that_cannot_be_had_is_explained(
    text: str | None, sentence: str, plugin_folder: PluginFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = plugin_folder.path / "heavy_demo"
    package.mkdir()
    if text is not None:
        (package / "method.py").write_text(text)
    monkeypatch.syspath_prepend(str(plugin_folder.path))
    for name in ("heavy_demo", "heavy_demo.method"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(MethodDefectError, match=sentence):
        load_object("heavy_demo.method:Heavy.build", "demo")
    monkeypatch.delitem(sys.modules, "heavy_demo.method", raising=False)


def test_a_module_that_speaks_to_the_user_on_import_is_heard(
    plugin_folder: PluginFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin_folder.add(
        "speaking_demo", "from restora.api import RestoraError\nraise RestoraError('needs a driver')"
    )
    monkeypatch.syspath_prepend(str(plugin_folder.path))
    with pytest.raises(RestoraError, match=r"^needs a driver$"):
        load_object("speaking_demo:Heavy", "demo")


def test_functions_are_found_by_the_same_rule() -> None:
    assert load_object("json:dumps", "demo")([1]) == "[1]"
    assert load_object("json:JSONDecoder.decode", "demo").__name__ == "decode"
