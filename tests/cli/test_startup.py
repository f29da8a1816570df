"""Starting is cheap: listing things imports nothing heavy, whatever plugins are installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_HEAVY = ("torch", "diffusers", "transformers", "open3d", "gsplat", "cv2", "numba", "PySide6")
_PROGRAM = """
import sys
from restora.cli.main import run
code = run(sys.argv[1:])
print("loaded:", *[name for name in {heavy!r} if name in sys.modules], file=sys.stderr)
sys.exit(code)
"""


def _loaded_by(arguments: list[str], home: Path, extra_path: Path | None = None) -> tuple[str, list[str]]:
    environment = {**os.environ, "RESTORA_HOME": str(home)}
    environment.pop("RESTORA_PLUGINS", None)
    if extra_path is not None:
        environment["PYTHONPATH"] = str(extra_path)
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(heavy=_HEAVY), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, done.stderr.rpartition("loaded:")[2].split()


def _install_plugin(site: Path, number: int) -> None:
    """A distribution with an entry point, as pip would leave it."""
    name = f"heavy{number}"
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[restora.plugins]\n{name} = {name}.manifest\n")
    package = site / name
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "method.py").write_text("import torch\n\nclass Heavy:\n    pass\n")
    (package / "manifest.py").write_text(
        "from restora.api import Kind, MethodInfo, hookimpl\n\n"
        "@hookimpl\ndef restora_methods():\n"
        f'    return [MethodInfo(id="{name}.run", title="Heavy", summary="Heavy.",'
        f' accepts=frozenset({{Kind.IMAGE}}), factory="{name}.method:Heavy")]\n'
    )


@pytest.mark.parametrize("arguments", [["--help"], ["methods"], ["plugins", "list"], ["weights", "list"]])
def test_listing_imports_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    assert _loaded_by(arguments, tmp_path)[1] == []


def test_ten_plugins_that_need_torch_cost_no_torch(tmp_path: Path) -> None:
    site = tmp_path / "site"
    for number in range(10):
        _install_plugin(site, number)
    shown, loaded = _loaded_by(["methods"], tmp_path / "home", site)
    assert all(f"heavy{number}.run" in shown for number in range(10))
    assert loaded == []


def test_a_method_for_the_processor_runs_without_torch(tmp_path: Path) -> None:
    import numpy as np

    from restora.data.image import Image
    from restora.io.writing import write_image

    write_image(tmp_path / "in.png", Image(pixels=np.zeros((8, 8, 3), np.float32)))
    arguments = ["run", "classic.identity", str(tmp_path / "in.png"), "-o", str(tmp_path / "out.png")]
    assert "torch" not in _loaded_by(arguments, tmp_path / "home")[1]
    assert (tmp_path / "out.png").is_file()
