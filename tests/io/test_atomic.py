from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from restora.errors import Cancelled, FileProblemError
from restora.io.atomic import PART_SUFFIX, atomic_write, remove_leftovers, replacing, set_aside


def test_a_written_file_is_complete_and_nothing_else_is_left(tmp_path: Path) -> None:
    target = tmp_path / "a.bin"
    atomic_write(target, lambda stream: stream.write(b"new"))
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


def test_the_old_file_stays_until_the_new_one_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    with replacing(target) as part:
        part.write_bytes(b"new")
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("end", [ValueError, Cancelled, KeyboardInterrupt, SystemExit])
def test_whatever_ends_a_write_leaves_the_old_file_and_no_temporary_one(
    tmp_path: Path, end: type[BaseException]
) -> None:
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")

    def give_up(stream: BinaryIO) -> None:
        stream.write(b"half")
        raise end

    with pytest.raises(end):
        atomic_write(target, give_up)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_the_mode_of_a_replaced_file_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    target.chmod(0o640)
    atomic_write(target, lambda stream: stream.write(b"new"))
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_name_of_255_bytes_can_be_written(tmp_path: Path) -> None:
    target = tmp_path / ("n" * 251 + ".bin")
    atomic_write(target, lambda stream: stream.write(b"new"))
    assert target.read_bytes() == b"new"


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileProblemError, match=r"the folder .*missing does not exist"):
        atomic_write(tmp_path / "missing" / "a.bin", lambda stream: stream.write(b""))


def test_a_folder_as_target_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileProblemError, match="is a folder, a file name is needed"):
        atomic_write(tmp_path, lambda stream: stream.write(b""))


def test_a_pipe_as_target_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileProblemError, match="not an ordinary file"):
        atomic_write(tmp_path / "pipe", lambda stream: stream.write(b""))


def test_a_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileProblemError, match="too long"):
        atomic_write(tmp_path / ("n" * 300), lambda stream: stream.write(b""))


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EACCES, "not permitted"),
        (errno.EROFS, "the disk is read-only"),
        (errno.ENXIO, "No such device or address"),
    ],
)
def test_what_the_disk_refuses_becomes_a_sentence(tmp_path: Path, code: int, sentence: str) -> None:
    def refuse(_stream: object) -> None:
        raise OSError(code, os.strerror(code))

    with pytest.raises(FileProblemError, match=f"a.bin: cannot be written: .*{sentence}"):
        atomic_write(tmp_path / "a.bin", refuse)
    assert list(tmp_path.iterdir()) == []


def test_a_problem_with_another_file_is_not_blamed_on_the_target(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="other"), replacing(tmp_path / "a.bin"):
        (tmp_path / "other").read_bytes()
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_leaves_no_result_and_its_temporary_file_can_be_removed(tmp_path: Path) -> None:
    target = tmp_path / "a.bin"
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom restora.io.atomic import replacing\n"
        "with replacing(Path(sys.argv[1])) as part:\n"
        "    part.write_bytes(b'half')\n    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(target)], check=False, timeout=60)
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".a.bin.")
    assert left.name.endswith(PART_SUFFIX)
    assert remove_leftovers(tmp_path, "b.bin") == ()
    assert remove_leftovers(tmp_path, "a.bin") == (left,)
    assert list(tmp_path.iterdir()) == []


def test_temporary_files_of_living_processes_and_foreign_files_are_kept(tmp_path: Path) -> None:
    kept = [f".a.bin.{os.getpid()}-0011{PART_SUFFIX}", f".a.bin.x-0011{PART_SUFFIX}", ".a.bin.99-1", "a.bin"]
    for name in kept:
        (tmp_path / name).touch()
    assert remove_leftovers(tmp_path, "a.bin") == ()
    assert remove_leftovers(tmp_path / "missing", "a.bin") == ()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


def test_what_was_set_aside_is_gone_after_success_and_back_after_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), set_aside(path):
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    with set_aside(path):
        assert not path.exists()
    assert list(tmp_path.iterdir()) == []
    with set_aside(path):
        path.write_bytes(b"new")
    assert path.read_bytes() == b"new"
