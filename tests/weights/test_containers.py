from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import pickle
import struct
import tarfile
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from restora.errors import WeightsFormatError
from restora.weights import containers
from restora.weights.containers import check_container, container_of, read_contents, read_tensors
from restora.weights.pickle_globals import globals_in
from restora.weights.specs import TensorSpec


class Calls:
    """Pickles into a call of `function`."""

    def __init__(self, function: Any, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Any, tuple[object, ...]]:
        return self.call


NESTED = {
    "step": 7,
    "trainer": {"vae": OrderedDict(w=torch.arange(6).reshape(2, 3)), "names": ["a", "b"]},
    "parts": [torch.zeros(2, dtype=torch.bfloat16), {"x": torch.tensor(1.5)}],
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "net.pkl"


def rewritten(path: Path, change: dict[str, bytes], **settings: Any) -> None:
    """The same torch file with other members, as an attacker would write it."""
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    prefix = next(iter(members)).partition("/")[0]
    with zipfile.ZipFile(path, "w", **settings) as new:
        for name, data in {**members, **{f"{prefix}/{key}": value for key, value in change.items()}}.items():
            new.writestr(name, data)


# Torch files


@pytest.mark.parametrize("new_format", [True, False])
def test_nested_dictionaries_are_read_with_joined_names(path: Path, new_format: bool) -> None:
    torch.save(NESTED, path, _use_new_zipfile_serialization=new_format)
    assert container_of(path) == "torch-weights"
    contents = read_contents(path)
    assert contents.tensors == {
        "trainer/vae/w": TensorSpec(shape=(2, 3), dtype="int64"),
        "parts/0": TensorSpec(shape=(2,), dtype="bfloat16"),
        "parts/1/x": TensorSpec(shape=(), dtype="float32"),
    }
    assert contents.values == {"step": 7, "trainer/names": ["a", "b"]}
    tensors = read_tensors(path)
    assert torch.equal(tensors["trainer/vae/w"], torch.arange(6).reshape(2, 3))
    assert list(read_tensors(path, under="trainer/vae/")) == ["w"]


def test_parameters_and_training_arguments_are_read(path: Path) -> None:
    arguments = argparse.Namespace(lr=1e-4, ratio=np.float64(0.5), count=np.int64(3))
    torch.save({"w": torch.nn.Parameter(torch.ones(2)), "args": arguments}, path)
    contents = read_contents(path)
    assert set(contents.tensors) == {"w"}
    assert contents.values["args"] == arguments
    assert not read_tensors(path)["w"].requires_grad


def test_specs_are_read_without_the_numbers(path: Path) -> None:
    torch.save({"w": torch.zeros(1000, 1000)}, path)
    damaged = bytearray(path.read_bytes())
    damaged[2_000_000] ^= 255
    path.write_bytes(damaged)
    assert read_contents(path).tensors["w"].shape == (1000, 1000)


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize("new_format", [True, False])
@pytest.mark.parametrize(
    ("function", "argument", "name"),
    [
        (os.system, "touch {}", r"posix\.system|nt\.system"),
        (eval, "open({!r}, 'w')", r"(__builtin__|builtins)\.eval"),
        (pickle.loads, b"", r"_?pickle\.loads"),
    ],
)
def test_a_file_that_would_run_something_is_refused_by_name(
    function: Any, argument: Any, name: str, new_format: bool, protocol: int, path: Path, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    filled = argument.format(str(trace)) if isinstance(argument, str) else argument
    hostile = {"w": torch.zeros(2), "x": Calls(function, filled)}
    torch.save(hostile, path, pickle_protocol=protocol, _use_new_zipfile_serialization=new_format)
    for read in (read_contents, read_tensors):
        with pytest.raises(WeightsFormatError, match=f"asks for ({name})") as caught:
            read(path)
        assert "safetensors" in str(caught.value.advice)
    assert not trace.exists()


def test_a_whole_model_is_refused_by_the_name_of_its_class(path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2), path)
    with pytest.raises(WeightsFormatError, match=r"asks for torch\.nn\.modules\.linear\.Linear"):
        read_contents(path)


def test_a_pickle_that_torch_did_not_write_is_refused(path: Path) -> None:
    path.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(WeightsFormatError, match=r"torch\.save did not write"):
        read_contents(path)
    path.write_bytes(pickle.dumps(Calls(os.system, "true")))
    with pytest.raises(WeightsFormatError, match=r"asks for (posix|nt)\.system"):
        read_contents(path)


@pytest.mark.parametrize("new_format", [True, False])
@pytest.mark.parametrize("kept", [0, 1, 3, 100, 0.5, 0.99, -1])
def test_a_file_that_is_cut_short_is_refused(path: Path, kept: float, new_format: bool) -> None:
    torch.save({"w": torch.arange(1000)}, path, _use_new_zipfile_serialization=new_format)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept if kept >= 1 or kept < 0 else kept * len(data))])
    with pytest.raises(WeightsFormatError):
        read_tensors(path)


def test_compressed_members_are_refused_because_they_can_be_bombs(path: Path) -> None:
    torch.save({"w": torch.zeros(1000)}, path)
    rewritten(path, {"data/0": bytes(50_000_000)}, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(WeightsFormatError, match="members are compressed"):
        read_contents(path)


def test_two_members_of_one_name_are_refused(path: Path) -> None:
    torch.save({"w": torch.zeros(10)}, path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(archive.namelist()[0], b"other")
    with pytest.raises(WeightsFormatError, match=r"2 data\.pkl, expected 1"):
        read_contents(path)


def test_a_program_is_refused(path: Path) -> None:
    torch.save({"w": torch.zeros(10)}, path)
    rewritten(path, {"constants.pkl": b"", "code/__torch__.py": b""})
    with pytest.raises(WeightsFormatError, match="TorchScript archive holds a program"):
        read_contents(path)


def test_a_zip_of_something_else_is_refused(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(WeightsFormatError, match=r"0 data\.pkl"):
        read_contents(path)


def test_the_oldest_format_is_refused(path: Path) -> None:
    with tarfile.open(path, "w") as archive:
        archive.addfile(tarfile.TarInfo("storages"), io.BytesIO())
    with pytest.raises(WeightsFormatError, match="tar format"):
        read_contents(path)


def test_a_web_page_is_refused(path: Path) -> None:
    path.write_text("<!doctype html><p>Please log in.", encoding="utf-8")
    with pytest.raises(WeightsFormatError, match=r"not a file of torch\.save: it begins with b'<!doctyp'"):
        read_contents(path)


def test_something_other_than_a_dictionary_is_refused(path: Path) -> None:
    torch.save(torch.zeros(3), path)
    with pytest.raises(WeightsFormatError, match="holds a Tensor, expected a dictionary"):
        read_contents(path)


def test_a_sparse_tensor_is_refused(path: Path) -> None:
    torch.save({"w": torch.eye(3).to_sparse()}, path)
    with pytest.raises(WeightsFormatError, match=r"w is a .*sparse"):
        read_tensors(path)


def test_endless_nesting_is_refused(path: Path) -> None:
    ring: dict[str, object] = {"w": torch.zeros(1)}
    ring["again"] = ring
    torch.save(ring, path)
    with pytest.raises(WeightsFormatError, match="nested more than 32 deep"):
        read_contents(path)


def test_a_small_file_that_claims_millions_of_entries_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "_MAX_LEAVES", 10_000)
    level: dict[str, object] = {"w": torch.zeros(1)}
    for _ in range(24):
        level = {"a": level, "b": level}
    torch.save(level, path)
    with pytest.raises(WeightsFormatError, match="more than 10000 entries"):
        read_contents(path)


def test_a_folder_and_a_missing_file_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(WeightsFormatError, match="cannot be read"):
        read_contents(tmp_path)
    with pytest.raises(WeightsFormatError, match="No such file"):
        read_contents(tmp_path / "gone")


@given(junk=st.binary(max_size=300), protocol=st.sampled_from([b"", b"\x80\x02", b"\x80\x04"]))
@settings(deadline=None, max_examples=50, derandomize=True)
def test_looking_into_junk_never_fails(junk: bytes, protocol: bytes) -> None:
    assert isinstance(globals_in(io.BytesIO(protocol + junk)), list)


@given(at=st.integers(0, 1500), value=st.integers(0, 255))
@settings(deadline=None, max_examples=50, derandomize=True)
def test_a_changed_byte_is_read_or_refused_with_a_sentence(
    at: int, value: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("changed") / "net.pth"
    torch.save({"w": torch.arange(4), "n": {"s": "text"}}, path)
    data = bytearray(path.read_bytes())
    data[at % len(data)] = value
    path.write_bytes(data)
    for read in (read_contents, read_tensors):
        with contextlib.suppress(WeightsFormatError):
            read(path)


# Safetensors


def write_header(path: Path, header: object, data: bytes = b"", *, length: int | None = None) -> None:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)


def entry(begin: int, end: int, shape: object = (2,), dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def test_safetensors_are_read_by_their_header(path: Path) -> None:
    save_file(
        {"a.w": torch.ones(2, 3), "b": torch.zeros(1, dtype=torch.float16)}, path, metadata={"by": "me"}
    )
    contents = read_contents(path)
    assert contents.tensors["a.w"] == TensorSpec(shape=(2, 3), dtype="float32")
    assert contents.values == {"by": "me"}
    assert torch.equal(read_tensors(path, under="a.")["w"], torch.ones(2, 3))
    assert str(contents.tensors["b"]) == "1 float16"


@pytest.mark.parametrize(
    ("header", "data", "problem"),
    [
        ({"a": entry(0, 8)}, b"1234567", "the tensors need 8 bytes, 7 follow"),
        ({"a": entry(0, 8)}, b"123456789", "the tensors need 8 bytes, 9 follow"),
        ({"a": entry(0, 7)}, b"1234567", "a has 7 bytes, its shape needs 8"),
        ({"a": entry(4, 12)}, b"123456789012", "begin at 4, expected 0"),
        ({"a": entry(0, 8), "b": entry(4, 12)}, b"123456789012", "begin at 4, expected 8"),
        ({"a": entry(-8, 0)}, b"", "must not be negative"),
        ({"a": entry(0, 8, shape=[-2])}, b"12345678", "must not be negative"),
        ({"a": entry(0, 8, shape=[2.0])}, b"12345678", "must be a whole number"),
        ({"a": entry(0, 8, shape=[True, 2])}, b"12345678", "must be a whole number"),
        ({"a": entry(0, 8, shape=[2**62, 2**62])}, b"12345678", "its shape needs"),
        ({"a": entry(0, 8, dtype="F33")}, b"12345678", "unknown type F33"),
        ({"a": {"dtype": "F32", "shape": [2]}}, b"12345678", "data_offsets of a must be a list"),
        ({"a": {**entry(0, 8), "data_offsets": [0]}}, b"12345678", "not enough values"),
        ({"a": 5}, b"", "a must be an object"),
        ({"__metadata__": []}, b"", "__metadata__ must be an object"),
        (b'{"a": 1, "a": 2}', b"", "stands there twice"),
        (b"{" * 50_000, b"", "damaged"),
        (b'{"a":' * 50_000, b"", "damaged"),
        (b"{\xff}", b"", "damaged"),
    ],
)
def test_a_malformed_header_is_refused(header: object, data: bytes, problem: str, path: Path) -> None:
    write_header(path, header, data)
    with pytest.raises(WeightsFormatError, match=problem):
        read_tensors(path)


def test_a_header_that_claims_gigabytes_is_refused_unread(path: Path) -> None:
    write_header(path, b"{}", length=2**40)
    with pytest.raises(WeightsFormatError, match="claims 1099511627776 bytes, at most 100000000"):
        read_contents(path)


@pytest.mark.parametrize("kept", [9, 20, 100, -1])
def test_safetensors_that_are_cut_short_are_refused(kept: int, path: Path) -> None:
    save_file({"a": torch.ones(200)}, path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(WeightsFormatError, match=r"cut short|bytes"):
        read_contents(path)


def test_a_container_is_checked_without_unpickling(path: Path) -> None:
    path.write_bytes(b"12345")
    with pytest.raises(WeightsFormatError, match="not a safetensors file: it has 5 bytes"):
        check_container(path, "safetensors")
    with pytest.raises(WeightsFormatError, match=r"not a file of torch\.save"):
        check_container(path, "torch-weights")
    check_container(path, "onnx")
    path.write_bytes(b"")
    with pytest.raises(WeightsFormatError, match="empty"):
        check_container(path, "onnx")


def test_names_from_a_file_cannot_write_to_the_terminal(path: Path) -> None:
    write_header(path, {"\x1b[2J" + "x" * 500: entry(0, 7)}, b"1234567")
    with pytest.raises(WeightsFormatError) as caught:
        read_contents(path)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 400
