from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from restora.cli.main import run
from restora.data.image import Image
from restora.io.writing import write_image


@dataclass(frozen=True)
class Answer:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]

    def of(self, event: str) -> list[dict[str, object]]:
        return [line for line in self.events if line["event"] == event]


Command = Callable[..., Answer]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working folder, with restora's own files elsewhere."""
    monkeypatch.setenv("RESTORA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("RESTORA_PLUGINS", raising=False)
    place = tmp_path / "work"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def restora(folder: Path, capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs the command in this process."""

    def call(*arguments: object) -> Answer:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return Answer(code, out, err)

    return call


@pytest.fixture
def picture(folder: Path) -> Path:
    """A small picture with some structure."""
    rng = np.random.default_rng(7)
    path = folder / "in.png"
    write_image(path, Image(pixels=rng.random((24, 32, 3)).astype(np.float32)))
    return path
