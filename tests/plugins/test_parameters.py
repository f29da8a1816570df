"""Parameters: what is taken from JSON and from the keyboard, and what is refused in which words."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restora.data.geometry import Rect
from restora.errors import ParameterError
from restora.plugins.parameters import (
    MAX_SEED,
    BoolParam,
    ChoiceParam,
    FloatParam,
    IntParam,
    Param,
    PointParam,
    RectParam,
    ReferenceParam,
    SeedParam,
    TextParam,
)

INT = IntParam(id="n", label="N", default=2, minimum=-3, maximum=9)
FLOAT = FloatParam(id="x", label="X", default=1, minimum=-0.5, maximum=4)
BOOL = BoolParam(id="b", label="B", default=False)
CHOICE = ChoiceParam(id="c", label="C", default="a", choices={"a": "A", "b": "B"})
TEXT = TextParam(id="t", label="T", max_length=5)
SEED = SeedParam(id="s", label="S")
RECT = RectParam(id="r", label="R")
POINT = PointParam(id="p", label="P")
REFERENCE = ReferenceParam(id="f", label="F")


@pytest.mark.parametrize(
    ("param", "value", "parsed"),
    [
        (INT, 9, 9),
        (INT, 3.0, 3),
        (FLOAT, 2, 2.0),
        (BOOL, True, True),
        (CHOICE, "b", "b"),
        (TEXT, "five!", "five!"),
        (SEED, MAX_SEED, MAX_SEED),
        (RECT, None, None),
        (RECT, [1, 2, 3, 4], Rect(1, 2, 3, 4)),
        (RECT, Rect(1, 2, 3, 4), Rect(1, 2, 3, 4)),
        (POINT, None, None),
        (POINT, [0, 7], (0, 7)),
        (REFERENCE, None, None),
        (REFERENCE, "a.png", "a.png"),
    ],
)
def test_a_fitting_value_is_taken_and_survives_json(param: Param, value: object, parsed: object) -> None:
    result = param.parse(value)
    assert result == parsed
    assert type(result) is type(parsed)
    assert param.parse(json.loads(json.dumps(param.to_json(result)))) == result


@pytest.mark.parametrize(
    ("param", "text", "parsed"),
    [
        (INT, " 4 ", 4),
        (FLOAT, "1e-1", 0.1),
        (BOOL, "Yes", True),
        (BOOL, "off", False),
        (CHOICE, " b ", "b"),
        (TEXT, " a ", " a "),
        (SEED, "12", 12),
        (RECT, "1, 2,3,4", Rect(1, 2, 3, 4)),
        (RECT, "none", None),
        (POINT, "5,6", (5, 6)),
        (POINT, "", None),
        (REFERENCE, "a.png", "a.png"),
        (REFERENCE, "", None),
    ],
)
def test_what_a_person_types_is_understood(param: Param, text: str, parsed: object) -> None:
    assert param.from_text(text) == parsed


@pytest.mark.parametrize(
    ("param", "value", "sentence"),
    [
        (INT, 10, "n must be -3 to 9, got 10"),
        (INT, 1.5, "n needs a whole number, got 1.5"),
        (INT, True, "n needs a whole number, got True"),
        (INT, "3", "n needs a whole number, got '3'"),
        (FLOAT, 4.01, "x must be -0.5 to 4, got 4.01"),
        (FLOAT, float("nan"), "x needs a number, got nan"),
        (FLOAT, float("inf"), "x needs a number, got inf"),
        (FLOAT, False, "x needs a number, got False"),
        (FLOAT, None, "x needs a number, got None"),
        (BOOL, 1, "b must be true or false, got 1"),
        (CHOICE, "z", "c must be one of a, b; got 'z'"),
        (CHOICE, ["a"], "c must be one of a, b; got ['a']"),
        (TEXT, 3, "t needs text, got 3"),
        (TEXT, "too long", "t takes at most 5 characters, got 8"),
        (SEED, -1, f"s must be a whole number from 0 to {MAX_SEED}, got -1"),
        (SEED, MAX_SEED + 1, f"s must be a whole number from 0 to {MAX_SEED}, got {MAX_SEED + 1}"),
        (SEED, True, f"s must be a whole number from 0 to {MAX_SEED}, got True"),
        (RECT, "1,2,3,4", "r needs x, y, width, height, got '1,2,3,4'"),
        (RECT, [1, 2, 3], "r needs x, y, width, height as whole numbers, got [1, 2, 3]"),
        (RECT, [1, 2, 3, True], "r needs x, y, width, height as whole numbers, got [1, 2, 3, True]"),
        (RECT, 5, "r needs x, y, width, height, got 5"),
        (POINT, [1.5, 2], "p needs x, y as whole numbers, got [1.5, 2]"),
        (POINT, [-1, 2], "p must not be negative, got -1, 2"),
        (REFERENCE, "", "f needs the name of a file, got ''"),
        (REFERENCE, "a\0b", "f needs the name of a file, got 'a\\x00b'"),
        (REFERENCE, 4, "f needs the name of a file, got 4"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_what_was_found(
    param: Param, value: object, sentence: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        param.parse(value)
    assert str(caught.value) == sentence
    assert caught.value.param_id == param.id


@pytest.mark.parametrize("numbers", [[-1, 0, 2, 2], [0, -1, 2, 2], [0, 0, 0, 2], [0, 0, 2, 0]])
def test_a_rectangle_must_start_inside_and_have_a_size(numbers: list[int]) -> None:
    with pytest.raises(ParameterError, match="must start at 0 or more and have a size"):
        RECT.parse(numbers)


@pytest.mark.parametrize(
    ("param", "text", "sentence"),
    [
        (INT, "four", "n needs a whole number, got 'four'"),
        (INT, "99", "n must be -3 to 9, got 99"),
        (FLOAT, "1,5", "x needs a number, got '1,5'"),
        (BOOL, "maybe", "b must be true or false, got 'maybe'"),
        (SEED, "1.5", "s needs a whole number, got '1.5'"),
        (RECT, "1,2,x,4", "r needs x, y, width, height separated by commas, got '1,2,x,4'"),
        (POINT, "1;2", "p needs x, y separated by commas, got '1;2'"),
    ],
)
def test_a_typing_error_is_told(param: Param, text: str, sentence: str) -> None:
    with pytest.raises(ParameterError) as caught:
        param.from_text(text)
    assert str(caught.value) == sentence


@given(st.floats(-0.5, 4))
@settings(deadline=None, max_examples=50, derandomize=True)
def test_every_number_within_the_bounds_survives_json_and_the_keyboard(value: float) -> None:
    assert FLOAT.parse(json.loads(json.dumps(FLOAT.to_json(value)))) == value
    assert FLOAT.from_text(repr(value)) == value


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers())))
@settings(deadline=None, max_examples=50, derandomize=True)
def test_no_value_raises_anything_but_a_parameter_error(value: object) -> None:
    for param in (INT, FLOAT, BOOL, CHOICE, TEXT, SEED, RECT, POINT, REFERENCE):
        with contextlib.suppress(ParameterError):
            param.parse(value)
