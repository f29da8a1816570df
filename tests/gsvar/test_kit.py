from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from restora.api import MethodInfo
from restora_gsvar import declarations, weights
from restora_gsvar.configuration import Configuration

_NO_PHOTOGRAPHS = "it learns from photographs, which the kit's scenes lack"


def quick(info: MethodInfo, **defaults: object) -> MethodInfo:
    """The same method with other defaults, because the kit runs it many times."""
    params = [
        replace(param, default=defaults[param.id]) if param.id in defaults else param for param in info.params
    ]
    return replace(info, params=tuple(params))


@pytest.mark.slow
def test_every_method_keeps_the_promises_of_the_kit(
    restora_kit: Callable[..., object],
    files: Mapping[str, Path],
    tiny: Configuration,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("restora_gsvar.method.published", lambda: tiny)
    monkeypatch.setattr("restora_gsvar.manifest.FIX_PATH", quick(declarations.FIX_PATH, every=2))
    folder = tmp_path / "weights"
    folder.mkdir()
    for file in (*weights.FIX, *weights.ENHANCE):
        if file.id in files:
            shutil.copyfile(files[file.id], folder / file.filename)
    waivers = {
        "K2": "the authors publish no hashes of their files",
        "K11": "the rules hold for networks of the published size, these are tiny",
    }
    waivers |= {f"K{number}:gsvar.fix_scene": _NO_PHOTOGRAPHS for number in (6, 7, 8, 9, 10, 12)}
    restora_kit("gsvar", weights_folder=folder, waivers=waivers)
