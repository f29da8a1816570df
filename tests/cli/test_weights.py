"""`restora weights`: listing, importing, verifying and removing what a method needs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

Command = Callable[..., Any]

_PLUGIN = """
from restora.api import Kind, MethodInfo, Output, WeightFile, hookimpl

INFO = MethodInfo(
    id="weighty.scale", title="Weighty", summary="Multiplies by a number from its weights.",
    accepts=frozenset({{Kind.IMAGE}}), factory=f"{{__name__}}:Scale", channels=frozenset({{1, 3}}),
    devices=frozenset({{"cpu"}}), precisions=("fp32",), stochastic=False,
    weights=(WeightFile(id="gain", filename="gain.safetensors", size={size}, sha256="{sha256}",
        licence="CC0-1.0", urls=("https://example.invalid/gain.safetensors",),
        page="https://example.invalid/", container="safetensors"),),
)

@hookimpl
def restora_methods():
    return [INFO]

class Scale:
    def load(self, weights, device, context):
        from safetensors.numpy import load_file
        self.gain = load_file(weights["gain"])["gain"]
    def run(self, request, context):
        return Output(image=request.source.image * self.gain)
    def unload(self):
        pass
"""


@pytest.fixture
def gain(folder: Path, tmp_path: Path) -> Path:
    """A file of weights, and a plugin that asks for exactly it."""
    path = folder / "my-gain.safetensors"
    save_file({"gain": np.array([0.5], np.float32)}, path)
    content = path.read_bytes()
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    text = _PLUGIN.format(size=len(content), sha256=hashlib.sha256(content).hexdigest())
    (plugins / "weighty.py").write_text(text)
    return path


@pytest.fixture
def weighty(restora: Command, gain: Path, tmp_path: Path) -> Command:
    """The command with that plugin."""
    return lambda *arguments: restora("--plugin-dir", tmp_path / "plugins", *arguments)


def _state(weighty: Command) -> object:
    rows = weighty("weights", "list", "weighty.scale", "--json").of("weights")
    return [(row["name"], row["state"]) for row in rows]


def test_missing_weights_are_named_with_what_to_do(weighty: Command, picture: Path) -> None:
    assert _state(weighty) == [("weighty/gain", "missing")]
    answer = weighty("run", "weighty.scale", picture)
    assert answer.code == 1
    assert "weights are missing: gain.safetensors" in answer.err
    assert "restora weights get weighty.scale" in answer.err


def test_a_file_at_hand_is_imported_used_verified_and_removed(
    weighty: Command, gain: Path, picture: Path
) -> None:
    assert weighty("weights", "import", gain).code == 0
    assert _state(weighty) == [("weighty/gain", "verified")]
    assert weighty("run", "weighty.scale", picture, "-o", "out.png").code == 0
    assert "gain.safetensors" in Path("out.png.recipe.json").read_text()
    assert weighty("weights", "verify").out == "weighty/gain: as published\n"
    assert weighty("weights", "remove", "weighty.scale").code == 0
    assert _state(weighty) == [("weighty/gain", "missing")]
    assert gain.exists()


def test_one_changed_byte_is_found_before_anything_is_computed(
    weighty: Command, gain: Path, picture: Path
) -> None:
    weighty("weights", "import", gain, "--copy")
    assert weighty("run", "weighty.scale", picture, "-o", "out.png").code == 0
    stored = next((Path.cwd().parent / "home" / "data" / "weights").rglob("gain.safetensors"))
    content = bytearray(stored.read_bytes())
    content[-1] ^= 1
    stored.write_bytes(bytes(content))
    assert weighty("weights", "verify").code == 1
    assert weighty("run", "weighty.scale", picture, "-o", "again.png").code == 1
    answer = weighty("verify", "out.png")
    assert answer.code == 1
    assert "different" in answer.out
    assert not Path("again.png").exists()


def test_another_file_is_refused_with_what_was_found(weighty: Command, picture: Path) -> None:
    answer = weighty("weights", "import", picture, "--for", "weighty/gain")
    assert answer.code in {1, 2}
    assert "Traceback" not in answer.err
    assert _state(weighty) == [("weighty/gain", "missing")]


def test_offline_weights_cannot_be_got_and_it_is_said(weighty: Command, tmp_path: Path) -> None:
    settings = tmp_path / "home" / "config" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"schema": 1, "offline": true}')
    answer = weighty("weights", "get", "weighty.scale")
    assert answer.code == 1
    assert "offline" in answer.err
