"""`restora batch` and `restora queue`: whole folders, restarts and second thoughts."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

_SLOW_PLUGIN = '''
"""Copies its input, slowly."""
import time
from restora.api import Kind, MethodInfo, Output, hookimpl

INFO = MethodInfo(
    id="slowly.copy", title="Slow copy", summary="Copies.", accepts=frozenset({Kind.IMAGE}),
    factory=f"{__name__}:Copy", channels=frozenset({1, 3}), devices=frozenset({"cpu"}),
    precisions=("fp32",), stochastic=False,
)

@hookimpl
def restora_methods():
    return [INFO]

class Copy:
    def load(self, weights, device, context):
        pass
    def run(self, request, context):
        with context.stage("copy") as stage:
            for step in range(20):
                context.checkpoint()
                time.sleep(0.02)
                stage.advance(step + 1, 20)
        return Output(image=request.source.image.copy())
    def unload(self):
        pass
'''


@pytest.fixture
def pictures(picture: Path) -> Path:
    """A folder with a sub-folder, a hidden file and a damaged one."""
    folder = Path("pictures")
    (folder / "deep").mkdir(parents=True)
    for name in ("a.png", "b.png", "deep/a.png", ".hidden.png"):
        shutil.copy(picture, folder / name)
    return folder


def _results(folder: str = "out") -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*.png"))


def test_a_batch_mirrors_folders_and_names_results_by_the_template(restora: Command, pictures: Path) -> None:
    answer = restora("batch", "classic.resize", pictures, "-o", "out", "--name", "{n:03}_{stem}_x{scale}")
    assert answer.code == 0
    assert _results() == ["001_a_x2.png", "002_b_x2.png", "deep/003_a_x2.png"]


def test_a_flat_batch_leaves_sub_folders_alone(restora: Command, pictures: Path) -> None:
    restora("batch", "classic.identity", pictures, "-o", "out", "--flat")
    assert _results() == ["a.png", "b.png"]


def test_one_damaged_file_does_not_end_the_batch(restora: Command, pictures: Path) -> None:
    (pictures / "aa.png").write_text("broken")
    answer = restora("batch", "classic.identity", pictures, "-o", "out")
    assert answer.code == 1
    assert "3 done, 1 not" in answer.out
    assert "aa.png" in answer.out.splitlines()[-1]
    assert _results() == ["a.png", "b.png", "deep/a.png"]


def test_the_same_batch_again_computes_nothing(restora: Command, pictures: Path) -> None:
    restora("batch", "classic.identity", pictures, "-o", "out")
    before = {path: path.stat().st_mtime_ns for path in Path("out").rglob("*.png")}
    again = restora("batch", "classic.identity", pictures, "-o", "out", "--json")
    assert again.code == 0
    assert [line["state"] for line in again.of("order")] == ["done"] * 3
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_two_files_of_one_name_are_refused_before_the_first_starts(restora: Command, pictures: Path) -> None:
    answer = restora("batch", "classic.identity", pictures, "-o", "out", "--name", "same")
    assert answer.code == 2
    assert "two files of the batch would get this name" in answer.err
    assert not Path("out").exists()


def test_jobs_wait_until_they_are_run(restora: Command, pictures: Path) -> None:
    restora("batch", "classic.identity", pictures, "-o", "out", "--later")
    listed = restora("queue", "list", "--json")
    ids = [str(line["id"]) for line in listed.of("order")]
    assert [line["state"] for line in listed.of("order")] == ["queued"] * 3
    restora("queue", "cancel", ids[0])
    restora("queue", "move", ids[2], "1")
    answer = restora("queue", "run", "--json")
    assert [line["id"] for line in answer.of("order")] == [ids[2], ids[1]]
    assert restora("queue", "retry", ids[0]).code == 0
    assert restora("queue", "run").code == 0
    assert _results() == ["a.png", "b.png", "deep/a.png"]
    assert "3 ended" in restora("queue", "clear").out
    assert restora("queue", "list").out == "no jobs\n"


def test_a_paused_queue_says_so_and_a_duplicate_changes_what_is_asked(
    restora: Command, pictures: Path
) -> None:
    restora("batch", "classic.resize", pictures / "a.png", "-o", "out", "--later")
    restora("queue", "pause")
    assert "paused (paused by you)" in restora("queue", "list").out
    job = restora("queue", "list", "--json").of("order")[0]["id"]
    assert restora("queue", "duplicate", job, "-o", "three.png", "--set", "scale=3").code == 0
    assert restora("queue", "run").code == 0
    assert Path("three.png").is_file()
    assert Path("out/a.png").is_file()


def _start_batch(home: Path, plugins: Path, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "restora.cli",
            "--plugin-dir",
            str(plugins),
            "batch",
            "slowly.copy",
            "many",
            "-o",
            "out",
        ],
        env={**os.environ, "RESTORA_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def slow_batch(picture: Path, tmp_path: Path) -> subprocess.Popen[str]:
    """Eight pictures, of which two are finished when the test goes on."""
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "slowly.py").write_text(_SLOW_PLUGIN)
    Path("many").mkdir()
    for number in range(8):
        shutil.copy(picture, f"many/{number}.png")
    process = _start_batch(tmp_path / "home", plugins, 8)
    deadline = time.monotonic() + 60
    while len(list(Path("out").glob("*.png"))) < 2:
        assert time.monotonic() < deadline
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        time.sleep(0.02)
    return process


def test_a_killed_batch_loses_nothing_and_starts_nothing_unasked(
    restora: Command, slow_batch: subprocess.Popen[str], tmp_path: Path
) -> None:
    slow_batch.kill()
    slow_batch.communicate()
    finished = {path.name: path.stat().st_mtime_ns for path in Path("out").glob("*.png")}
    assert 2 <= len(finished) < 8
    assert "paused (restora was interrupted)" in restora("queue", "list").out
    plugins = ("--plugin-dir", tmp_path / "plugins")
    worked = restora(*plugins, "queue", "run", "--json")
    assert worked.code == 0
    assert _results() == [f"{number}.png" for number in range(8)]
    unchanged = [
        name for name, time_ns in finished.items() if (Path("out") / name).stat().st_mtime_ns == time_ns
    ]
    assert sorted(unchanged) == sorted(finished)
    assert [path.name for path in Path("out").iterdir() if not path.name.endswith((".png", ".json"))] == []


def test_ctrl_c_gives_the_current_job_back_and_the_same_command_goes_on(
    restora: Command, slow_batch: subprocess.Popen[str], tmp_path: Path
) -> None:
    slow_batch.send_signal(signal.SIGINT)
    _, err = slow_batch.communicate(timeout=30)
    assert slow_batch.returncode == 130
    assert "cancelling" in err
    done = len(_results())
    answer = restora(
        "--plugin-dir", tmp_path / "plugins", "batch", "slowly.copy", "many", "-o", "out", "--json"
    )
    assert answer.code == 0
    assert len(_results()) == 8
    assert sum("was there already" in str(line["message"]) for line in answer.of("order")) == done
