from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from restora.api import FrameNeed
from restora_gqir import manifest, weights
from restora_gqir.configuration import Configuration


@pytest.mark.slow
def test_both_methods_keep_every_promise_of_the_kit(
    restora_kit: Callable[..., object],
    files: Mapping[str, Path],
    tiny: Configuration,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("restora_gqir.method.published", lambda: tiny)
    # The kit makes captures as short as is declared; the default window of a burst needs 77 binary frames.
    long_enough = replace(manifest.BURST, frames=FrameNeed(minimum=77))
    monkeypatch.setattr("restora_gqir.manifest.BURST", long_enough)
    folder = tmp_path / "weights"
    folder.mkdir()
    for file in (*weights.SINGLE, *weights.BURST):
        if file.manifest is not None:
            part = file.manifest.rpartition("/")[2].removesuffix(".json")
            shutil.copyfile(files[part], folder / file.filename)
    restora_kit(
        "gqir",
        weights_folder=folder,
        waivers={
            "K2": "the authors publish no hashes of their files",
            "K11": "the rules hold for networks of the published size, these are tiny",
        },
    )
