"""Declarations stay light: with ten installed plugins whose methods need torch, nothing heavy is imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

MANIFEST = """
from restora.api import Kind, MethodInfo, hookimpl

@hookimpl
def restora_methods():
    yield MethodInfo(
        id="{name}.run",
        title="T",
        summary="S",
        factory="{name}_plugin.method:Run",
        accepts=frozenset({{Kind.IMAGE}}),
    )
"""

QUESTION = """
import json, sys, time
from restora.plugins.host import PluginHost
started = time.perf_counter()
host = PluginHost().discover()
seconds = time.perf_counter() - started
heavy = ["torch", "diffusers", "transformers", "open3d", "gsplat", "cv2", "numba", "PySide6"]
print(json.dumps({
    "methods": [info.id for info in host.methods()],
    "heavy": [name for name in heavy if name in sys.modules],
    "records": {each.name: [each.state, each.distribution, each.version] for each in host.records()},
    "reasons": {each.name: [each.reason, each.advice] for each in host.records()},
    "notices": host.notices(),
    "seconds": seconds,
}))
"""


def install(site: Path, name: str, *, manifest: str, metadata: str = "") -> None:
    """What pip would leave behind for a plugin's distribution."""
    package = site / f"{name}_plugin"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "manifest.py").write_text(manifest)
    (package / "method.py").write_text("import torch\n\nclass Run: ...\n")
    info = site / f"restora_{name}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: restora-{name}\nVersion: 1.2\n{metadata}\n")
    (info / "entry_points.txt").write_text(f"[restora.plugins]\n{name} = {name}_plugin.manifest\n")


def ask(site: Path) -> dict[str, object]:
    environment = {**os.environ, "PYTHONPATH": str(site), "RESTORA_HOME": str(site / "home")}
    done = subprocess.run(
        [sys.executable, "-c", QUESTION],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return dict(json.loads(done.stdout))


def test_ten_installed_plugins_that_need_torch_do_not_import_it(tmp_path: Path) -> None:
    names = [f"p{number}" for number in range(10)]
    for name in names:
        install(tmp_path, name, manifest=MANIFEST.format(name=name))
    answer = ask(tmp_path)
    assert answer["heavy"] == []
    assert {f"{name}.run" for name in names} <= set(answer["methods"])
    assert answer["records"]["p3"] == ["loaded", "restora-p3", "1.2"]
    assert answer["seconds"] < 2


def test_a_damaged_distribution_costs_only_itself(tmp_path: Path) -> None:
    install(tmp_path, "good", manifest=MANIFEST.format(name="good"))
    install(tmp_path, "gone", manifest=MANIFEST.format(name="gone"))
    install(tmp_path, "bytes", manifest=MANIFEST.format(name="bytes"))
    install(tmp_path, "unpack", manifest=MANIFEST.format(name="unpack"))
    (tmp_path / "gone_plugin" / "manifest.py").unlink()
    (tmp_path / "restora_bytes-1.2.dist-info" / "entry_points.txt").write_bytes(
        b"[restora.plugins]\nx = \xff\xfe\n"
    )
    (tmp_path / "restora_unpack-1.2.dist-info" / "entry_points.txt").write_text(
        "[restora.plugins]\nno equals sign\n"
    )
    answer = ask(tmp_path)
    assert "good.run" in answer["methods"]
    assert answer["records"]["gone"][0] == "failed"
    assert len(answer["notices"]) == 2
    assert all("its metadata cannot be read" in notice for notice in answer["notices"])


def test_an_import_that_fails_for_a_lost_dependency_names_the_command(tmp_path: Path) -> None:
    needs = "Requires-Dist: no-such-thing>=3\nRequires-Dist: numpy"
    install(tmp_path, "lost", manifest="import no_such_thing", metadata=needs)
    answer = ask(tmp_path)
    assert answer["records"]["lost"][0] == "missing-requirement"
    assert answer["reasons"]["lost"] == [
        "needs no-such-thing>=3 (not installed)",
        "Run: pip install 'no-such-thing>=3'",
    ]
