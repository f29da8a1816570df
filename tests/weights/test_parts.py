from __future__ import annotations

from pathlib import Path

import pytest
import torch

from restora.errors import WeightsFormatError, WeightsMissingError
from restora.testing.filled_files import write_filled
from restora.weights.manifest import parse_manifest
from restora.weights.parts import GivenFiles, PartFiles, without_prefix

TABLE = '{"net.w": {"shape": [2, 3], "dtype": "float32"}, "net.b": {"shape": [2], "dtype": "float32"}}'
MANIFEST = {"net.w": {"shape": [2, 3], "dtype": "float32"}, "net.b": {"shape": [2], "dtype": "float32"}}


def parts(path: Path, **fields: object) -> PartFiles:
    expected = without_prefix(parse_manifest(TABLE, "table"), "net.")
    return PartFiles(files={"net": path}, manifests={"net": expected}, prefixes={"net": "net."}, **fields)


@pytest.mark.parametrize("ending", [".safetensors", ".pt"])
def test_a_part_comes_without_its_prefix_and_in_one_type(tmp_path: Path, ending: str) -> None:
    path = write_filled(tmp_path / f"net{ending}", MANIFEST)
    seen: list[None] = []
    placed = parts(path).placed("net", torch.device("cpu"), torch.float64, lambda: seen.append(None))
    assert set(placed) == {"w", "b"}
    assert {tensor.dtype for tensor in placed.values()} == {torch.float64}
    assert len(seen) == 2


def test_placed_tensors_do_not_keep_their_file(tmp_path: Path) -> None:
    path = write_filled(tmp_path / "net.safetensors", MANIFEST)
    before = parts(path).placed("net", torch.device("cpu"), torch.float32)
    kept = {name: tensor.clone() for name, tensor in before.items()}
    path.write_bytes(bytes(path.stat().st_size))
    assert all(torch.equal(before[name], kept[name]) for name in kept)


def test_a_file_without_the_prefix_is_refused_by_name(tmp_path: Path) -> None:
    bare = {name.removeprefix("net."): entry for name, entry in MANIFEST.items()}
    path = write_filled(tmp_path / "bare.pt", bare)
    with pytest.raises(WeightsFormatError, match=r"no name begins with 'net\.'"):
        parts(path).check("net")


def test_tensors_that_may_be_there_are_left_out(tmp_path: Path) -> None:
    more = {**MANIFEST, "net.steps": {"shape": [], "dtype": "int64", "value": 3}}
    path = write_filled(tmp_path / "more.pt", more)
    with pytest.raises(WeightsFormatError, match="1 unexpected"):
        parts(path).check("net")
    assert set(parts(path, ignored={"net": ("steps",)}).tensors("net")) == {"w", "b"}


def test_old_names_are_read_under_the_new_ones(tmp_path: Path) -> None:
    old = {name.replace("net.w", "net.weight"): entry for name, entry in MANIFEST.items()}
    path = write_filled(tmp_path / "old.safetensors", old)
    renamed = parts(path, renamed={"net": lambda name: name.replace("weight", "w")})
    assert set(renamed.tensors("net")) == {"w", "b"}


def test_every_missing_file_is_named_at_once(tmp_path: Path) -> None:
    here = tmp_path / "a.pt"
    given = GivenFiles(method_id="m.x", paths={"a": here}, names={"a": "a.pt", "b": "b.pt", "c": "c.pt"})
    assert given.path("a") == here
    with pytest.raises(WeightsMissingError, match=r"b\.pt.*c\.pt"):
        given.need("a", "b", "c")
    with pytest.raises(WeightsMissingError, match=r"b\.pt"):
        given.path("b")
