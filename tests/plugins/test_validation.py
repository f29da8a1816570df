"""Declarations that contradict themselves: every problem is found, each in its own sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from restora.api import (
    BoolParam,
    ChoiceParam,
    ColourFilter,
    FloatParam,
    FrameNeed,
    IntParam,
    Kind,
    MemoryRule,
    MethodInfo,
    MetricInfo,
    PointParam,
    ReaderInfo,
    RectParam,
    ReferenceParam,
    References,
    SampleInfo,
    SeedParam,
    SizeRule,
    TextParam,
    TileRule,
    WeightFile,
    WriterInfo,
)
from restora.plugins.validation import problems_of

AMOUNT = FloatParam(id="amount", label="Amount", default=1, minimum=0, maximum=5)
FILTER = ChoiceParam(id="filter", label="Filter", default="a", choices={"a": "A", "b": "B"})
TIMES = IntParam(id="times", label="Times", default=2, minimum=1, maximum=4)

WEIGHT = WeightFile(
    id="net",
    filename="net.safetensors",
    size=10,
    sha256="0" * 64,
    licence="MIT",
    urls=("https://example.org/net.safetensors", "hf://owner/name/folder/net.safetensors@main"),
    page="https://example.org/net",
    container="safetensors",
    manifest="demo.net:manifest.json",
)

SOUND = MethodInfo(
    id="demo.sharpen",
    title="Sharpen",
    summary="Makes edges steeper.",
    factory="demo.method:Sharpen",
    accepts=frozenset({Kind.IMAGE, Kind.SPAD}),
    params=(
        AMOUNT,
        FILTER,
        TIMES,
        BoolParam(id="fast", label="Fast", default=True, visible_if=("filter", "b")),
        TextParam(id="prompt", label="Prompt"),
        SeedParam(id="second_seed", label="Second seed"),
        RectParam(id="area", label="Area"),
        PointParam(id="spot", label="Spot"),
        ReferenceParam(id="other", label="Other"),
    ),
    presets={"Strong": {"amount": 4, "filter": "b"}},
    weights=(WEIGHT,),
    requires=("scipy>=1.11",),
    references=References(minimum=1, maximum=3),
    frames=FrameNeed(minimum=2, maximum=9, bits=frozenset({1, 3}), filters=frozenset({ColourFilter.MONO})),
    memory=(MemoryRule(fixed_mib=10, mib_per_mpix=40.5, precision="fp32"),),
    seconds_per_mpix={"cpu": 1.5},
    size=SizeRule(minimum=8, multiple_of=8, maximum=4096),
    tile=TileRule(preferred=256, minimum=128, overlap=64, margin=32),
    forward_model="demo.method:blur",
    vectors="demo.vectors:Adapter",
)


def test_a_sound_declaration_has_no_problems() -> None:
    assert problems_of(SOUND, "demo") == ()


METHOD_PROBLEMS = [
    ({"id": "Demo.Sharpen"}, "the id must be lower case and look like demo.name, got 'Demo.Sharpen'"),
    ({"id": 5}, "the id must be lower case and look like demo.name, got 5"),
    ({"id": "other.sharpen"}, "the id must start with the plugin's name 'demo' and a dot"),
    ({"title": " "}, "title must be a text, got ' '"),
    ({"factory": "demo.method"}, "factory must look like package.module:Class, got 'demo.method'"),
    ({"forward_model": "x"}, "forward_model must look like package.module:name, got 'x'"),
    ({"vectors": ":x"}, "vectors must look like package.module:name, got ':x'"),
    ({"api": "1 to 2"}, "api must be a range of versions such as >=1,<2, got '1 to 2'"),
    ({"api": None}, "api must be a range of versions such as >=1,<2, got None"),
    ({"requires": "scipy"}, "requires must be a tuple of distributions, got 'scipy'"),
    ({"requires": ("sci py",)}, "requires must name distributions such as scipy>=1.11, got 'sci py'"),
    ({"requires": (3,)}, "requires must name distributions such as scipy>=1.11, got 3"),
    ({"produces": "image"}, "produces must be a Kind, got 'image'"),
    ({"domain": "rgb"}, "domain must be one of srgb, linear, counts; got 'rgb'"),
    ({"grain": "step"}, "grain must be a Grain, got 'step'"),
    ({"stochastic": 1}, "stochastic must be true or false, got 1"),
    ({"channels": frozenset({2})}, "channels must be a frozenset out of 1, 3 and 4, got frozenset({2})"),
    ({"channels": {3}}, "channels must be a frozenset out of 1, 3 and 4, got {3}"),
    (
        {"channels": frozenset({True})},
        "channels must be a frozenset out of 1, 3 and 4, got frozenset({True})",
    ),
    ({"scale": 0}, "scale must be a number above 0, or None with a scale_param, got 0"),
    ({"tuning": "filter"}, "tuning must name a number among the parameters, got 'filter'"),
    ({"tuning_is_live": True}, "tuning_is_live is only read where tuning names a parameter"),
    ({"tuning_is_live": "yes", "tuning": "amount"}, "tuning_is_live must be true or false, got 'yes'"),
    ({"scale": 2, "scale_param": "times"}, "scale_param is only read where scale is None"),
    ({"scale": None}, "scale is None, so scale_param must name a numeric parameter, got None"),
    (
        {"scale": None, "scale_param": "filter"},
        "scale is None, so scale_param must name a numeric parameter, got 'filter'",
    ),
    (
        {"scale": None, "scale_param": "amount"},
        "parameter amount: decides the scale, so its minimum must be above 0",
    ),
    ({"params": (AMOUNT, AMOUNT), "presets": {}}, "parameter amount is declared twice"),
    ({"presets": {"X": {"nothing": 1}}}, "preset X: 'nothing' is no parameter of the method"),
    ({"presets": {"X": {"amount": 9}}}, "preset X: amount must be 0 to 5, got 9"),
    ({"presets": {"X": 3}}, "preset 'X' must be a name with a mapping of parameters to values"),
    ({"presets": 3}, "presets must map names to values, got 3"),
    ({"weights": [WEIGHT]}, "weights must be a tuple of WeightFile, got "),
    (
        {"references": References(minimum=2, maximum=1)},
        "references: needs 0 <= minimum <= maximum, got 2 and 1",
    ),
    ({"references": 2}, "references must be a References, got 2"),
    ({"frames": 2}, "frames must be a FrameNeed or None, got 2"),
    ({"frames": FrameNeed(minimum=0)}, "frames: minimum must be 1 or more, got 0"),
    (
        {"frames": FrameNeed(minimum=3, maximum=2)},
        "frames: maximum must be None or at least minimum 3, got 2",
    ),
    (
        {"frames": FrameNeed(bits=frozenset({0}))},
        "frames: bits must be a frozenset of whole numbers or None, got",
    ),
    (
        {"frames": FrameNeed(filters=frozenset({"rggb"}))},
        "frames: filters must be a frozenset of ColourFilter or",
    ),
    (
        {"devices": frozenset({"tpu"})},
        "devices must be a frozenset out of cpu and cuda, got frozenset({'tpu'})",
    ),
    (
        {"precisions": ("fp8",), "memory": ()},
        "precisions must be a tuple out of fp32, tf32, bf16 and fp16, got ('fp8',)",
    ),
    ({"precisions": ("bf16",), "memory": ()}, "precisions must contain fp32 for the cpu, got bf16"),
    (
        {"seconds_per_mpix": {"tpu": 1}},
        "seconds_per_mpix must map the method's devices to seconds, got 'tpu': 1",
    ),
    ({"seconds_per_mpix": 2}, "seconds_per_mpix must map devices to seconds, got 2"),
    ({"memory": 3}, "memory must be a tuple of MemoryRule, got 3"),
    (
        {"memory": (MemoryRule(fixed_mib=1, mib_per_mpix=1, precision="tf32"),)},
        "memory: 'tf32' is none of the method's precisions",
    ),
    (
        {"memory": (MemoryRule(fixed_mib=-1, mib_per_mpix=1, precision="fp32"),)},
        "memory: -1 and 1 must be numbers of 0 or more",
    ),
    (
        {"memory": (MemoryRule(fixed_mib=1, mib_per_mpix=1, precision="fp32", mib_per_million_gaussians=9),)},
        "memory: mib_per_million_gaussians is declared, but the method does not accept splat items",
    ),
    (
        {"memory": (replace(SOUND.memory[0], mib_per_output_mpix=-1),)},
        "memory: mib_per_output_mpix must be 0 or more, got -1",
    ),
    (
        {"memory": (replace(SOUND.memory[0], mib_per_million_gaussians="x"),)},
        "memory: mib_per_million_gaussians must be 0 or more, or None, got 'x'",
    ),
    ({"produces_frames": 1}, "produces_frames must be true or false, got 1"),
    ({"produces_frames": True}, "tiling must be none or internal where a scene or frames are made, got host"),
    ({"produces": Kind.SPLAT}, "tiling must be none or internal where a scene or frames are made, got host"),
    ({"memory": SOUND.memory * 2}, "memory: fp32 is declared twice"),
    ({"tiling": "host"}, "tiling must be a Tiling, got 'host'"),
    ({"size": 8}, "size must be a SizeRule, got 8"),
    ({"size": SizeRule(minimum=0)}, "size: minimum must be a whole number of 1 or more, got 0"),
    ({"size": SizeRule(multiple_of=1.5)}, "size: multiple_of must be a whole number of 1 or more, got 1.5"),
    ({"size": SizeRule(minimum=9, maximum=8)}, "size: maximum 8 lies below minimum 9"),
    ({"size": SizeRule(maximum=0)}, "size: maximum must be a whole number of 1 or more, or None, got 0"),
    ({"tile": 8}, "tile must be a TileRule, got 8"),
    ({"tile": TileRule(overlap=-1)}, "tile: overlap must be 0 or more, got -1"),
    ({"tile": TileRule(preferred=32)}, "tile: preferred 32 lies below minimum 64"),
    ({"tile": TileRule(overlap=32, margin=17)}, "tile: margin 17 is more than half of overlap 32"),
    ({"tile": TileRule(overlap=64)}, "tile: overlap 64 must be smaller than minimum 64"),
]


@pytest.mark.parametrize(("change", "sentence"), METHOD_PROBLEMS)
def test_a_problem_of_a_method_is_told(change: dict[str, object], sentence: str) -> None:
    problems = problems_of(replace(SOUND, **change), "demo")
    assert len(problems) == 1
    assert problems[0].startswith(sentence)


@pytest.mark.parametrize(
    ("change", "sentences"),
    [
        ({"accepts": {Kind.IMAGE}}, ["accepts must be a frozenset of Kind with at least one, got {"]),
        (
            {"accepts": frozenset({Kind.IMAGE}), "domain": "counts"},
            [
                "domain counts needs accepts to contain spad",
                "frames are declared, but the method does not accept spad items",
            ],
        ),
        (
            {"params": [AMOUNT]},
            [
                "params must be a tuple of parameters such as FloatParam, got ",
                "preset Strong: 'amount'",
                "preset Strong",
            ],
        ),
        (
            {"params": (replace(AMOUNT, maximum="5"), FILTER)},
            ["parameter amount: maximum must be a number", "preset Strong: amount cannot read 4"],
        ),
        ({"title": "", "summary": "", "scale": -1}, ["title must", "summary must", "scale must"]),
    ],
)
def test_all_problems_are_told_at_once(change: dict[str, object], sentences: list[str]) -> None:
    problems = problems_of(replace(SOUND, **change), "demo")
    assert len(problems) == len(sentences)
    for problem, sentence in zip(problems, sentences, strict=True):
        assert problem.startswith(sentence)


PARAM_PROBLEMS = [
    (replace(AMOUNT, id="Amount"), "the id must be a-z, 0-9 and _ and start with a letter, got 'Amount'"),
    (replace(AMOUNT, label=""), "the label is empty"),
    (replace(AMOUNT, default=6), "the default does not fit (amount must be 0 to 5, got 6)"),
    (replace(AMOUNT, minimum=6), "minimum 6 lies above maximum 5"),
    (replace(AMOUNT, minimum=float("nan")), "minimum must be a number, got nan"),
    (replace(AMOUNT, maximum="5"), "maximum must be a number, got '5'"),
    (replace(AMOUNT, step=0), "step must be above 0, got 0"),
    (replace(AMOUNT, scale="log"), "a logarithmic scale needs a minimum above 0, got 0"),
    (replace(AMOUNT, scale="cubic"), "scale must be linear or log, got 'cubic'"),
    (
        TextParam(id="map", label="Map", table=(7, 7, 1.0, 1.0)),
        "table must be rows, columns, least and greatest number, got (7, 7, 1.0, 1.0)",
    ),
    (
        TextParam(id="map", label="Map", table=(0, 7, 0.0, 1.0)),
        "table must be rows, columns, least and greatest number, got (0, 7, 0.0, 1.0)",
    ),
    (replace(AMOUNT, marks=(7,)), "a mark does not fit (amount must be 0 to 5, got 7)"),
    (replace(TIMES, minimum=1.5), "minimum must be a number, got 1.5"),
    (replace(TIMES, default=True), "the default does not fit (times needs a whole number, got True)"),
    (replace(FILTER, choices={}), "choices must map at least one value to its label"),
    (replace(FILTER, choices=("a", "b")), "choices must map at least one value to its label"),
    (replace(FILTER, choices={"a": 1}), "choices must map text to text"),
    (replace(FILTER, default="c"), "the default does not fit (filter must be one of a, b; got 'c')"),
    (TextParam(id="t", label="T", max_length=0), "max_length must be 1 or more, got 0"),
    (
        replace(AMOUNT, visible_if="filter"),
        "visible_if must be a pair of a parameter's id and a value, got 'filter'",
    ),
    (replace(AMOUNT, visible_if=("amount", 1)), "visible_if names 'amount', which is no other parameter"),
    (replace(AMOUNT, visible_if=("nobody", 1)), "visible_if names 'nobody', which is no other parameter"),
    (
        replace(AMOUNT, visible_if=("fast", "yes")),
        "visible_if can never hold (fast must be true or false, got 'yes')",
    ),
    (
        RectParam(id="r", label="R", default=5),
        "the default does not fit (r needs x, y, width, height, got 5)",
    ),
]


@pytest.mark.parametrize(("param", "sentence"), PARAM_PROBLEMS)
def test_a_problem_of_a_parameter_is_told(param: FloatParam, sentence: str) -> None:
    others = (BoolParam(id="fast", label="Fast", default=True),)
    problems = problems_of(replace(SOUND, params=(param, *others), presets={}), "demo")
    assert len(problems) == 1
    assert problems[0].startswith(f"parameter {param.id}: {sentence}")


WEIGHT_PROBLEMS = [
    ({"id": "Net A"}, "the id must be lower case without blanks"),
    ({"filename": "../net.pth"}, "filename must be a name without folders, got '../net.pth'"),
    ({"size": -1}, "size must be the number of bytes, or 0 where it is unknown, got -1"),
    ({"sha256": "ABC"}, "sha256 must be 64 hexadecimal digits in lower case, or None, got 'ABC'"),
    ({"licence": ""}, "licence is empty"),
    ({"urls": "https://example.org"}, "urls must be a tuple of addresses, got 'https://example.org'"),
    (
        {"urls": ("http://example.org/x",)},
        "urls must be https or hf://owner/name/path, got 'http://example.org/x'",
    ),
    ({"urls": ("hf://owner/name",)}, "urls must be https or hf://owner/name/path, got 'hf://owner/name'"),
    ({"page": "example.org"}, "page must be an https address, got 'example.org'"),
    ({"container": "zip"}, "container must be one of safetensors, torch-weights, onnx, text; got 'zip'"),
    ({"manifest": "manifest.json"}, "manifest must look like package:file.json, got 'manifest.json'"),
    ({"manifest": 4}, "manifest must look like package:file.json, got 4"),
]


@pytest.mark.parametrize(("change", "sentence"), WEIGHT_PROBLEMS)
def test_a_problem_of_a_weights_file_is_told(change: dict[str, object], sentence: str) -> None:
    weight = replace(WEIGHT, **change)
    assert problems_of(replace(SOUND, weights=(weight,)), "demo") == (f"weights {weight.id}: {sentence}",)


def test_two_weights_of_one_id_are_told() -> None:
    problems = problems_of(replace(SOUND, weights=(WEIGHT, WEIGHT)), "demo")
    assert set(problems) == {"weights net: the id is declared more than once"}


READER = ReaderInfo(id="a", title="A", patterns=("*.a",), magic=((0, b"A"),), kind=Kind.IMAGE, factory="a:B")
WRITER = WriterInfo(id="a", title="A", suffixes=(".a",), kind=Kind.IMAGE, factory="a:b")
METRIC = MetricInfo(id="a", title="A", factory="a:b", needs_reference=True, higher_is_better=False)
SAMPLE = SampleInfo(id="a", title="A", path=Path("a"), kind=Kind.IMAGE, licence="CC0-1.0", truth=Path("b"))


@pytest.mark.parametrize(
    ("info", "sentence"),
    [
        (replace(READER, id="A"), "the id must be lower case without blanks, got 'A'"),
        (replace(READER, title=""), "title must be a text, got ''"),
        (replace(READER, factory="a"), "factory must look like package.module:name, got 'a'"),
        (replace(READER, patterns=()), "patterns must be a tuple of name patterns, got ()"),
        (
            replace(READER, magic=((-1, b"A"),)),
            "magic must be a tuple of (offset, bytes) pairs, got ((-1, b'A'),)",
        ),
        (replace(READER, magic=("ABC",)), "magic must be a tuple of (offset, bytes) pairs, got ('ABC',)"),
        (replace(READER, kind="image"), "kind must be a Kind, got 'image'"),
        (replace(WRITER, suffixes=("a",)), "suffixes must be a tuple of endings such as .png, got ('a',)"),
        (replace(WRITER, kind="image"), "kind must be a Kind, got 'image'"),
        (replace(METRIC, needs_reference=None), "needs_reference must be true or false, got None"),
        (replace(SAMPLE, id=""), "the id must be lower case without blanks, got ''"),
        (replace(SAMPLE, licence=""), "licence must be a text, got ''"),
        (replace(SAMPLE, path="a"), "path and truth must be paths"),
        (replace(SAMPLE, kind=None), "kind must be a Kind, got None"),
    ],
)
def test_a_problem_of_another_declaration_is_told(info: ReaderInfo, sentence: str) -> None:
    assert problems_of(info, "demo") == (sentence,)


def test_sound_other_declarations_have_no_problems() -> None:
    assert [problems_of(info, "demo") for info in (READER, WRITER, METRIC, SAMPLE)] == [()] * 4
