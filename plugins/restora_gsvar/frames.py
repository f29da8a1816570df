"""Frames of a path that outlive an interruption: each is written whole, with what was found out about it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from restora.api import JSON, ImageArray
from restora.data.json_values import expect


@dataclass(frozen=True, slots=True)
class Folder:
    """The frames of one request."""

    path: Path

    def frame(self, index: int) -> Path:
        """Where a finished frame lies."""
        return self.path / f"frame_{index:05d}.npy"

    def is_done(self, index: int) -> bool:
        """Whether it is there, whole."""
        return self.frame(index).is_file()

    def keep(self, index: int, picture: ImageArray, before: ImageArray, facts: dict[str, JSON]) -> None:
        """Write a frame, as it is and as it was before stabilising, and its facts; the frame comes last."""
        _written(self._before(index), before)
        draft = self.path / "facts.new"
        draft.write_text(json.dumps(facts), encoding="utf-8")
        draft.replace(self._facts(index))
        _written(self.frame(index), picture)
        if index > 1:
            self._before(index - 2).unlink(missing_ok=True)

    def picture(self, index: int) -> ImageArray:
        """A finished frame."""
        return np.asarray(np.load(self.frame(index), allow_pickle=False), np.float32)

    def before(self, index: int) -> ImageArray:
        """The frame as it was before stabilising; only the last two are kept."""
        return np.asarray(np.load(self._before(index), allow_pickle=False), np.float32)

    def facts(self, index: int) -> dict[str, JSON]:
        """What was found out about a frame."""
        text = self._facts(index).read_text(encoding="utf-8")
        return expect(json.loads(text), dict, self._facts(index).name)

    def _facts(self, index: int) -> Path:
        return self.path / f"frame_{index:05d}.json"

    def _before(self, index: int) -> Path:
        return self.path / f"before_{index:05d}.npy"


def _written(path: Path, pixels: ImageArray) -> None:
    draft = path.with_suffix(".new")
    with draft.open("wb") as stream:
        np.save(stream, pixels)
    draft.replace(path)
