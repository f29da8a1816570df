"""A folder's name always means a complete folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from restora.errors import FileProblemError
from restora.io.atomic import remove_leftovers
from restora.io.atomic_folder import replacing_folder


def fill(path: Path, name: str = "a") -> None:
    with replacing_folder(path) as folder:
        (folder / name).write_text(name)


def test_a_new_folder_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    fill(tmp_path / "x", "old")
    fill(tmp_path / "x", "new")
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def fail_half_way(path: Path, error: type[BaseException]) -> None:
    with replacing_folder(path) as folder:
        (folder / "half").touch()
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_fails_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    fill(tmp_path / "x", "old")
    with pytest.raises(error):
        fail_half_way(tmp_path / "x", error)
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_missing_parent_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileProblemError, match="does not exist"):
        fill(tmp_path / "no" / "x")


def test_a_disk_that_refuses_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileProblemError, match="the disk is full"), replacing_folder(tmp_path / "x"):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_what_killed_processes_left_goes(tmp_path: Path) -> None:
    left = tmp_path / ".x.999999999-abcd.restora-part"
    left.mkdir()
    (left / "frame.png").touch()
    assert remove_leftovers(tmp_path, "x") == (left,)
    assert not left.exists()
