"""What happens while nobody looks: news of long jobs, and a machine that stays awake."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest
from PySide6.QtWidgets import QApplication

from restora_desktop.wakefulness import Wakefulness

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Studio

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have other ways")


@pytest.fixture
def inhibit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for systemd's program, and the file in which it notes how it was called."""
    folder, notes = tmp_path / "bin", tmp_path / "notes"
    folder.mkdir()
    program = folder / "systemd-inhibit"
    program.write_text(f'#!/bin/sh\necho "$@" >> {notes}\nexec cat\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return notes


def children() -> list[str]:
    return [child.name() for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]


def test_the_machine_is_kept_awake_while_jobs_run_and_no_longer(
    studio: Studio, picture: Path, inhibit: Path
) -> None:
    studio.preferences.keeps_awake = True
    studio.open(picture)
    before = len(children())
    plan = studio.window.plan
    plan.choose("fake.slow")
    assert plan.parameters is not None
    plan.parameters.set("steps", 500)
    studio.settle()
    studio.trigger("run.run")
    studio.wait(inhibit.exists)
    assert len(children()) == before + 1
    studio.settle()
    studio.wait(lambda: len(children()) == before)
    assert "--what=idle:sleep" in inhibit.read_text()


def test_nothing_is_started_where_the_user_does_not_want_it(
    studio: Studio, picture: Path, inhibit: Path
) -> None:
    studio.preferences.keeps_awake = False
    studio.open(picture)
    studio.run("fake.slow")
    assert not inhibit.exists()


def test_a_helper_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "systemd-inhibit"
    program.write_text("#!/bin/sh\ntrap '' TERM\nwhile true; do sleep 0.1; done\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    wakefulness = Wakefulness()
    wakefulness.set_on(True)
    time.sleep(0.2)
    start = time.monotonic()
    wakefulness.set_on(False)
    assert time.monotonic() - start < 3


def test_the_end_of_a_long_job_is_announced_while_another_program_is_in_front(
    studio: Studio, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(QApplication, "alert", lambda window: told.append(window))
    monkeypatch.setattr("restora_desktop.jobs_desk._LONG_SECONDS", 0.0)
    monkeypatch.setattr(type(studio.window), "isActiveWindow", lambda _window: True)
    studio.open(picture)
    studio.run("fake.identity")
    assert not told
    monkeypatch.setattr(type(studio.window), "isActiveWindow", lambda _window: False)
    studio.run("fake.identity")
    assert told == [studio.window]
    studio.preferences.notifies = False
    studio.run("fake.identity")
    assert len(told) == 1
