"""The guide for plugin authors is true: its example is taken from the page, loaded, run and checked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from restora.plugins.declarations import MethodInfo
from restora.plugins.hookspecs import __name__ as hookspecs_name
from restora.plugins.implementations import DECLARING_HOOKS
from restora.plugins.records import PluginState
from restora.testing.bench import Bench, sample_item
from restora.testing.kit import CHECKS, check_plugin
from restora.testing.plugin_folder import PluginFolder

GUIDE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text(encoding="utf-8")


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", GUIDE, flags=re.DOTALL)


@pytest.fixture
def crisp(restora_plugin_folder: PluginFolder) -> PluginFolder:
    [text] = re.findall(r"<!-- example: crisp.py -->\n```python\n(.*?)```", GUIDE, flags=re.DOTALL)
    restora_plugin_folder.add("crisp", text)
    return restora_plugin_folder


def test_the_example_is_about_forty_lines() -> None:
    code = [line for line in blocks()[0].splitlines() if line.strip()]
    assert 30 <= len(code) <= 45


def test_the_example_loads_and_sharpens(crisp: PluginFolder, tmp_path: Path) -> None:
    host = crisp.discover()
    assert host.record("crisp").state is PluginState.LOADED, host.record("crisp").report()
    info = host.method("crisp.sharpen")
    item = sample_item(info, 90, 70)
    result = Bench(info, {}, tmp_path).run(item, params={"amount": 1.0}).image.pixels
    assert result.shape == (70, 90, 3)
    assert result.std() > 1.05 * item.image().pixels.std()


def test_the_example_passes_the_kit(crisp: PluginFolder) -> None:
    report = check_plugin(crisp.path / "crisp.py")
    assert report.passed, report.text()


def test_all_blocks_of_code_are_valid_python() -> None:
    for block in blocks():
        compile(block, "docs/plugins.md", "exec")


def test_the_guide_names_every_check_every_hook_and_every_state() -> None:
    assert hookspecs_name  # the hooks below are the ones specified there
    for words in (
        [f"| {check} {title} |" for check, title in CHECKS.items()],
        [f"`{hook}`" for hook in DECLARING_HOOKS if hook != "restora_methods"],
        [f"| `{state}` |" for state in PluginState],
    ):
        assert [word for word in words if word not in GUIDE] == []


def test_the_fields_that_the_guide_explains_exist() -> None:
    table = GUIDE.partition("| field |")[2].partition("\n\n")[0]
    named = set(re.findall(r"`([a-z_]+)`", "\n".join(line.split("|")[1] for line in table.splitlines()[2:])))
    assert named <= set(MethodInfo.__dataclass_fields__)
    assert len(named) > 15
