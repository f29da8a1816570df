"""The conformance kit: each check passes what is right and names what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from restora.data.kinds import Kind
from restora.errors import BadInputError, FileProblemError, PluginError
from restora.plugins.host import PluginHost
from restora.plugins.scaffold import new_plugin
from restora.testing.fakes import FAKES
from restora.testing.kit import CHECKS, KitOptions, check_plugin, require_pass
from restora.testing.plugin_folder import PluginFolder
from restora.testing.verdicts import CheckResult, CheckState, KitReport

# A sound plugin; each test spoils one thing about it.
SOUND = """
import logging
import os
import random
import time
from pathlib import Path

import numpy as np

from restora.api import (
    Cancelled, ChoiceParam, FloatParam, FrameNeed, Kind, MemoryRule, MethodInfo, Output, ParameterError,
    RectParam,
    RestoraError, SizeRule, TextParam, TileRule, WeightFile, WeightsFormatError, hookimpl,
)


class Double:
    def load(self, weights, device, context): pass

    def run(self, request, context):
        image = request.source.image
        with context.stage("double") as stage:
            for step in range(4):
                context.checkpoint()
                stage.advance(step + 1, 4)
            result = image * np.float32(request.params["gain"])
        return Output(image=result)

    def unload(self): pass


INFO = MethodInfo(
    id="sound.double",
    title="Double",
    summary="Makes it brighter.",
    factory=f"{__name__}:Double",
    accepts=frozenset({Kind.IMAGE}),
    channels=frozenset({1, 3}),
    params=(
        FloatParam(id="gain", label="Gain", help="Factor.", default=2, minimum=0.5, maximum=4),
        ChoiceParam(id="mode", label="Mode", help="How.", default="a", choices={"a": "A", "b": "B"}),
        RectParam(id="area", label="Area", help="Where."),
        TextParam(id="note", label="Note", help="Why."),
    ),
    precisions=("fp32",),
    memory=(MemoryRule(fixed_mib=1, mib_per_mpix=13, precision="fp32"),),
    tile=TileRule(minimum=32, overlap=8),
    stochastic=False,
    paper="None.",
    licence="MIT",
)

@hookimpl
def restora_methods():
    return [INFO]
"""

LOOP = "                context.checkpoint()\n"
RESULT = '            result = image * np.float32(request.params["gain"])\n'
BODY = """        with context.stage("double") as stage:
            for step in range(4):
                context.checkpoint()
                stage.advance(step + 1, 4)
"""
QUIET = "        if True:\n"
GREEDY = "type('Greedy', (TextParam,), {'parse': lambda self, value: str(value)})"
FORGETFUL = "type('Forgetful', (TextParam,), {'to_json': lambda self, value: value[:5]})"


class Kit:
    def __init__(self, folder: PluginFolder) -> None:
        self.folder = folder

    def check(self, *checks: str, replace: tuple[str, str] = ("", ""), **options: object) -> KitReport:
        text = SOUND
        if replace[0]:
            assert replace[0] in SOUND
            text = SOUND.replace(*replace)
        path = self.folder.add("sound", text)
        return check_plugin(path, KitOptions(only=checks or None, **options))

    def result(self, check: str, replace: tuple[str, str] = ("", ""), **options: object) -> CheckResult:
        [result] = self.check(check, replace=replace, **options).results
        return result


@pytest.fixture
def kit(restora_plugin_folder: PluginFolder) -> Kit:
    return Kit(restora_plugin_folder)


def test_a_sound_plugin_passes_everything(kit: Kit) -> None:
    report = kit.check()
    require_pass(report)
    assert [result.check for result in report.results] == list(CHECKS)
    assert report.text().endswith("local:sound: 11 passed, 2 not applicable\n")


CHANGED_INFO = "    stochastic=False,\n"

SPOILT = {
    "heavy import": ("K1", ("import logging", "import logging, torch"), "imports ['torch']"),
    "slow import": ("K1", ("import logging", "import logging, time; time.sleep(0.3)"), "ms, allowed are 200"),
    "reads a file": ("K1", ("import logging", "open('/etc/hostname').close()"), "opens ["),
    "starts a thread": (
        "K1",
        (
            "import logging",
            "import threading, time; threading.Thread(target=time.sleep, args=(1,), daemon=True).start()",
        ),
        "starts threads",
    ),
    "import fails": ("K1", ("import logging", "1 / 0"), "the import fails: ZeroDivisionError"),
    "does not load": ("K2", ("import logging", "1 / 0"), "the plugin is failed: it raised ZeroDivisionError"),
    "no paper": ("K2", ('paper="None."', 'paper=""'), "sound.double: paper is empty"),
    "no help": ("K2", ('help="Factor."', 'help=""'), "parameter gain has no help"),
    "greedy text": ("K3", ("TextParam(id=", GREEDY + "(id="), "note accepts"),
    "forgetful": (
        "K3",
        ("TextParam(id=", FORGETFUL + "(id="),
        "note: 'xxxxxxxxxx",
    ),
    "no unload": ("K4", ("    def unload(self): pass\n", ""), "has no unload"),
    "wrong scale": (
        "K6",
        (CHANGED_INFO, CHANGED_INFO + "    scale=2,\n"),
        "1x1: sound.double: the method returned",
    ),
    "no grey": ("K6", (RESULT, RESULT + "            image[0, 0, 2]\n"), "IndexError"),
    "own dice": ("K7", (RESULT, RESULT + "            result += random.random()\n"), "two different results"),
    "hidden seed": (
        "K7",
        (RESULT, RESULT + "            result += request.seed\n"),
        "but stochastic is false",
    ),
    "no seed": ("K7", (CHANGED_INFO, ""), "but stochastic is true"),
    "sees the tile": (
        "K7",
        (RESULT, RESULT + "            result += image.mean() * image.shape[0] / 50\n"),
        "in tiles",
    ),
    "swallows the cancel": (
        "K8",
        (LOOP, "                try: context.checkpoint()\n                except Cancelled: pass\n"),
        "it finished all the same",
    ),
    "goes on": (
        "K8",
        (
            LOOP,
            "                try: context.checkpoint()\n                except Cancelled:\n"
            "                    for _ in range(9):\n                        try: context.checkpoint()\n"
            "                        except Cancelled as error: last = error\n"
            "                    raise last\n",
        ),
        "it went on for 10 checkpoints",
    ),
    "never looks up": ("K8", (BODY, QUIET), "it never calls context.checkpoint()"),
    "cannot pause": ("K9", (BODY, QUIET), "reports no progress"),
    "remembers the cancel": (
        "K8",
        (
            RESULT,
            RESULT
            + "            self.runs = getattr(self, 'runs', 0) + 1\n            result += self.runs // 3\n",
        ),
        "another result than a fresh one",
    ),
    "falls back": ("K9", ("stage.advance(step + 1, 4)", "stage.advance(4 - step, 4)"), "progress falls from"),
    "half a job": (
        "K9",
        ('context.stage("double")', 'context.stage("double", 0.5)'),
        "progress ends at 0.500",
    ),
    "counts pauses": (
        "K9",
        (RESULT, RESULT + "            result += time.monotonic() % 1\n"),
        "differs after a pause",
    ),
    "NaN from black": (
        "K10",
        (RESULT, RESULT + "            result /= image.max()\n"),
        "black: sound.double",
    ),
    "asserts on NaN": (
        "K10",
        (RESULT, RESULT + "            assert np.isfinite(image).all()\n"),
        "AssertionError",
    ),
    "little memory": ("K11", ("mib_per_mpix=13", "mib_per_mpix=1"), "too little is declared"),
    "much memory": ("K11", ("mib_per_mpix=13", "mib_per_mpix=90"), "too much is declared"),
    "writes": (
        "K12",
        (RESULT, RESULT + "            (Path(__file__).parent / 'x').write_text('')\n"),
        "writes ",
    ),
    "global dice": (
        "K12",
        (RESULT, RESULT + "            np.random.rand()\n"),
        "changes numpy's global random state",
    ),
    "environment": (
        "K12",
        (RESULT, RESULT + "            os.environ['X'] = str(id(result))\n"),
        "changes the environment",
    ),
    "makes folders": (
        "K12",
        (RESULT, RESULT + "            (Path(__file__).parent / 'd').mkdir(exist_ok=True)\n"),
        "os.mkdir: ",
    ),
    "calls home": (
        "K12",
        (
            RESULT,
            RESULT + "            import socket\n            with socket.socket() as s:\n"
            "                s.settimeout(0.1)\n"
            "                try: s.connect(('127.0.0.1', 9))\n                except OSError: pass\n",
        ),
        "socket.connect: ('127.0.0.1', 9)",
    ),
    "broken forward model": (
        "K13",
        (CHANGED_INFO, CHANGED_INFO + '    forward_model=f"{__name__}:np.linalg.inv",\n'),
        "np.linalg.inv failed with LinAlgError",
    ),
    "wrong forward model": (
        "K13",
        (CHANGED_INFO, CHANGED_INFO + '    forward_model=f"{__name__}:np.linalg.matrix_transpose",\n'),
        "it predicts (40, 3), the measurement has (40, 48)",
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_broken_promise_is_found_by_its_check(name: str, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "as it was")
    check, replace, sentence = SPOILT[name]
    result = kit.result(check, replace)
    assert result.state is CheckState.FAILED, result
    assert sentence in result.sentence


CAPTURES = (
    SOUND.replace("Kind.IMAGE", "Kind.SPAD")
    .replace(
        "        image = request.source.image\n",
        "        cube, window = request.source.cube, request.source.window\n"
        "        image = np.float32(cube.total(window)) / window.length\n",
    )
    .replace(CHANGED_INFO, CHANGED_INFO + "    frames=FrameNeed(minimum=5, bits=frozenset({9})),\n")
    .replace("mib_per_mpix=13", "mib_per_mpix=30")
)


def test_a_method_that_takes_captures_is_tried_on_captures(kit: Kit) -> None:
    path = kit.folder.add("sound", CAPTURES)
    report = check_plugin(path, KitOptions(only=["K6", "K7", "K8", "K9", "K10", "K11", "K12"]))
    assert report.passed, report.text()


def test_one_method_can_be_checked_alone_and_an_unknown_one_is_named(kit: Kit) -> None:
    path = kit.folder.add("sound", SOUND)
    [info] = check_plugin(path, KitOptions(only=["K3"])).results
    alone = check_plugin(path, KitOptions(only=["K3"], methods=[info.subject]))
    assert [result.subject for result in alone.results] == [info.subject]
    with pytest.raises(BadInputError, match=rf"sound.other: no method of .* \(it has {info.subject}\)"):
        check_plugin(path, KitOptions(only=["K3"], methods=["sound.other"]))


def test_a_small_capture_may_be_refused_in_a_sentence_and_a_picture_may_not(kit: Kit) -> None:
    refusal = RESULT + "            if image.shape[1] < 16: raise ParameterError('width', 'is too small')\n"
    assert "1x1: refused: width is too small" in kit.result("K6", (RESULT, refusal)).sentence
    path = kit.folder.add("sound", CAPTURES.replace(RESULT, refusal))
    [result] = check_plugin(path, KitOptions(only=["K6"])).results
    assert "1x1 refused" in result.sentence
    assert result.state is CheckState.PASSED


WEIGHTS = """    weights=(
        WeightFile(
            id="net", filename="net.safetensors", size=10, sha256="0" * 64, licence="MIT",
            urls=("https://example.org/net",), page="https://example.org", container="safetensors",
        ),
        WeightFile(
            id="more", filename="more.bin", size=10, sha256=None, licence="MIT",
            urls=(), page="https://example.org", container="safetensors", optional=True,
        ),
    ),
"""
LOAD = "    def load(self, weights, device, context): pass\n"


@pytest.mark.parametrize(
    ("load", "sentence"),
    [
        ("        pass", "truncated weights were loaded without a word"),
        ("        raise ValueError", "truncated weights: ValueError instead of a RestoraError"),
        ("        raise RestoraError('bad')", "the error names no file: bad"),
        ("        raise WeightsFormatError(weights['net'], 'is damaged')", ""),
    ],
)
def test_damaged_weights_must_be_refused_by_name(load: str, sentence: str, kit: Kit) -> None:
    text = SOUND.replace(CHANGED_INFO, CHANGED_INFO + WEIGHTS)
    text = text.replace(LOAD, "    def load(self, weights, device, context):\n" + load + "\n")
    path = kit.folder.add("sound", text)
    [result] = check_plugin(path, KitOptions(only=["K4"])).results
    assert (result.state is CheckState.FAILED) == bool(sentence)
    assert sentence in result.sentence


def test_a_method_is_only_run_where_its_weights_are(kit: Kit, tmp_path: Path) -> None:
    path = kit.folder.add("sound", SOUND.replace(CHANGED_INFO, CHANGED_INFO + WEIGHTS))
    [result] = check_plugin(path, KitOptions(only=["K6"])).results
    assert (result.state, result.sentence) == (CheckState.NOT_APPLICABLE, "it needs weights: net.safetensors")
    (tmp_path / "net.safetensors").write_bytes(b"")
    assert check_plugin(path, KitOptions(only=["K6"], weights_folder=tmp_path)).count(CheckState.PASSED) == 1
    own = tmp_path / "folders" / "net"
    own.mkdir(parents=True)
    (own / "net.safetensors").write_bytes(b"")
    assert (
        check_plugin(path, KitOptions(only=["K6"], weights_folder=own.parent)).count(CheckState.PASSED) == 1
    )
    missing = check_plugin(path, KitOptions(only=["K2"])).results[0]
    assert missing.sentence == "sound.double: weights more.bin have no sha256"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("    devices=frozenset({'cuda'}),\n", "it does not run on the CPU"),
        ("    memory=(),\n", "no memory rule for fp32 is declared"),
    ],
)
def test_what_cannot_be_tried_here_is_not_applicable(change: str, sentence: str, kit: Kit) -> None:
    rule = '    memory=(MemoryRule(fixed_mib=1, mib_per_mpix=13, precision="fp32"),),\n'
    path = kit.folder.add("sound", SOUND.replace(rule, change if "memory" in change else rule + change))
    [result] = check_plugin(path, KitOptions(only=["K11"])).results
    assert (result.state, result.sentence) == (CheckState.NOT_APPLICABLE, sentence)


def test_a_method_of_fixed_size_is_only_tried_at_sizes_it_takes(kit: Kit) -> None:
    change = (CHANGED_INFO, CHANGED_INFO + "    size=SizeRule(minimum=32, maximum=32),\n")
    report = kit.check("K6", "K7", "K11", replace=change)
    assert report.passed, report.text()
    assert "6 sizes" in report.results[0].sentence


ADAPTER = """
class Adapter:
    def plan(self, case):
        from restora.testing.vectors import Plan
        return Plan(run=lambda arrays: {"y": 2 * arrays["x"]}, inputs={"x"})

"""


def test_the_layout_is_proven_by_vectors(kit: Kit, tmp_path: Path) -> None:
    import numpy as np

    text = SOUND.replace(CHANGED_INFO, CHANGED_INFO + '    vectors=f"{__name__}:Adapter",\n')
    path = kit.folder.add("sound", text.replace("class Double", ADAPTER + "class Double"))
    assert "no folder" in check_plugin(path, KitOptions(only=["K5"])).results[0].sentence
    np.savez(tmp_path / "case.npz", x=np.ones(3), y=np.full(3, 2.0))
    options = KitOptions(only=["K5"], vectors_folder=tmp_path)
    assert check_plugin(path, options).results[0].sentence == "1 cases agree"
    np.savez(tmp_path / "case.npz", x=np.ones(3), y=np.full(3, 2.1))
    assert check_plugin(path, options).results[0].sentence == "vectors fail: case"


def test_a_waiver_with_a_reason_turns_a_failure_into_a_line(kit: Kit) -> None:
    report = kit.check("K2", replace=('paper="None."', 'paper=""'), waivers={"K2": "no paper was written"})
    assert report.passed
    assert report.results[0].state is CheckState.WAIVED
    assert report.results[0].sentence == "no paper was written (sound.double: paper is empty)"


def test_a_waiver_may_be_for_one_method_only(kit: Kit) -> None:
    spoilt = ("mib_per_mpix=13", "mib_per_mpix=90")
    assert kit.check("K11", replace=spoilt, waivers={"K11:sound.double": "measured elsewhere"}).passed
    assert not kit.check("K11", replace=spoilt, waivers={"K11:sound.other": "measured elsewhere"}).passed


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"waivers": {"K99": "x"}}, "K99: no such check"),
        ({"only": ["K0"]}, "K0: no such check"),
        ({"waivers": {"K1": " "}}, "only waived with a reason"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadInputError, match=sentence):
        KitOptions(**options)


def test_a_plugin_is_checked_by_its_name() -> None:
    host = PluginHost(builtins=FAKES, entry_points=False).discover()
    report = check_plugin("fake", KitOptions(only=["K1", "K2"]), host=host)
    assert report.passed, report.text()
    with pytest.raises(PluginError, match="no such plugin"):
        check_plugin("nobody", host=host)


def test_a_name_that_no_plugin_has_may_be_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    new_plugin("lonely", Path())
    host = PluginHost(builtins={}, entry_points=False).discover()
    assert check_plugin("lonely", KitOptions(only=["K2"]), host=host).passed


def test_the_fakes_fail_where_they_should() -> None:
    host = PluginHost(builtins=FAKES, entry_points=False).discover()
    report = check_plugin("fake", KitOptions(only=["K6"]), host=host)
    failed = {result.subject.partition(".")[2] for result in report.failures()}
    assert failed == {"failing", "nan", "wrong-size", "exits", "constant", "polite"}


SCENE_CHECKS = ("K6", "K7", "K8", "K9", "K10", "K11", "K12")


def test_methods_for_scenes_are_tried_on_scenes() -> None:
    host = PluginHost(builtins=FAKES, entry_points=False).discover()
    scenes = {info.id for info in host.methods() if Kind.SPLAT in info.accepts}
    report = check_plugin("fake", KitOptions(only=SCENE_CHECKS), host=host)
    results = [result for result in report.results if result.subject in scenes]
    assert {result.subject for result in results} == scenes
    assert {result.state for result in results} == {CheckState.PASSED}, report.text()
    sizes = next(result.sentence for result in results if result.subject == "fake.frames")
    assert sizes.startswith("7 scenes: degree 0, degree 1")
    assert "no cameras refused" in sizes


@pytest.mark.parametrize(
    ("broken", "check", "sentence"),
    [
        ("means=scene.means * np.float32('nan')", "K6", "NaN or infinite"),
        ("means=np.random.default_rng().normal(size=scene.means.shape).astype('f')", "K7", "two different"),
    ],
)
def test_a_broken_promise_about_scenes_is_found(
    broken: str, check: str, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "scenic.py"
    path.write_text(SCENIC.replace("CHANGE", broken))
    (failure,) = check_plugin(path, KitOptions(only=[check])).failures()
    assert sentence in failure.sentence


SCENIC = '''
"""A method for scenes."""
from dataclasses import replace
import numpy as np
from restora.api import Kind, MethodInfo, Output, hookimpl


class Scenic:
    def load(self, weights, device, context):
        pass

    def run(self, request, context):
        with context.stage("work"):
            scene = request.source.scene
            return Output(scene=replace(scene, CHANGE))

    def unload(self):
        pass


@hookimpl
def restora_methods():
    return [MethodInfo(
        id="scenic.a", title="A", summary="S.", factory=f"{__name__}:Scenic", api=">=1.1,<2",
        accepts=frozenset({Kind.SPLAT}), produces=Kind.SPLAT, precisions=("fp32",), stochastic=False,
        paper="None.", licence="CC0-1.0",
    )]
'''


def test_a_path_that_leads_to_no_plugin_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileProblemError, match="no such file or folder"):
        check_plugin(tmp_path / "nowhere")
    with pytest.raises(FileProblemError, match="a plugin's project has one"):
        check_plugin(tmp_path)
    for content in ("[project]\nname = 'x'\n", "no toml", '[project.entry-points."restora.plugins"]\n'):
        (tmp_path / "pyproject.toml").write_text(content)
        with pytest.raises(FileProblemError, match="must declare one entry point"):
            check_plugin(str(tmp_path))


def test_the_fixture_makes_a_test_of_one_line(restora_kit: Callable[..., KitReport], kit: Kit) -> None:
    path = kit.folder.add("sound", SOUND)
    assert restora_kit(path, only=["K2", "K3"]).passed
    kit.folder.add("sound", SOUND.replace('paper="None."', 'paper=""'))
    with pytest.raises(PluginError, match="local:sound: does not conform"):
        restora_kit(path, only=["K2"])
    assert restora_kit(path, only=["K2"], waivers={"K2": "there is no paper"}).passed


def test_an_empty_host_finds_nothing(restora_empty_host: PluginHost) -> None:
    assert restora_empty_host.records() == ()
    assert restora_empty_host.methods() == ()
