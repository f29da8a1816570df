"""A new plugin works untouched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from restora.errors import BadInputError
from restora.plugins.scaffold import new_plugin
from restora.testing.kit import check_plugin


def test_a_new_plugin_passes_every_check_untouched(tmp_path: Path) -> None:
    files = new_plugin("my_lens", tmp_path / "projects")
    assert all(path.is_file() for path in files)
    report = check_plugin(tmp_path / "projects" / "my_lens")
    assert report.passed, report.text()
    assert "restora_my_lens.method" not in sys.modules


@pytest.mark.slow
def test_its_own_test_passes(tmp_path: Path) -> None:
    new_plugin("tested", tmp_path)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_every_file_is_valid_and_nothing_is_left_to_fill_in(tmp_path: Path) -> None:
    for path in new_plugin("whole", tmp_path):
        text = path.read_text()
        assert "$" not in text
        if path.suffix == ".py":
            compile(text, str(path), "exec")


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    project = tmp_path / "again"
    project.mkdir()
    (project / "README.md").write_text("mine")
    with pytest.raises(BadInputError, match="overwrites nothing"):
        new_plugin("again", tmp_path)
    assert [path.name for path in project.iterdir()] == ["README.md"]
    assert (project / "README.md").read_text() == "mine"


@pytest.mark.parametrize(
    "name",
    ["", "x", "Upper", "with-dash", "1st", "a/b", "../up", "import", "classic", "restora", "ä" * 3, "a" * 41],
)
def test_a_name_that_cannot_be_used_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError):
        new_plugin(name, tmp_path)
    assert list(tmp_path.iterdir()) == []
