from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restora.data.geometry import FrameWindow, Rect
from restora.data.recipe import SCHEMA, InputRecord, OutputRecord, Recipe, WeightRecord
from restora.errors import RecipeError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
WHOLE = st.integers(0, 2**40)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | WHOLE | FINITE | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
INPUTS = st.builds(
    InputRecord,
    kind=TEXT,
    name=TEXT,
    sha256=TEXT,
    hashed=TEXT,
    window=st.none() | st.builds(FrameWindow, WHOLE, WHOLE),
    reading=st.dictionaries(TEXT, TEXT, max_size=3),
)
RECIPES = st.builds(
    Recipe,
    method=TEXT,
    plugin_version=TEXT,
    api=TEXT,
    item=INPUTS,
    params=st.dictionaries(TEXT, VALUES, max_size=4),
    seed=st.integers(0, 2**63 - 1),
    device=TEXT,
    precision=TEXT,
    tile=st.none() | WHOLE,
    tile_automatic=st.booleans(),
    region=st.none() | st.builds(Rect, WHOLE, WHOLE, WHOLE, WHOLE),
    references=st.lists(INPUTS, max_size=2).map(tuple),
    weights=st.lists(st.builds(WeightRecord, file=TEXT, sha256=TEXT), max_size=2).map(tuple),
    output=st.none()
    | st.builds(OutputRecord, sha256=TEXT, shape=st.tuples(WHOLE, WHOLE, WHOLE), transfer=TEXT),
    versions=st.dictionaries(TEXT, TEXT, max_size=2),
    created=TEXT,
    duration_seconds=st.none() | FINITE,
    peak_memory_mib=st.none() | FINITE,
)

PLAIN = Recipe(
    method="classic.unsharp",
    plugin_version="1",
    api="1.0",
    item=InputRecord(kind="image", name="a.png", sha256="aa", hashed="file"),
    params={"amount": 0.5},
    seed=3,
    device="cpu",
    precision="fp32",
    tile=512,
    weights=(WeightRecord(file="net", sha256="bb"),),
    output=OutputRecord(sha256="cc", shape=(2, 3, 3), transfer="srgb"),
)


@settings(deadline=None, max_examples=50)
@given(RECIPES)
def test_a_recipe_survives_its_text(recipe: Recipe) -> None:
    text = recipe.to_text()
    again = Recipe.from_text(text)
    assert again == recipe
    assert again.to_text() == text
    assert again.request_key() == recipe.request_key()


def test_the_text_is_for_people_too() -> None:
    text = replace(PLAIN, item=replace(PLAIN.item, name="Blüte.png")).to_text()
    assert "Blüte.png" in text
    assert text.startswith('{\n  "restora": "recipe",\n  "schema": 1,')
    assert text.endswith("}\n")


# -- what counts as the same request -----------------------------------------------------------------

SAME: dict[str, Callable[[Recipe], Recipe]] = {
    "another device": lambda recipe: replace(recipe, device="cuda:0 card"),
    "another automatic tile": lambda recipe: replace(recipe, tile=None),
    "later": lambda recipe: replace(recipe, created="2030-01-01"),
    "other libraries": lambda recipe: replace(recipe, versions={"numpy": "9"}),
    "slower": lambda recipe: replace(recipe, duration_seconds=9.0, peak_memory_mib=1.0),
    "not run yet": lambda recipe: replace(recipe, output=None),
}
OTHER: dict[str, Callable[[Recipe], Recipe]] = {
    "method": lambda recipe: replace(recipe, method="classic.identity"),
    "version": lambda recipe: replace(recipe, plugin_version="2"),
    "input": lambda recipe: replace(recipe, item=replace(recipe.item, sha256="ab")),
    "window": lambda recipe: replace(recipe, item=replace(recipe.item, window=FrameWindow(0, 5))),
    "reading": lambda recipe: replace(recipe, item=replace(recipe.item, reading={"transfer": "linear"})),
    "parameter": lambda recipe: replace(recipe, params={"amount": 0.6}),
    "seed": lambda recipe: replace(recipe, seed=4),
    "weights": lambda recipe: replace(recipe, weights=(WeightRecord(file="net", sha256="bc"),)),
    "region": lambda recipe: replace(recipe, region=Rect(0, 0, 5, 5)),
    "references": lambda recipe: replace(recipe, references=(recipe.item,)),
    "precision": lambda recipe: replace(recipe, precision="bf16"),
    "a tile set by hand": lambda recipe: replace(recipe, tile_automatic=False),
}


@pytest.mark.parametrize("name", SAME)
def test_this_makes_no_other_request(name: str) -> None:
    assert SAME[name](PLAIN).request_key() == PLAIN.request_key()


@pytest.mark.parametrize("name", OTHER)
def test_this_makes_another_request(name: str) -> None:
    assert OTHER[name](PLAIN).request_key() != PLAIN.request_key()


def test_tiles_set_by_hand_count() -> None:
    by_hand = replace(PLAIN, tile_automatic=False)
    assert replace(by_hand, tile=256).request_key() != by_hand.request_key()


# -- documents from elsewhere ------------------------------------------------------------------------


def changed(**changes: object) -> str:
    return json.dumps({**PLAIN.to_json(), **changes})


def without(*keys: str) -> str:
    return json.dumps({key: value for key, value in PLAIN.to_json().items() if key not in keys})


ITEM: Any = PLAIN.to_json()["item"]

HOSTILE = {
    "empty": ("", "not a JSON document"),
    "cut off": (PLAIN.to_text()[:100], "not a JSON document"),
    "a list": ("[]", "the document must be an object, got []"),
    "a number": ("5", "the document must be an object, got 5"),
    "another document": ("{}", "not a restora recipe"),
    "no schema": (without("schema"), "recipe schema None is unknown"),
    "a newer schema": (changed(schema=SCHEMA + 1), "recipe schema 2 is unknown"),
    "schema as text": (changed(schema="1"), "recipe schema '1' is unknown"),
    "no method": (without("method"), "method must be an object, got None"),
    "method as text": (changed(method="classic.identity"), "method must be an object"),
    "method without id": (changed(method={"version": "1", "api": "1"}), "method.id must be text, got None"),
    "no item": (without("item"), "item must be an object, got None"),
    "item without hash": (changed(item={**ITEM, "sha256": 5}), "item.sha256 must be text, got 5"),
    "odd window": (changed(item={**ITEM, "window": [1, 2]}), "item.window must be an object"),
    "half a window": (changed(item={**ITEM, "window": {"start": 1}}), "window.length must be a whole number"),
    "seed as text": (changed(seed="7"), "seed must be a whole number, got '7'"),
    "seed true": (changed(seed=True), "seed must be a whole number, got True"),
    "seed with a fraction": (changed(seed=1.5), "seed must be a whole number, got 1.5"),
    "params as a list": (changed(params=[]), "params must be an object, got []"),
    "tile as text": (changed(tile="512"), "tile must be a whole number"),
    "odd region": (changed(region=[1, 2, 3]), "region must be x, y, width, height"),
    "region of texts": (changed(region=["a"] * 4), "region must be a whole number, got 'a'"),
    "odd references": (changed(references={}), "references must be a list"),
    "odd weights": (changed(weights=[5]), "weights must be an object, got 5"),
    "odd output": (
        changed(output={"sha256": "x", "shape": "x", "transfer": "x"}),
        "output.shape must be a list",
    ),
    "odd shape": (
        changed(output={"sha256": "x", "shape": [1.5], "transfer": "x"}),
        "output.shape must be a whole",
    ),
    "endless duration": (changed(duration_seconds=10**400), "duration_seconds must be a number, got 1000"),
    "text duration": (changed(duration_seconds="long"), "duration_seconds must be a number, got 'long'"),
    "infinity": (changed(duration_seconds=float("inf")), "Infinity is no number of JSON"),
    "NaN": (changed(params={"amount": float("nan")}), "NaN is no number of JSON"),
    "too many digits": (changed(seed=0).replace('"seed": 0', '"seed": ' + "9" * 5000), "not a JSON document"),
    "nested": ("[" * 100_000, "not a JSON document"),
    "nested params": (
        changed(params=0).replace('"params": 0', '"params": ' + "[" * 50_000 + "]" * 50_000),
        "not a JSON document",
    ),
    "huge": ('"' + "x" * (5 * 2**20) + '"', "characters are too long for a recipe"),
    "a large wrong value": (changed(method="x" * 100_000), "method must be an object"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_document_that_is_no_recipe_is_refused_in_one_short_sentence(name: str) -> None:
    text, sentence = HOSTILE[name]
    with pytest.raises(RecipeError) as caught:
        Recipe.from_text(text, name="a.recipe.json")
    message = str(caught.value)
    assert message.startswith("a.recipe.json: ")
    assert sentence in message
    assert "\n" not in message
    assert len(message) < 300


def test_a_newer_schema_says_what_may_be_the_reason() -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.from_text(changed(schema=9))
    assert caught.value.advice == "A newer restora may have written it."


def test_what_may_be_left_out_by_hand_may_be_left_out() -> None:
    optional = ("references", "region", "weights", "tile", "tile_automatic", "versions", "created")
    optional += ("duration_seconds", "peak_memory_mib", "output")
    recipe = Recipe.from_text(without(*optional))
    assert recipe.output is None
    assert recipe.tile_automatic
    assert recipe.references == ()


@settings(deadline=None, max_examples=50)
@given(VALUES)
def test_any_json_is_read_or_refused(value: object) -> None:
    for text in (json.dumps(value), changed(item=value), changed(params=value), changed(output=value)):
        try:
            Recipe.from_text(text)
        except RecipeError as error:
            assert "\n" not in str(error)  # noqa: PT017 - both ways of ending are right here
