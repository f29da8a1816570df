"""Random damage to valid files: whatever it does, only sentences come out."""

from __future__ import annotations

import io
import json
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restora.data.geometry import FrameWindow
from restora.errors import BadInputError
from restora.io.captures import CaptureOptions, open_capture
from restora.io.captures.recognising import claims

FRAMES = (np.random.default_rng(0).random((6, 16, 24)) < 0.5).astype(np.uint8)
PACKED = np.packbits(FRAMES, axis=2)
SIDECAR = {
    "file_path": "frames.npy",
    "bitpack": True,
    "bitpack_dim": 2,
    "h": 16,
    "w": 24,
    "c": 1,
    "frames": [{"transform_matrix": [[1, 0, 0, 0]]}] * 6,
    "restora": {"n": 1, "cfa": "rggb", "bit_order": "msb", "axis_order": "thw", "rotate": 90, "alpha": 0.5},
}


def npy() -> bytes:
    stream = io.BytesIO()
    np.save(stream, PACKED)
    return stream.getvalue()


def npz() -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, cube=FRAMES)
    return stream.getvalue()


def mat() -> bytes:
    stream = io.BytesIO()
    scipy.io.savemat(stream, {"cube": np.moveaxis(FRAMES, 0, 2)})
    return stream.getvalue()


def hdf5() -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for number, frame in enumerate(FRAMES):
            file[f"frames/{number}"] = frame
    return stream.getvalue()


VALID = {"a.npy": npy(), "a.npz": npz(), "a.mat": mat(), "a.bin": PACKED.tobytes()}
STATED = {
    "a.npy": {"packing": "width"},
    "a.npz": {"bits": "1"},
    "a.mat": {"bits": "1"},
    "a.bin": {"format": "raw", "height": "16", "width": "24", "bits": "1"},
    "a.h5": {"bits": "1"},
}
damage = st.lists(
    st.tuples(
        st.integers(0, 2**16), st.integers(0, 255), st.sampled_from(["set", "cut", "insert", "remove"])
    ),
    min_size=1,
    max_size=6,
)


def damaged(content: bytes, strikes: list[tuple[int, int, str]]) -> bytes:
    data = bytearray(content)
    for place, value, kind in strikes:
        # Most of what parsers look at stands early in a file.
        at = place % max(1, min(len(data), 160 if place % 4 else len(data)))
        if kind == "cut":
            del data[at:]
        elif kind == "insert":
            data[at:at] = bytes([value])
        elif kind == "remove":
            del data[at : at + value % 8]
        elif data:
            data[at] = value
    return bytes(data)


def check(path: Path, stated: dict[str, str]) -> None:
    """Open and use the capture as far as it goes."""
    try:
        claims(path, b"" if path.is_dir() else path.read_bytes()[:4096])
        cube = open_capture(path, CaptureOptions.from_pairs(stated)).cube
        if cube.frames * cube.height * cube.width < 2**22:
            window = FrameWindow(0, cube.frames)
            assert cube.total(window).sum() == cube.read(window).sum()
    except BadInputError as error:
        sentence = str(error)
    else:
        return
    assert "\n" not in sentence


def fuzz(path: Path, name: str, content: bytes, strikes: list[tuple[int, int, str]]) -> None:
    (path / name).write_bytes(damaged(content, strikes))
    check(path / name, STATED[name])
    check(path / name, {})


fuzzing = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("name", VALID)
@fuzzing
@given(strikes=damage)
def test_damaged_files_give_sentences(tmp_path: Path, name: str, strikes: list[tuple[int, int, str]]) -> None:
    fuzz(tmp_path, name, VALID[name], strikes)


@fuzzing
@given(strikes=damage)
def test_damaged_sidecars_give_sentences(tmp_path: Path, strikes: list[tuple[int, int, str]]) -> None:
    np.save(tmp_path / "frames.npy", PACKED)
    (tmp_path / "transforms.json").write_bytes(damaged(json.dumps(SIDECAR).encode(), strikes))
    check(tmp_path / "frames.npy", {})


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@fuzzing
@given(data=st.data())
def test_sidecars_of_any_content_give_sentences(tmp_path: Path, data: st.DataObject) -> None:
    keys = st.sampled_from([*SIDECAR, *SIDECAR["restora"]])  # type: ignore[misc]  # a table of the test
    entries = data.draw(st.dictionaries(keys, values, max_size=4))
    content = {**SIDECAR, **{key: value for key, value in entries.items() if key in SIDECAR}}
    if isinstance(content["restora"], dict):
        content["restora"] = {**content["restora"], **{k: v for k, v in entries.items() if k not in SIDECAR}}
    np.save(tmp_path / "frames.npy", PACKED)
    (tmp_path / "transforms.json").write_text(json.dumps(content))
    check(tmp_path / "frames.npy", {})
    check(tmp_path, {})


@fuzzing
@given(
    pairs=st.dictionaries(
        st.sampled_from(["bits", "layout", "crop", "width", "exposure_us", "flip", "rotation", "member"]),
        st.text(max_size=8) | st.sampled_from(["1", "thw", "0,0,4,4", "90", "vertical"]),
    )
)
def test_stated_facts_of_any_content_give_sentences(tmp_path: Path, pairs: dict[str, str]) -> None:
    np.save(tmp_path / "a.npy", FRAMES.astype(bool))
    check(tmp_path / "a.npy", pairs)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*VALID, "a.h5"])
@settings(deadline=None, max_examples=3000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strikes=damage)
def test_much_damage_gives_sentences(tmp_path: Path, name: str, strikes: list[tuple[int, int, str]]) -> None:
    fuzz(tmp_path, name, hdf5() if name == "a.h5" else VALID[name], strikes)
