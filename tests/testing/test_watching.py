"""What counts as touching the world outside: trees are deleted by names relative to an open folder."""

from __future__ import annotations

import shutil
from pathlib import Path

from restora.testing.watching import SideEffects


def tree(folder: Path) -> Path:
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "file.txt").write_text("x")
    return folder


def test_a_tree_may_be_deleted_where_writing_is_allowed(tmp_path: Path) -> None:
    own = tree(tmp_path / "allowed" / "own")
    with SideEffects(allowed=tmp_path / "allowed") as seen:
        shutil.rmtree(own)
    assert seen.found() == []


def test_deleting_a_tree_elsewhere_is_noted(tmp_path: Path) -> None:
    other = tree(tmp_path / "other")
    with SideEffects(allowed=tmp_path / "allowed") as seen:
        shutil.rmtree(other)
    assert seen.found() == [f"os.rmdir: {other}"]
