from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from restora.api import MethodInfo
from restora_gsvar import declarations, weights
from restora_gsvar.configuration import Configuration

_QUICK: Mapping[str, Mapping[str, object]] = {
    "FIX": {},
    "ENHANCE": {},
    "FIX_PATH": {"extent": "resize"},
    "FIX_SCENE": {"extent": "resize", "rounds": 1, "views": 2, "steps": 10},
}
"""Other defaults, because the kit runs a method some dozens of times."""


def quick(info: MethodInfo, defaults: Mapping[str, object]) -> MethodInfo:
    """The same method with other defaults."""
    params = [
        replace(param, default=defaults[param.id]) if param.id in defaults else param for param in info.params
    ]
    return replace(info, params=tuple(params))


@pytest.mark.slow
@pytest.mark.parametrize("name", _QUICK)
def test_every_method_keeps_the_promises_of_the_kit(
    name: str,
    restora_kit: Callable[..., object],
    files: Mapping[str, Path],
    tiny: Configuration,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("restora_gsvar.method.published", lambda: tiny)
    info = quick(getattr(declarations, name), _QUICK[name])
    monkeypatch.setattr(f"restora_gsvar.manifest.{name}", info)
    folder = tmp_path / "weights"
    folder.mkdir()
    for file in (*weights.FIX, *weights.ENHANCE):
        if file.id in files:
            shutil.copyfile(files[file.id], folder / file.filename)
    waivers = {"K2": "the authors publish no hashes of their files"}
    if name in {"FIX", "ENHANCE"}:
        waivers["K11"] = "the rules hold for networks of the published size, these are tiny"
    restora_kit("gsvar", methods=[info.id], weights_folder=folder, waivers=waivers)
