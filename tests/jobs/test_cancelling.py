from __future__ import annotations

import threading
import time

import pytest

from restora.errors import Cancelled
from restora.jobs.cancelling import Token


def test_a_fresh_token_lets_everything_pass() -> None:
    token = Token()
    token.check()
    assert token.wait_while_paused() < 0.1
    assert not token.is_paused
    assert not token.is_cancelled


def test_a_cancelled_token_raises_at_every_check() -> None:
    token = Token()
    token.cancel()
    for _ in range(2):
        with pytest.raises(Cancelled):
            token.check()


def test_cancelled_cannot_be_swallowed_by_a_plugin_that_catches_exceptions() -> None:
    assert not issubclass(Cancelled, Exception)


def test_a_pause_holds_until_it_is_resumed_and_says_how_long() -> None:
    token = Token()
    token.pause()
    assert token.is_paused
    threading.Timer(0.05, token.resume).start()
    assert 0.04 < token.wait_while_paused() < 5


def test_a_cancel_wakes_a_paused_job() -> None:
    token = Token()
    token.pause()
    threading.Timer(0.05, token.cancel).start()
    with pytest.raises(Cancelled):
        token.wait_while_paused()


def test_a_cancelled_job_cannot_be_paused_any_more() -> None:
    token = Token()
    token.cancel()
    token.pause()
    assert not token.is_paused
    with pytest.raises(Cancelled):
        token.wait_while_paused()


def test_pausing_and_cancelling_at_once_never_leaves_a_job_waiting() -> None:
    for _ in range(200):
        token = Token()
        threads = [threading.Thread(target=token.pause), threading.Thread(target=token.cancel)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert token.is_cancelled
        assert not token.is_paused


def test_a_rest_ends_with_its_time_or_with_a_cancel() -> None:
    token = Token()
    token.rest(0.01)
    threading.Timer(0.05, token.cancel).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        token.rest(30)
    assert time.monotonic() - began < 5
