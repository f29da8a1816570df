"""Whether gsplat works is asked in another process, remembered, and said in a sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest
import torch

from restora.errors import ParameterError
from restora.folders import Folders
from restora.splats import gsplat_probe
from restora.splats.devices import choose_device
from restora.splats.gsplat_probe import GsplatError, GsplatState, probe
from restora.splats.rendering import RenderOptions

CARD: dict[str, object] = {
    "torch": "2.99.0+cu130",
    "cuda": "13.0",
    "gpu": "Testcard 9000",
    "gsplat": "1.5.3",
    "is_built": True,
    "nvcc": "/usr/bin/nvcc",
    "compiler": "/usr/bin/c++",
}


class Answers:
    """Stands in for the other process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **look: object) -> None:
        self.look = {**CARD, **look}
        self.draw: dict[str, object] | Exception = {"difference": 1e-6}
        self.asked: list[str] = []
        monkeypatch.setattr(gsplat_probe, "_asked", self)
        monkeypatch.setattr(gsplat_probe, "_has_gsplat", lambda: True)  # it comes with an extra only
        monkeypatch.setattr(gsplat_probe, "_torch_build", lambda: "2.99.0+cu130")

    def __call__(self, question: str, seconds: float, log: Path | None) -> dict[str, object]:
        self.asked.append(question)
        answer = self.look if question == "look" else self.draw
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest-qt loads the widgets into every test process."""
    monkeypatch.delitem(sys.modules, "PySide6.QtWidgets", raising=False)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders.below(tmp_path)


# -- the probe ---------------------------------------------------------------------------------------


def test_a_card_where_gsplat_draws_right_is_used_and_not_tried_again(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers(monkeypatch)
    for _ in range(2):
        assert probe(folders) == GsplatState(is_usable=True, reason="gsplat 1.5.3 on Testcard 9000")
    assert answers.asked == ["look", "draw", "look"]


@pytest.mark.parametrize("changed", ["torch", "cuda", "gsplat", "gpu"])
def test_another_version_or_card_is_tried_anew(
    changed: str, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers(monkeypatch)
    probe(folders)
    answers.look[changed] = "another"
    probe(folders)
    assert answers.asked.count("draw") == 2


@pytest.mark.parametrize(
    ("look", "reason", "advice"),
    [
        ({"gpu": None, "cuda": None}, "torch 2.99.0.cu130 sees no CUDA card", "without CUDA"),
        ({"is_built": False}, "is not compiled yet", "doctor --compile-gsplat"),
        ({"is_built": False, "nvcc": None}, "needs nvcc of the CUDA toolkit", "Install nvcc"),
        ({"is_built": False, "compiler": None}, "needs a C.. compiler", "Install a C"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_compiled_unasked(
    look: dict[str, object], reason: str, advice: str, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    import re

    answers = Answers(monkeypatch, **look)
    state = probe(folders)
    assert not state.is_usable
    assert re.search(reason, state.reason)
    assert state.advice is not None
    assert advice in state.advice
    assert answers.asked == ["look"]


def test_compiling_is_done_when_asked_for(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers(monkeypatch, is_built=False)
    assert probe(folders, may_compile=True).is_usable
    assert answers.asked == ["look", "draw"]


def test_a_failure_is_kept_until_compiling_is_asked_for(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers(monkeypatch)
    answers.draw = gsplat_probe._TrialError("no kernel image is available")
    for _ in range(2):
        state = probe(folders)
        assert "no kernel image is available" in state.reason
    assert answers.asked == ["look", "draw", "look"]
    answers.draw = {"difference": 1e-6}
    assert probe(folders, may_compile=True).is_usable


@pytest.mark.parametrize("difference", [0.2, float("nan")])
def test_a_card_that_draws_something_else_is_not_used(
    difference: float, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    Answers(monkeypatch).draw = {"difference": difference}
    assert "otherwise than the processor" in probe(folders).reason


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}', '{"a": {"x": 1}}'])
def test_a_damaged_memory_of_answers_is_none(
    content: str, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    Answers(monkeypatch)
    folders.cache.mkdir(parents=True)
    (folders.cache / "gsplat.json").write_text(content)
    assert probe(folders).is_usable


def test_a_trial_that_ends_badly_is_told_by_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(gsplat_probe._TrialError, match="KeyError: 'dance'"):
        gsplat_probe._asked("dance", 60, tmp_path / "cache" / "gsplat.log")
    assert "Traceback" in (tmp_path / "cache" / "gsplat.log").read_text()


def test_a_trial_that_hangs_is_given_up_and_leaves_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("gsplat", 7, b"nvcc -c kernels.cu", None)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(gsplat_probe._TrialError, match="no answer within 7 s"):
        gsplat_probe._asked("draw", 7, tmp_path / "gsplat.log")
    assert "nvcc -c kernels.cu" in (tmp_path / "gsplat.log").read_text()


@pytest.mark.skipif(torch.cuda.is_available(), reason="asks a machine without a card")
def test_this_machine_answers_why_it_has_no_card(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gsplat")
    monkeypatch.setattr(gsplat_probe, "_torch_build", lambda: "unknown")
    assert "sees no CUDA card" in probe(folders).reason


def test_a_torch_without_cuda_is_known_without_asking(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("gsplat")
    answers = Answers(monkeypatch)
    monkeypatch.setattr(gsplat_probe, "_torch_build", lambda: "2.99.0+cpu")
    assert probe(folders).reason == "torch 2.99.0+cpu was built without CUDA"
    assert answers.asked == []


def test_without_gsplat_the_command_that_installs_it_is_told(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    state = probe(folders)
    assert state.reason == "gsplat is not installed"
    assert 'pip install "restora[cuda]"' in str(state.advice)


# -- the choice --------------------------------------------------------------------------------------


def test_auto_falls_back_to_the_processor_and_says_why(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    Answers(monkeypatch, gpu=None)
    chosen = choose_device("auto", folders=folders)
    assert chosen.device == "cpu"
    assert "sees no CUDA card" in chosen.reason
    with pytest.raises(GsplatError, match="sees no CUDA card"):
        choose_device("cuda", folders=folders)


def test_a_working_card_is_taken(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    Answers(monkeypatch)
    assert choose_device("auto", folders=folders).device == "cuda"
    assert choose_device("cuda:1", folders=folders).device == "cuda:1"


def test_the_window_never_loads_gsplat(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers(monkeypatch)
    monkeypatch.setitem(sys.modules, "PySide6.QtWidgets", ModuleType("PySide6.QtWidgets"))
    assert "the window never loads gsplat" in choose_device("auto", folders=folders).reason
    assert answers.asked == []


def test_another_cap_is_drawn_by_the_processor(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    Answers(monkeypatch)
    assert "caps alpha at 0.999" in choose_device("auto", RenderOptions(alpha_max=0.99), folders).reason


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(ParameterError, match="auto, cpu, cuda or cuda:N, got vulkan"):
        choose_device("vulkan")


def test_neither_rendering_nor_the_choice_loads_torch_or_gsplat() -> None:
    program = (
        "import sys, json; import restora.splats.rendering, restora.splats.devices; "
        "print(json.dumps([m for m in ('torch', 'gsplat', 'numba') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_looking_tells_versions_and_tools_and_compiles_nothing() -> None:
    pytest.importorskip("gsplat")
    from restora.splats.gsplat_trial import look

    found = look()
    assert found["torch"] == torch.__version__
    assert set(found) == set(CARD)
    assert "gsplat.cuda._backend" not in sys.modules
