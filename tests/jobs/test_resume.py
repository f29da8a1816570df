"""Long work survives a cancel, an error and the death of the process; of done work nothing stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restora.data.recipe import InputRecord, Recipe, WeightRecord
from restora.errors import RestoraError
from restora.folders import Folders
from restora.jobs.resume import ResumeRoom, resume_key
from restora.jobs.states import JobState
from restora.plugins.host import PluginHost
from restora.plugins.running import Context, Output, Request
from restora.testing.fakes import FAKES
from restora.testing.scene_items import sample_scene, scene_item
from restora.workbench import Workbench

KEY = "0123456789abcdef" * 2


@pytest.fixture
def room(tmp_path: Path) -> ResumeRoom:
    return ResumeRoom(tmp_path / "resume")


def left(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if path.is_dir())


# -- the room ----------------------------------------------------------------------------------------


def test_the_same_key_finds_its_folder_again(room: ResumeRoom) -> None:
    claim = room.claim(KEY)
    (claim.folder / "half").write_text("done")
    room.let_go(claim, keep=True)
    again = room.claim(KEY)
    assert (again.folder / "half").read_text() == "done"
    room.let_go(again, keep=False)
    assert not again.folder.exists()


def test_two_jobs_of_the_same_request_never_share(room: ResumeRoom, tmp_path: Path) -> None:
    first = room.claim(KEY)
    second = ResumeRoom(tmp_path / "resume").claim(KEY)
    assert first.folder != second.folder
    (first.folder / "a").touch()
    room.let_go(second, keep=False)
    assert (first.folder / "a").exists(), "a folder in use stays"
    room.let_go(first, keep=False)
    assert left(tmp_path / "resume") == []


def test_what_is_done_takes_all_earlier_tries_with_it(room: ResumeRoom, tmp_path: Path) -> None:
    claims = [room.claim(KEY) for _ in range(3)]
    other = room.claim("f" * 32)
    for claim in (*claims, other):
        (claim.folder / "a").touch()
        room.let_go(claim, keep=True)
    room.let_go(room.claim(KEY), keep=False)
    assert left(tmp_path / "resume") == [other.folder.name]
    assert [path.name for path in (tmp_path / "resume").glob("*-*.lock")] == [f"{other.folder.name}.lock"]


def test_an_empty_folder_is_not_worth_keeping(room: ResumeRoom, tmp_path: Path) -> None:
    room.let_go(room.claim(KEY), keep=True)
    assert left(tmp_path / "resume") == []


def test_what_nobody_has_used_for_a_month_goes(room: ResumeRoom, tmp_path: Path) -> None:
    old, new, used = room.claim("a" * 32), room.claim("b" * 32), room.claim("c" * 32)
    month_ago = time.time() - 31 * 86400
    for claim in (old, new):
        (claim.folder / "a").touch()
        room.let_go(claim, keep=True)
    for claim in (old, used):
        os.utime(claim.lock.lock_file, (month_ago, month_ago))
    room.sweep()
    assert left(tmp_path / "resume") == [new.folder.name, used.folder.name]
    room.let_go(used, keep=False)


def test_a_room_that_does_not_exist_is_swept_without_being_made(tmp_path: Path) -> None:
    ResumeRoom(tmp_path / "none").sweep()
    assert not (tmp_path / "none").exists()


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RestoraError, match="no folder for resuming can be made here"):
        ResumeRoom(tmp_path / "file").claim(KEY)


# -- the key -----------------------------------------------------------------------------------------

RECIPE = Recipe(
    method="a.b",
    plugin_version="1",
    api="1.1",
    item=InputRecord(kind="splat", name="x.ply", sha256="ab", hashed="scene"),
    references=(InputRecord(kind="image", name="r.png", sha256="cd", hashed="file"),),
    params={"n": 1},
    seed=0,
    weights=(WeightRecord(file="w.pt", sha256="ef"),),
    device="cpu",
    precision="fp32",
    tile=None,
)

CHANGES: dict[str, Callable[[Recipe], Recipe]] = {
    "method": lambda recipe: replace(recipe, method="a.c"),
    "version": lambda recipe: replace(recipe, plugin_version="2"),
    "item": lambda recipe: replace(recipe, item=replace(recipe.item, sha256="aa")),
    "parameters": lambda recipe: replace(recipe, params={"n": 2}),
    "seed": lambda recipe: replace(recipe, seed=1),
    "precision": lambda recipe: replace(recipe, precision="bf16"),
    "weights": lambda recipe: replace(recipe, weights=(WeightRecord(file="w.pt", sha256="ee"),)),
    "references": lambda recipe: replace(recipe, references=()),
}


@pytest.mark.parametrize("name", CHANGES)
def test_another_request_has_another_folder(name: str) -> None:
    assert resume_key(CHANGES[name](RECIPE)) != resume_key(RECIPE)


def test_names_of_files_and_the_device_do_not_matter() -> None:
    renamed = replace(
        RECIPE,
        item=replace(RECIPE.item, name="y.ply"),
        references=(replace(RECIPE.references[0], name="s.png"),),
        weights=(WeightRecord(file="v.pt", sha256="ef"),),
        device="cuda:0",
    )
    assert resume_key(renamed) == resume_key(RECIPE)


# -- on the lane -------------------------------------------------------------------------------------


def counting(runs: list[int], end: Callable[[Context], None] = lambda _: None) -> type:
    """A method that says how many files it found, writes one more, and ends as it is told."""

    class Counting:
        def load(self, *_: object) -> None: ...

        def unload(self) -> None: ...

        def run(self, request: Request, context: Context) -> Output:
            found = len(list(context.resume.iterdir()))
            runs.append(found)
            (context.resume / str(found)).touch()
            end(context)
            return Output(image=np.array(request.source.image))

    return Counting


def test_a_cancelled_job_finds_its_work_again_and_a_done_one_leaves_nothing(bench: Any) -> None:
    runs: list[int] = []
    jobs: list[Any] = []

    def cancel_twice(context: Context) -> None:
        if len(runs) < 3:
            jobs[-1].token.cancel()
            context.checkpoint()

    for expected in ("cancelled", "cancelled", "done"):
        request = bench.request(counting(runs, cancel_twice), id="fake.same")
        from restora.jobs.job import Job

        jobs.append(Job(request=request))
        bench.lane.submit(jobs[-1])
        assert jobs[-1].wait(20)
        assert jobs[-1].state == expected, jobs[-1].details
    assert runs == [0, 1, 2]
    assert left(bench.resume) == []


@pytest.mark.parametrize(
    ("error", "stays"),
    [
        (RestoraError("no"), True),
        (OSError(28, "No space left on device"), True),
        (MemoryError(), True),
        (ValueError("a defect"), False),
        (SystemExit(1), False),
    ],
)
def test_an_error_keeps_the_work_unless_a_defect_may_lie_in_it(
    bench: Any, error: BaseException, stays: bool
) -> None:
    def fail(_: Context) -> None:
        raise error

    assert bench.done(counting([], fail)).state is JobState.FAILED
    assert bool(left(bench.resume)) is stays


def test_a_rejected_output_takes_its_work_with_it(bench: Any) -> None:
    class Wrong(counting([])):  # type: ignore[misc]
        def run(self, request: Request, context: Context) -> Output:
            super().run(request, context)
            return Output(image=np.full((1, 1, 3), np.nan, np.float32))

    assert bench.done(Wrong).state is JobState.FAILED
    assert left(bench.resume) == []


def test_a_method_that_does_not_ask_makes_no_folder(bench: Any) -> None:
    bench.done()
    assert not bench.resume.exists()


def test_an_ended_jobs_context_gives_no_folder_any_more(bench: Any) -> None:
    contexts: list[Context] = []
    bench.done(counting([], contexts.append))
    with pytest.raises(RestoraError, match="has ended"):
        _ = contexts[0].resume


# -- kill -9 -----------------------------------------------------------------------------------------

_CHILD = """
import sys
from pathlib import Path
from restora.folders import Folders
from restora.plugins.host import PluginHost
from restora.testing.fakes import FAKES
from restora.testing.scene_items import sample_scene, scene_item
from restora.workbench import Workbench

host = PluginHost(builtins=FAKES, entry_points=False).discover()
bench = Workbench(Folders.below(Path(sys.argv[1])), host)
item = scene_item(sample_scene(50, cameras=6), "another-name.ply")
bench.run(bench.request("fake.frames", item, params={"seconds": "0.4"}))
"""


def test_a_killed_process_leaves_its_frames_to_the_next_run_of_the_same_request(tmp_path: Path) -> None:
    home = tmp_path / "home"
    resume = Folders.below(home).resume
    child = subprocess.Popen([sys.executable, "-c", _CHILD, str(home)])
    deadline = time.monotonic() + 60
    while len(list(resume.glob("*/?.npy"))) < 2:
        assert child.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait(20)
    finished = {path.name: path.stat().st_ino for path in resume.glob("*/?.npy")}
    assert 2 <= len(finished) < 6

    host = PluginHost(builtins=FAKES, entry_points=False).discover()
    with Workbench(Folders.below(home), host) as bench:
        item = scene_item(sample_scene(50, cameras=6))
        result = bench.run(bench.request("fake.frames", item, params={"seconds": "0.4"}))
        inodes = [frame.path.stat().st_ino for frame in result.frames]
        fresh = bench.run(bench.request("fake.frames", item, params={"seconds": "0"}))
    assert {name: inodes[int(name[0])] for name in finished} == finished
    assert result.recipe.output == fresh.recipe.output, "resumed or not, the same bits"
    assert left(resume) == []
    scratch = Folders.below(home).scratch
    assert all(frame.path.is_relative_to(scratch) for frame in result.frames)
