from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QObject, QThread, Slot
from pytestqt.qtbot import QtBot

from restora_desktop.viewer.background import Background, Latest, Token


class Listener(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.values: list[object] = []
        self.errors: list[object] = []
        self.threads: list[QThread] = []

    @Slot(object)
    def take(self, value: object) -> None:
        self.values.append(value)
        self.threads.append(QThread.currentThread())

    @Slot(object)
    def fail(self, error: object) -> None:
        self.errors.append(error)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def latest(background: Background, listener: Listener) -> Latest:
    stream = Latest(background)
    stream.ready.connect(listener.take)
    stream.failed.connect(listener.fail)
    return stream


def test_results_arrive_on_the_gui_thread(qtbot: QtBot, latest: Latest, listener: Listener) -> None:
    worker: list[int] = []

    def work(_token: Token) -> str:
        worker.append(threading.get_ident())
        return "done"

    latest.request(work)
    qtbot.waitUntil(lambda: listener.values == ["done"])
    assert worker != [threading.get_ident()]
    assert listener.threads == [QThread.currentThread()]


def test_of_waiting_requests_only_the_newest_is_worked_on(
    qtbot: QtBot, latest: Latest, listener: Listener
) -> None:
    may_go = threading.Event()
    latest.request(lambda _token: may_go.wait(5) and 0)
    for number in range(1, 50):
        latest.request(lambda _token, number=number: number)
    may_go.set()
    qtbot.waitUntil(lambda: not latest.is_busy)
    assert listener.values == [0, 49]


def test_what_was_withdrawn_never_arrives(qtbot: QtBot, latest: Latest, listener: Listener) -> None:
    may_go = threading.Event()
    latest.request(lambda _token: may_go.wait(5))
    latest.withdraw()
    may_go.set()
    latest.request(lambda _token: "new")
    qtbot.waitUntil(lambda: listener.values == ["new"])
    assert not latest.is_busy


def test_an_exception_is_reported_and_the_next_request_works(
    qtbot: QtBot, latest: Latest, listener: Listener
) -> None:
    latest.request(lambda _token: 1 // 0)
    qtbot.waitUntil(lambda: len(listener.errors) == 1)
    assert isinstance(listener.errors[0], ZeroDivisionError)
    latest.request(lambda _token: "fine")
    qtbot.waitUntil(lambda: listener.values == ["fine"])


def test_slow_work_does_not_hold_up_what_the_hand_does(
    qtbot: QtBot, background: Background, latest: Latest, listener: Listener
) -> None:
    may_go = threading.Event()
    slow = Latest(background, is_slow=True)
    slow.request(lambda _token: may_go.wait(10))
    latest.request(lambda _token: "quick")
    qtbot.waitUntil(lambda: listener.values == ["quick"])
    assert slow.is_busy
    may_go.set()
    qtbot.waitUntil(lambda: not slow.is_busy)


def test_closing_ends_work_at_its_next_check(qtbot: QtBot, background: Background) -> None:
    started = threading.Event()

    def endless(token: Token) -> None:
        started.set()
        while True:
            token.check()

    Latest(background, background).request(endless)
    assert started.wait(5)
    background.close()
    background.close()
    assert not [each for each in threading.enumerate() if each.name.startswith("restora-display")]


def test_a_client_that_is_gone_is_forgotten(qtbot: QtBot, background: Background) -> None:
    may_go = threading.Event()
    stream = Latest(background)
    stream.request(lambda _token: may_go.wait(5))
    del stream
    may_go.set()
    qtbot.waitUntil(lambda: background.is_idle)
