from __future__ import annotations

import json
from pathlib import Path

import pytest

from restora.errors import BadInputError
from restora.scenes.triplets import (
    Strategy,
    TripletWish,
    planned,
    sparse_reference,
    underfitting_reference,
)

VECTORS = Path(__file__).parent.parent / "vectors" / "gsvar" / "triplets.json"
UNDER = TripletWish(strategy=Strategy.UNDERFITTING, steps=1000, keeps_own_references=True)
SPARSE = TripletWish(strategy=Strategy.SPARSE, steps=30_000)


def test_references_are_the_published_ones() -> None:
    vectors = json.loads(VECTORS.read_text())
    for frame, reference in vectors["underfitting_ref_every_10_of_23"].items():
        assert underfitting_reference(int(frame)) == int(reference)
    for frame, reference in vectors["sparse_train_every_10_of_25_test_3_train"].items():
        assert sparse_reference(int(frame), 10, 3) == int(reference)


def test_underfitting_teaches_and_renders_all_views() -> None:
    teaching, triplets = planned(23, UNDER)
    assert teaching == tuple(range(23))
    assert len(triplets) == 23
    without = planned(23, TripletWish(strategy=Strategy.UNDERFITTING, steps=1000))[1]
    assert len(without) == 20
    assert all(each.view != each.reference for each in without)


def test_sparse_renders_what_did_not_teach() -> None:
    teaching, triplets = planned(28, SPARSE)
    assert teaching == (0, 10, 20)
    assert [each.view for each in triplets] == [view for view in range(28) if view % 10]
    assert {each.reference for each in triplets} == {0, 10, 20}
    # Held-out frame 9 is view 11, and the view before it that taught is 10.
    assert (triplets[9].view, triplets[9].reference) == (11, 10)
    assert UNDER.label == "underfitting_1000"
    assert SPARSE.label == "sparse_10"


def test_too_few_views_and_impossible_wishes_are_refused() -> None:
    with pytest.raises(BadInputError, match="1 photographs are too few for sparse_10"):
        planned(1, SPARSE)
    with pytest.raises(BadInputError, match="2 or more"):
        TripletWish(strategy=Strategy.SPARSE, steps=10, every=1)
