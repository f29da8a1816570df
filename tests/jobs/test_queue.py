from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restora.data.json_values import JSON
from restora.errors import BadInputError, FileProblemError, RestoraError
from restora.jobs.order import Existing, Order
from restora.jobs.queue import Queue
from restora.jobs.states import JobState

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
VALUES: st.SearchStrategy[JSON] = st.none() | st.booleans() | st.integers(0, 9) | st.floats(0, 1) | TEXT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "queue.jsonl"


def order(name: str = "a") -> Order:
    return Order(method="classic.identity", input=f"/in/{name}.png", output=f"/out/{name}.png")


@settings(deadline=None, max_examples=50)
@given(
    st.builds(
        Order,
        method=TEXT,
        input=TEXT,
        output=TEXT,
        params=st.dictionaries(TEXT, VALUES, max_size=3),
        reading=st.dictionaries(TEXT, TEXT, max_size=3),
        references=st.lists(TEXT, max_size=2).map(tuple),
        seed=st.integers(0, 2**63 - 1),
        device=st.none() | TEXT,
        precision=st.none() | TEXT,
        side=st.none() | st.integers(1, 99),
        region=st.none() | st.tuples(*[st.integers(0, 99)] * 4),
        existing=st.sampled_from(Existing),
        export=st.dictionaries(TEXT, VALUES, max_size=3),
    )
)
def test_an_order_survives_its_json(made: Order) -> None:
    assert Order.from_json(made.to_json()) == made


@pytest.mark.parametrize(
    "changes",
    [
        {"id": 5},
        {"params": []},
        {"reading": {"a": 1}},
        {"references": "a"},
        {"seed": "1"},
        {"side": "big"},
        {"region": [1, 2, 3]},
        {"region": "x"},
        {"existing": "ask"},
    ],
)
def test_what_is_no_order_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        Order.from_json({**order().to_json(), **changes})


def test_an_order_with_changes_has_another_id() -> None:
    changed = order().with_new_id(seed=4)
    assert changed.seed == 4
    assert changed.id != order().id


def test_nothing_is_created_before_something_is_written(path: Path) -> None:
    Queue(path)
    assert not path.parent.exists()


def test_a_job_is_found_by_the_beginning_of_its_id(path: Path) -> None:
    queue = Queue(path)
    first, second = order("a").with_new_id(), order("b").with_new_id()
    queue.add([first, second])
    assert queue.entry(first.id[:8]).order == first
    with pytest.raises(BadInputError, match="no such job in the queue"):
        queue.entry("zzz")
    with pytest.raises(BadInputError, match="no such job in the queue"):
        queue.entry("")


def test_ambiguous_ids_are_refused(path: Path) -> None:
    queue = Queue(path)
    for number in range(20):
        queue.add([order(str(number))])
    letters = [entry.order.id[0] for entry in queue.entries()]
    twice = next(letter for letter in letters if letters.count(letter) > 1)
    with pytest.raises(BadInputError, match="jobs start with this"):
        queue.entry(twice)


def test_threads_and_objects_share_one_queue(path: Path) -> None:
    def add(name: str) -> None:
        queue = Queue(path)
        for number in range(5):
            queue.add([order(f"{name}{number}")])

    shared = Queue(path)
    threads = [threading.Thread(target=add, args=(name,)) for name in "abc"]
    threads += [threading.Thread(target=lambda: [shared.add([order(f"s{n}")]) for n in range(5)])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({entry.order.output for entry in shared.entries()}) == 20


_ADDER = """
import sys
from pathlib import Path
from restora.jobs.order import Order
from restora.jobs.queue import Queue
queue = Queue(Path(sys.argv[1]))
for number in range(25):
    queue.add([Order(method="m", input="i", output=f"/{sys.argv[2]}{number}")])
"""


def test_two_processes_may_add_at_once(path: Path) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", _ADDER, path, name]) for name in "ab"]
    assert [process.wait(60) for process in processes] == [0, 0]
    outputs = [entry.order.output for entry in Queue(path).entries()]
    assert len(set(outputs)) == len(outputs) == 50
    for name in "ab":
        assert [text for text in outputs if text.startswith(f"/{name}")] == [f"/{name}{n}" for n in range(25)]


def test_only_one_works_at_a_time(path: Path) -> None:
    with Queue(path).working():
        with pytest.raises(RestoraError, match="another restora is working"), Queue(path).working():
            pass
        assert Queue(path).tidy() == ()
    with Queue(path).working() as torn:
        assert torn == ()


_KILLED = """
import os, sys
from pathlib import Path
from restora.jobs.queue import Queue
queue = Queue(Path(sys.argv[1]))
with queue.working():
    if sys.argv[2] == "running":
        queue.take()
    os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("moment", ["running", "between"])
@pytest.mark.parametrize("by", ["tidy", "working"])
def test_a_worker_killed_at_any_moment_leaves_the_queue_paused(path: Path, moment: str, by: str) -> None:
    queue = Queue(path)
    orders = [order("a"), order("b")]
    queue.add(orders)
    assert subprocess.run([sys.executable, "-c", _KILLED, path, moment], check=False).returncode == -9
    if by == "tidy":
        torn = queue.tidy()
    else:
        with queue.working() as torn:
            pass
    assert torn == (tuple(orders[:1]) if moment == "running" else ())
    assert [entry.state for entry in queue.entries()] == [JobState.QUEUED] * 2
    assert queue.pause_reason() == "restora was interrupted"
    assert queue.take() is None
    taken = queue.take(only={orders[1].id})
    assert taken == orders[1]


def test_a_killed_worker_with_nothing_left_to_do_pauses_nothing(path: Path) -> None:
    queue = Queue(path)
    assert subprocess.run([sys.executable, "-c", _KILLED, path, "between"], check=False).returncode == -9
    assert queue.tidy() == ()
    assert queue.pause_reason() is None


def test_a_half_done_order_comes_first(path: Path) -> None:
    queue = Queue(path)
    orders = [order(name) for name in "abc"]
    queue.add(orders)
    queue.take(only={orders[1].id})
    assert queue.tidy() == (orders[1],)
    assert [entry.order for entry in queue.entries()] == [orders[1], orders[0], orders[2]]


def test_clearing_while_somebody_works_forgets_nothing_that_runs(path: Path) -> None:
    queue, other = Queue(path), Queue(path)
    queue.add([order("a"), order("b")])
    with queue.working():
        taken = queue.take()
        assert taken is not None
        queue.finish(taken.id, JobState.DONE)
        running = queue.take()
        assert running is not None
        assert other.clear() == 1
        queue.finish(running.id, JobState.FAILED, "broken")
    assert [(entry.state, entry.message) for entry in other.entries()] == [(JobState.FAILED, "broken")]


def test_a_file_that_was_replaced_is_read_anew_although_it_looks_the_same(path: Path) -> None:
    queue, other = Queue(path), Queue(path)
    queue.add([order("a")])
    queue.entries()
    text = path.read_bytes()
    inode = path.stat().st_ino
    for _ in range(3):  # the second replacement may get the first one's number again
        other.clear()
    other.add([order("b").with_new_id()])
    padded = path.read_bytes()
    assert len(padded) >= len(text)
    assert [entry.order.output for entry in queue.entries()] == [
        entry.order.output for entry in other.entries()
    ]
    assert inode > 0


def test_an_empty_file_is_an_empty_queue(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    assert Queue(path).entries() == ()


def test_a_deleted_file_is_an_empty_queue(path: Path) -> None:
    queue = Queue(path)
    queue.add([order()])
    path.unlink()
    assert queue.entries() == ()
    queue.add([order()])
    assert len(Queue(path).entries()) == 1


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "[]",
        '{"do": "dance"}',
        '{"do": "start", "schema": 2}',
        '{"do": "add", "order": {}}',
        '{"do": "state", "id": "nobody", "state": "done", "message": ""}',
        '{"do": "state", "id": 5}',
        '{"do": "pause", "reason": 5}',
        '{"do": "work"}',
        "[" * 50_000,
    ],
)
def test_a_damaged_line_is_said_so_and_nothing_is_thrown_away(path: Path, line: str) -> None:
    path.parent.mkdir()
    path.write_text(line + "\n")
    for _ in range(2):
        with pytest.raises(FileProblemError, match="the list of waiting jobs is damaged") as caught:
            Queue(path).entries()
        assert caught.value.advice is not None
        assert len(str(caught.value)) < 400
    assert path.read_text() == line + "\n"


def test_a_full_disk_is_said_so_and_the_queue_is_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = Queue(path)
    queue.add([order("a")])
    before = path.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(FileProblemError, match="No space left on device"):
            queue.add([order("b")])
    assert path.read_bytes() == before
    assert [entry.order.output for entry in queue.entries()] == ["/out/a.png"]
    queue.add([order("b")])
    assert len(Queue(path).entries()) == 2


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    queue = Queue(tmp_path / "state" / "queue.jsonl")
    with pytest.raises(FileProblemError, match="cannot be used"):
        queue.entries()
    with pytest.raises(FileProblemError, match="cannot be used"), queue.working():
        pass
