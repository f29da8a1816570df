"""What can be wrong with declared parameters and presets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeGuard, get_args

from restora.errors import ParameterError
from restora.plugins.parameters import ChoiceParam, FloatParam, IntParam, Param, TextParam
from restora.plugins.predicates import is_mapping, is_number, is_text, is_tuple_of, is_whole, matches

PARAM_CLASSES: tuple[type, ...] = get_args(Param)
_PLAIN_ID = re.compile(r"[a-z][a-z0-9_]*")


def problems_of_params(params: object) -> Iterator[str]:
    """Everything wrong with a method's tuple of parameters, one sentence each."""
    if not _are_params(params):
        yield f"params must be a tuple of parameters such as FloatParam, got {params!r:.80}"
        return
    seen: set[str] = set()
    for param in params:
        if param.id in seen:
            yield f"parameter {param.id} is declared twice"
        seen.add(param.id)
        yield from (f"parameter {param.id}: {problem}" for problem in _problems_of_param(param, params))


def _are_params(value: object) -> TypeGuard[tuple[Param, ...]]:
    return is_tuple_of(value, PARAM_CLASSES)


def _problems_of_param(param: Param, params: Sequence[Param]) -> Iterator[str]:
    if not matches(_PLAIN_ID, param.id):
        yield f"the id must be a-z, 0-9 and _ and start with a letter, got {param.id!r}"
    if not is_text(param.label):
        yield "the label is empty"
    bounds = list(_problems_of_bounds(param))
    yield from bounds
    if not bounds:  # with crossed bounds no default could parse, and the second sentence would only confuse
        problem = parse_problem(param, param.default)
        if problem:
            yield f"the default does not fit ({problem})"
    yield from _problems_of_visibility(param, params)


def _problems_of_bounds(param: Param) -> Iterator[str]:
    match param:
        case IntParam() | FloatParam():
            yield from _problems_of_range(param)
        case ChoiceParam(choices=choices):
            if not is_mapping(choices) or not choices:
                yield "choices must map at least one value to its label"
            elif not all(is_text(text) for pair in choices.items() for text in pair):
                yield "choices must map text to text"
        case TextParam(max_length=length, table=table):
            if not is_whole(length, 1):
                yield f"max_length must be 1 or more, got {length!r}"
            if table is not None and not _is_table(table):
                yield f"table must be rows, columns, least and greatest number, got {table!r}"
        case _:
            return


def _is_table(table: object) -> bool:
    if not isinstance(table, tuple) or len(table) != 4:
        return False
    rows, columns, least, greatest = table
    are_counts = is_whole(rows, 1) and is_whole(columns, 1)
    return are_counts and is_number(least) and is_number(greatest) and least < greatest


def _problems_of_range(param: IntParam | FloatParam) -> Iterator[str]:
    for name in ("minimum", "maximum", "step"):
        value = getattr(param, name)
        if not is_number(value) or (isinstance(param, IntParam) and not isinstance(value, int)):
            yield f"{name} must be a number, got {value!r}"
            return
    if param.minimum > param.maximum:
        yield f"minimum {param.minimum:g} lies above maximum {param.maximum:g}"
    if param.step <= 0:
        yield f"step must be above 0, got {param.step:g}"
    if isinstance(param, FloatParam):
        yield from _problems_of_float(param)


def _problems_of_float(param: FloatParam) -> Iterator[str]:
    if param.scale not in {"linear", "log"}:
        yield f"scale must be linear or log, got {param.scale!r}"
    if param.scale == "log" and param.minimum <= 0:
        yield f"a logarithmic scale needs a minimum above 0, got {param.minimum:g}"
    for mark in param.marks:
        problem = parse_problem(param, mark)
        if problem:
            yield f"a mark does not fit ({problem})"


def _problems_of_visibility(param: Param, params: Sequence[Param]) -> Iterator[str]:
    condition = param.visible_if
    if condition is None:
        return
    if not is_tuple_of(condition, object) or len(condition) != 2:
        yield f"visible_if must be a pair of a parameter's id and a value, got {condition!r}"
        return
    other_id, value = condition
    other = next((each for each in params if each.id == other_id and each is not param), None)
    if other is None:
        yield f"visible_if names {other_id!r}, which is no other parameter of the method"
        return
    problem = parse_problem(other, value)
    if problem:
        yield f"visible_if can never hold ({problem})"


def problems_of_presets(presets: object, params: object) -> Iterator[str]:
    """Everything wrong with the presets: unknown parameters, and values that do not parse."""
    if not isinstance(presets, Mapping):
        yield f"presets must map names to values, got {presets!r:.80}"
        return
    known = {param.id: param for param in params} if _are_params(params) else {}
    for name, values in presets.items():
        if not isinstance(name, str) or not name.strip() or not isinstance(values, Mapping):
            yield f"preset {name!r} must be a name with a mapping of parameters to values"
            continue
        for param_id, value in values.items():
            if param_id not in known:
                yield f"preset {name}: {param_id!r} is no parameter of the method"
            elif problem := parse_problem(known[param_id], value):
                yield f"preset {name}: {problem}"


def parse_problem(param: Param, value: object) -> str | None:
    """Why `param` does not take `value`; None where it does."""
    try:
        param.parse(value)
    except ParameterError as error:
        return str(error)
    except (TypeError, ValueError, AttributeError) as error:
        return (
            f"{param.id} cannot read {value!r} ({error})"  # a declaration of wrong types, reported beside it
        )
    return None
