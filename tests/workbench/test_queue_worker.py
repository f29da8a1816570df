from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restora.data.image import Image
from restora.errors import RestoraError
from restora.io.opening import read_image
from restora.io.writing import write_image
from restora.jobs.exporting import load_recipe, recipe_beside
from restora.jobs.job import Job
from restora.jobs.order import Existing, Order
from restora.jobs.queue import Entry
from restora.jobs.states import JobState
from restora.tasks.queue_worker import QueueWorker, Watcher
from restora.workbench import Workbench

Save = Callable[..., Path]
Open = Callable[[], Workbench]

QUEUED, DONE, FAILED = JobState.QUEUED, JobState.DONE, JobState.FAILED


@pytest.fixture
def order(tmp_path: Path, save: Save) -> Callable[..., Order]:
    (tmp_path / "out").mkdir()

    def make(name: str, method: str = "bench.darker", **changes: Any) -> Order:
        path = tmp_path / f"{name}.png"
        if not path.exists():
            save(f"{name}.png", seed=len(name) * 100 + ord(name[-1]))
        output = str(tmp_path / "out" / f"{name}.png")
        return Order(**{"method": method, "input": str(path), "output": output, **changes})

    return make


MakeOrder = Callable[..., Order]


def worked(workbench: Workbench, *orders: Order) -> list[tuple[JobState, str]]:
    workbench.queue.add(orders)
    return [(entry.state, entry.message) for entry in QueueWorker(workbench).work()]


def test_orders_become_files_with_recipes(workbench: Workbench, order: MakeOrder, tmp_path: Path) -> None:
    assert worked(workbench, order("a"), order("b", params={"amount": 0.25})) == [(DONE, ""), (DONE, "")]
    for name, amount in (("a", 0.5), ("b", 0.25)):
        output = tmp_path / "out" / f"{name}.png"
        expected = read_image(tmp_path / f"{name}.png").pixels * np.float32(amount)
        np.testing.assert_allclose(read_image(output).pixels, expected, atol=1 / 65535)
        assert load_recipe(output).item.name == f"{name}.png"
    assert [entry.state for entry in workbench.queue.entries()] == [DONE, DONE]


def test_one_file_that_fails_does_not_end_the_batch(
    workbench: Workbench, order: MakeOrder, save: Save, tmp_path: Path
) -> None:
    save("bright.png", bright=True)
    (tmp_path / "cut.png").write_bytes((save("x.png")).read_bytes()[:60])
    orders = [
        order("bright", "bench.failing"),
        order("cut", "bench.failing"),
        order("a", "bench.failing"),
        order("b", "bench.nothing"),
        order("c", params={"amount": 7}),
        order("d", params={"amount": 10**400}),
        order("e", export={"depth": 5}),
        order("f", output=str(tmp_path / "no" / "f.png")),
        order("g", output=str(tmp_path / "out" / "g.xyz")),
        order("h", region=(0, 0, 0, 0)),
        order("i", device="tpu"),
        order("j"),
    ]
    ended = worked(workbench, *orders)
    good = {"a", "j"}
    assert [state is DONE for state, _ in ended] == [Path(each.input).stem in good for each in orders]
    assert all("\n" not in message and "Traceback" not in message for _, message in ended)
    assert ended[0][1] == "bench: bench.failing failed with ValueError: too bright"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "a.png",
        "a.png.recipe.json",
        "j.png",
        "j.png.recipe.json",
    ]
    again = workbench.queue.retry()
    assert len(again) == 10


def test_what_the_same_recipe_made_is_not_made_again(
    workbench: Workbench, order: MakeOrder, tmp_path: Path
) -> None:
    worked(workbench, order("a"))
    output = tmp_path / "out" / "a.png"
    before = output.stat().st_mtime_ns
    assert worked(workbench, order("a")) == [(DONE, "was there already, made by the same recipe")]
    assert output.stat().st_mtime_ns == before


def test_a_batch_goes_on_where_another_device_would_choose_another_precision(
    workbench: Workbench, order: MakeOrder, tmp_path: Path
) -> None:
    worked(workbench, order("a"))
    recipe = recipe_beside(tmp_path / "out" / "a.png")
    recipe.write_text(recipe.read_text().replace('"precision": "fp32"', '"precision": "bf16"'))
    assert '"precision": "bf16"' in recipe.read_text()
    assert worked(workbench, order("a")) == [(DONE, "was there already, made by the same recipe")]
    ((state, message),) = worked(workbench, order("a", precision="fp32"))
    assert state is FAILED
    assert "was made otherwise" in message


@pytest.mark.parametrize(
    ("changes", "existing"),
    [
        ({"params": {"amount": 0.75}}, Existing.SKIP),
        ({"seed": 5}, Existing.SKIP),
        ({"side": 16}, Existing.SKIP),
        ({"region": (0, 0, 9, 9)}, Existing.SKIP),
        ({"method": "bench.failing"}, Existing.SKIP),
        ({}, Existing.FAIL),
    ],
)
def test_what_was_made_otherwise_is_not_overwritten(
    workbench: Workbench, order: MakeOrder, tmp_path: Path, changes: dict[str, Any], existing: Existing
) -> None:
    worked(workbench, order("a"))
    output = tmp_path / "out" / "a.png"
    before = output.read_bytes(), recipe_beside(output).read_bytes()
    ((state, message),) = worked(workbench, order("a", existing=existing, **changes))
    assert state is FAILED
    assert "is there already" in message
    assert (output.read_bytes(), recipe_beside(output).read_bytes()) == before


def test_a_changed_input_is_not_the_same_recipe(workbench: Workbench, order: MakeOrder, save: Save) -> None:
    worked(workbench, order("a"))
    save("a.png", 99)
    ((state, message),) = worked(workbench, order("a"))
    assert state is FAILED
    assert "was made otherwise" in message


def test_overwriting_is_done_when_it_is_asked_for(
    workbench: Workbench, order: MakeOrder, tmp_path: Path
) -> None:
    worked(workbench, order("a"))
    changed = order("a", params={"amount": 0.75}, existing=Existing.OVERWRITE)
    assert worked(workbench, changed) == [(DONE, "")]
    assert load_recipe(tmp_path / "out" / "a.png").params["amount"] == 0.75


@pytest.mark.parametrize("existing", list(Existing))
def test_the_input_is_never_overwritten(
    workbench: Workbench, order: MakeOrder, tmp_path: Path, existing: Existing
) -> None:
    made = order("a", existing=existing, output=str(tmp_path / "out" / ".." / "a.png"))
    before = (tmp_path / "a.png").read_bytes()
    ((state, message),) = worked(workbench, made)
    assert state is FAILED
    assert "is what goes into the job" in message
    assert (tmp_path / "a.png").read_bytes() == before


def test_a_paused_queue_starts_nothing_unless_it_is_asked_by_name(
    workbench: Workbench, order: MakeOrder
) -> None:
    first, second = order("a"), order("b")
    workbench.queue.add([first, second])
    workbench.queue.pause()
    assert QueueWorker(workbench).work() == ()
    (entry,) = QueueWorker(workbench).work(only={second.id})
    assert entry.order == second
    assert [entry.state for entry in workbench.queue.entries()] == [QUEUED, DONE]


def test_stopping_puts_the_order_back(workbench: Workbench, order: MakeOrder, tmp_path: Path) -> None:
    slow = order("a", "bench.slow", params={"steps": 100_000})
    workbench.queue.add([slow, order("b")])
    began = threading.Event()
    worker = QueueWorker(workbench, Watcher(starting=lambda _order, _job: began.set()))
    thread = threading.Thread(target=worker.work)
    thread.start()
    assert began.wait(20)
    worker.stop()
    thread.join(20)
    assert not thread.is_alive()
    entries = workbench.queue.entries()
    assert [(entry.state, entry.message) for entry in entries] == [(QUEUED, "interrupted"), (QUEUED, "")]
    assert list((tmp_path / "out").iterdir()) == []
    assert workbench.queue.pause_reason() is None


def test_a_job_that_its_user_cancels_is_cancelled_and_the_next_one_runs(
    workbench: Workbench, order: MakeOrder
) -> None:
    def cancel(each: Order, job: Job) -> None:
        if each.method == "bench.slow":
            job.token.cancel()

    slow = order("a", "bench.slow", params={"steps": 100_000})
    workbench.queue.add([slow, order("b")])
    told: list[Entry] = []
    entries = QueueWorker(workbench, Watcher(starting=cancel, ended=told.append)).work()
    assert [entry.state for entry in entries] == [JobState.CANCELLED, DONE]
    assert tuple(told) == entries


def test_only_one_worker_at_a_time(workbenches: Open, order: MakeOrder) -> None:
    first, second = workbenches(), workbenches()
    first.queue.add([order("a")])
    with first.queue.working(), pytest.raises(RestoraError, match="another restora is working"):
        QueueWorker(second).work()
    assert [entry.state for entry in first.queue.entries()] == [QUEUED]


# -- killed ------------------------------------------------------------------------------------------

_WORK = """
import sys
from pathlib import Path
from restora.folders import Folders
from restora.plugins.host import PluginHost
from restora.tasks.queue_worker import QueueWorker
from restora.workbench import Workbench

host = PluginHost(builtins={}, entry_points=False, folders=[Path(sys.argv[2])]).discover()
with Workbench(Folders.below(Path(sys.argv[1])), host) as workbench:
    if sys.argv[3:] == ["resume"]:
        workbench.queue.resume()
    QueueWorker(workbench).work()
"""


@pytest.fixture
def start(home: Path, plugins: Any) -> Callable[..., subprocess.Popen[bytes]]:
    def begin(*words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", _WORK, home, plugins.path, *words])

    return begin


def finished(folder: Path) -> dict[str, int]:
    """Complete results: pictures that can be read and whose recipe lies beside them."""
    found = {}
    for picture in folder.glob("*.png"):
        read_image(picture)
        assert load_recipe(picture).output is not None
        found[picture.name] = picture.stat().st_mtime_ns
    return found


def test_a_batch_that_is_killed_again_and_again_loses_nothing_and_repeats_nothing(
    workbenches: Open, order: MakeOrder, tmp_path: Path, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    out, log = tmp_path / "out", tmp_path / "log"
    names = [f"p{letter}" for letter in "abcdefghij"]
    params = {"steps": 4, "log": str(log)}
    workbenches().queue.add([order(name, "bench.slow", params=params) for name in names])
    done: dict[str, int] = {}
    kills = 0
    for words in ((), ("resume",), ("resume",)):
        process = start(*words)
        goal = len(done) + 2 + kills
        deadline = time.monotonic() + 60
        while len(list(out.glob("*.png"))) < goal and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.003 * (kills + 1))
        process.kill()
        assert process.wait(20) == -9
        kills += 1
        now = finished(out)
        assert {name: now[name] for name in done} == done
        done = now
        queue = workbenches().queue
        states = Counter(entry.state for entry in queue.entries())
        assert states[JobState.RUNNING] == 0
        assert queue.pause_reason() == "restora was interrupted"
        assert [path.name for path in out.iterdir() if path.name.startswith(".")] == []
    paused = start()
    assert paused.wait(60) == 0
    assert finished(out) == done
    assert start("resume").wait(60) == 0
    last = finished(out)
    assert {name: last[name] for name in done} == done
    assert sorted(last) == [f"{name}.png" for name in names]
    assert all(entry.state is DONE for entry in workbenches().queue.entries())
    assert workbenches().queue.pause_reason() is None
    runs = Counter(log.read_text().splitlines())
    assert len(runs) == len(names)
    assert sum(runs.values()) <= len(names) + kills
    assert list((tmp_path / "home" / "cache" / "scratch").iterdir()) == []


def test_what_a_killed_export_left_is_taken_away(workbenches: Open, order: MakeOrder, tmp_path: Path) -> None:
    first = workbenches()
    made = order("a")
    first.queue.add([made])
    first.queue.take()
    left = tmp_path / "out" / ".a.png.999999999-aa.restora-part"
    left.write_text("half a picture")
    recipe_beside(tmp_path / "out" / "a.png").write_text("{}")
    second = workbenches()
    assert second.queue.pause_reason() == "restora was interrupted"
    assert not left.exists()
    second.queue.resume()
    (entry,) = QueueWorker(second).work()
    assert entry.state is DONE
    assert load_recipe(tmp_path / "out" / "a.png").method == "bench.darker"


def test_a_picture_of_somebody_else_is_never_replaced(
    workbench: Workbench, order: MakeOrder, tmp_path: Path
) -> None:
    foreign = tmp_path / "out" / "a.png"
    write_image(foreign, Image(pixels=np.full((3, 3, 3), 0.5, np.float32)))
    before = foreign.read_bytes()
    ((state, message),) = worked(workbench, order("a"))
    assert state is FAILED
    assert "was made otherwise" in message
    assert foreign.read_bytes() == before
