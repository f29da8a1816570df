from __future__ import annotations

import json
from pathlib import Path

import pytest

from restora.errors import WeightsFormatError
from restora.weights.manifest import check_manifest, compare_manifest, load_manifest, parse_manifest
from restora.weights.specs import TensorSpec

TABLE = {"a.w": {"shape": [2, 3], "dtype": "float32"}, "n": {"shape": [], "dtype": "int64", "value": 3}}
SPECS = {"a.w": TensorSpec(shape=(2, 3), dtype="float32"), "n": TensorSpec(shape=(), dtype="int64")}


@pytest.mark.parametrize(
    ("raw", "part"),
    [
        (TABLE, ""),
        ({"total_parameters": 6, "tensors": TABLE}, ""),
        ({"container": "text", "parameters": {"vae": 6}, "vae": TABLE}, "vae"),
        ({"language_model": {"parameters": 6, "tensors": TABLE}, "other": {}}, "language_model"),
        (
            {"total_parameters": 6, "files": {"unet/model.safetensors": {"tensors": TABLE}}},
            "unet/model.safetensors",
        ),
        ({**TABLE, "layers": {"shape": [2], "dtype": "str", "value": ["a", "b"]}}, ""),
    ],
)
def test_every_form_of_manifest_is_read(raw: object, part: str) -> None:
    assert parse_manifest(json.dumps(raw), "here", part=part) == SPECS


@pytest.mark.parametrize(
    ("text", "part", "problem"),
    [
        ("{", "", "not a manifest"),
        ("[]", "", "must be an object"),
        ('{"a": 5}', "", "a must be an object"),
        ('{"a": {"dtype": "float32"}}', "", "shape of a must be a list"),
        ('{"a": {"shape": ["2"], "dtype": "float32"}}', "", "shape of a must be a whole number"),
        ('{"a": {"shape": [2]}}', "", "dtype of a must be text"),
        ('{"one": {}, "files": {"two": {}}}', "three", "no part 'three', only one, files, two"),
        ("[" * 100_000, "", "not a manifest"),
    ],
)
def test_what_is_no_manifest_is_refused(text: str, part: str, problem: str) -> None:
    with pytest.raises(WeightsFormatError, match=f"here: .*{problem}"):
        parse_manifest(text, "here", part=part)


def test_a_manifest_lies_in_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "some_plugin"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "net.json").write_text(json.dumps({"first": TABLE}), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert load_manifest("some_plugin:net.json#first") == SPECS
    for address in ("some_plugin:gone.json", "no_such_plugin:net.json", ":", ""):
        with pytest.raises(WeightsFormatError, match="cannot be read"):
            load_manifest(address)


def test_a_fitting_file_passes_whatever_the_width_of_its_numbers(tmp_path: Path) -> None:
    half = {"a.w": TensorSpec(shape=(2, 3), dtype="float16"), "n": TensorSpec(shape=(), dtype="int32")}
    check_manifest(half, SPECS, path=tmp_path)
    assert not compare_manifest(half, SPECS)


def test_a_prefix_is_taken_off_and_other_parts_of_the_file_are_left_alone(tmp_path: Path) -> None:
    nested = {f"trainer/{name}": spec for name, spec in SPECS.items()}
    check_manifest(
        {**nested, "optimizer/x": TensorSpec(shape=(), dtype="float32")},
        SPECS,
        path=tmp_path,
        prefix="trainer/",
    )
    with pytest.raises(WeightsFormatError, match=r"under ema/ than its method needs: 2 missing: a\.w, n"):
        check_manifest(nested, SPECS, path=tmp_path, prefix="ema/")


def test_ignored_names_may_be_there_or_not(tmp_path: Path) -> None:
    extra = TensorSpec(shape=(), dtype="int64")
    expected = {**SPECS, "b.num_batches_tracked": extra}
    found = {**SPECS, "c.num_batches_tracked": extra}
    check_manifest(found, expected, path=tmp_path, ignore=["*.num_batches_tracked"])
    assert compare_manifest(found, expected).missing == ("b.num_batches_tracked",)


def test_the_difference_is_readable(tmp_path: Path) -> None:
    scalar = TensorSpec(shape=(), dtype="float32")
    expected = {**{f"m{index}": scalar for index in range(7)}, **SPECS}
    found = {"u": scalar, "a.w": TensorSpec(shape=(2, 4), dtype="float32"), "n": scalar}
    with pytest.raises(WeightsFormatError) as caught:
        check_manifest(found, expected, path=Path("net.pth"))
    assert str(caught.value) == (
        "net.pth: holds other tensors than its method needs: 7 missing: m0, m1, m2, m3, m4 and 2 more;"
        " 1 unexpected: u; 2 of another shape or type: a.w (2x4 float32, expected 2x3 float32),"
        " n (scalar float32, expected scalar int64)"
    )
