"""K1 to K3: the light part, the declaration and its parameters."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

from restora.data.geometry import Rect
from restora.errors import ParameterError
from restora.plugins.parameters import (
    BoolParam,
    ChoiceParam,
    FloatParam,
    IntParam,
    Param,
    PointParam,
    RectParam,
    ReferenceParam,
    TextParam,
)
from restora.plugins.records import PluginState
from restora.testing.subject import Subject
from restora.testing.targets import Target
from restora.testing.verdicts import CheckFailedError, NotApplicableError

IMPORT_LIMIT_SECONDS = 0.2
_IMPORT_ATTEMPTS = 3
"""The quickest counts: a busy machine must not fail a light plugin."""


def light_import(target: Target) -> str:
    """K1: importing the light part is quick and has no effects."""
    answers = [_probe(target)]
    while len(answers) < _IMPORT_ATTEMPTS and _is_only_slow(answers[-1]):
        answers.append(_probe(target))
    best = min(answers, key=_seconds)
    problems = [
        f"{what} {best[key]}"
        for key, what in (("heavy", "imports"), ("opened", "opens"), ("connected", "connects to"))
        if best[key]
    ]
    if best["threads"]:
        problems.append("starts threads")
    if _seconds(best) > IMPORT_LIMIT_SECONDS:
        problems.append(
            f"takes {_seconds(best) * 1000:.0f} ms, allowed are {IMPORT_LIMIT_SECONDS * 1000:.0f}"
        )
    if problems:
        raise CheckFailedError(f"the import {'; '.join(problems)}")
    return f"{_seconds(best) * 1000:.0f} ms, nothing heavy"


def _probe(target: Target) -> dict[str, object]:
    command = [
        sys.executable,
        "-m",
        "restora.testing.import_probe",
        target.record.location,
        *target.search_path,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise CheckFailedError(f"the import fails: {last[0]}")
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _is_only_slow(answer: dict[str, object]) -> bool:
    return _seconds(answer) > IMPORT_LIMIT_SECONDS and not answer["heavy"]


def _seconds(answer: dict[str, object]) -> float:
    return float(str(answer["seconds"]))


def declaration(target: Target) -> str:
    """K2: the plugin loads, and its methods say all that users need to know."""
    record = target.record
    if record.state is not PluginState.LOADED:
        raise CheckFailedError(f"the plugin is {record.state}: {record.reason}")
    problems = [problem for info in target.methods for problem in _omissions(info.id, target)]
    if record.warnings:
        problems += record.warnings
    if problems:
        raise CheckFailedError("; ".join(problems))
    return f"{len(target.methods)} methods, all described"


def _omissions(method_id: str, target: Target) -> Iterator[str]:
    info = next(info for info in target.methods if info.id == method_id)
    for name in ("paper", "licence"):
        if not getattr(info, name).strip():
            yield f"{method_id}: {name} is empty"
    yield from (
        f"{method_id}: parameter {param.id} has no help" for param in info.params if not param.help.strip()
    )
    yield from (
        f"{method_id}: weights {weight.filename} have no sha256"
        for weight in info.weights
        if not weight.sha256
    )


def parameters(subject: Subject) -> str:
    """K3: every value survives JSON and the command line, and what is out of bounds is refused."""
    params = subject.info.params
    if not params:
        raise NotApplicableError("it has no parameters")
    problems = [problem for param in params for problem in _round_trips(param)]
    problems += [
        f"{param.id} accepts {value!r}"
        for param in params
        for value in _strangers(param)
        if _takes(param, value)
    ]
    if problems:
        raise CheckFailedError("; ".join(problems))
    return f"{len(params)} parameters"


def _round_trips(param: Param) -> Iterator[str]:
    for value in _values(param):
        parsed = param.parse(value)
        if param.parse(json.loads(json.dumps(param.to_json(parsed)))) != parsed:
            yield f"{param.id}: {value!r:.40} does not survive JSON"
        if param.from_text(_typed(parsed)) != parsed:
            yield f"{param.id}: {value!r:.40} does not survive the command line"


def _values(param: Param) -> list[object]:
    """The default and the borders."""
    match param:
        case IntParam() | FloatParam():
            return [param.default, param.minimum, param.maximum]
        case BoolParam():
            return [True, False]
        case ChoiceParam(choices=choices):
            return list(choices)
        case TextParam(max_length=length):
            return [param.default, "", "x" * length]
        case RectParam():
            return [param.default, None, Rect(1, 2, 3, 4)]
        case PointParam():
            return [param.default, None, (0, 5)]
        case ReferenceParam():
            return [param.default, None, "other.png"]
    return [param.default]


def _typed(value: object) -> str:
    """As a person would type it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Rect():
            return f"{value.x},{value.y},{value.width},{value.height}"
        case tuple():
            return ",".join(str(part) for part in value)
    return str(value)


def _strangers(param: Param) -> list[object]:
    """Values that the parameter must refuse."""
    match param:
        case IntParam() | FloatParam():
            return [param.minimum - 1, param.maximum + 1, "text", None, float("nan")]
        case TextParam(max_length=length):
            return ["x" * (length + 1), 3]
        case ChoiceParam():
            return ["\0 no choice", None]
        case BoolParam():
            return ["perhaps", 2]
    return ["\0", -1.5]


def _takes(param: Param, value: object) -> bool:
    try:
        param.parse(value)
    except ParameterError:
        return False
    return True
