from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from restora.data.kinds import Kind, Transfer
from restora.errors import FileProblemError
from restora.io.opening import OpenOptions, open_item, probe, read_image

PICTURE = OpenOptions(kind=Kind.IMAGE)


@pytest.fixture
def save(tmp_path: Path) -> Callable[[np.ndarray], Path]:
    def make(array: np.ndarray) -> Path:
        np.save(tmp_path / "a.npy", array, allow_pickle=True)
        return tmp_path / "a.npy"

    return make


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 1), (5, 7, 3), (5, 7, 4)])
@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f2", "<f8", ">f8"])
def test_floats_are_linear_pictures_with_their_values(
    save: Callable[[np.ndarray], Path], shape: tuple[int, ...], dtype: str
) -> None:
    array = np.random.default_rng(0).normal(0, 9, shape).astype(dtype)
    image = open_item(save(array)).image()
    assert np.array_equal(image.pixels.reshape(shape), array.astype(np.float32))
    assert image.transfer is Transfer.LINEAR


def test_column_order_and_nonfinite_values_survive(save: Callable[[np.ndarray], Path]) -> None:
    array = np.asfortranarray(np.random.default_rng(0).random((5, 7, 3), dtype=np.float32))
    array[0, 0] = np.nan, np.inf, -np.inf
    assert np.array_equal(open_item(save(array)).image().pixels, array, equal_nan=True)


def test_a_double_beyond_float32_becomes_infinite_and_the_rounding_is_reported(
    save: Callable[[np.ndarray], Path],
) -> None:
    path = save(np.full((2, 2), 1e300))
    assert np.isposinf(read_image(path).pixels).all()
    assert any(fact.name == "precision" for fact in probe(path).facts)


@pytest.mark.parametrize(
    ("dtype", "top"), [(np.uint8, 255), (np.uint16, 65535), (np.bool_, 1), (">u2", 65535)]
)
def test_integers_are_srgb_pictures_where_a_picture_is_asked_for(
    save: Callable[[np.ndarray], Path], dtype: object, top: int
) -> None:
    array = np.random.default_rng(0).integers(0, top, (5, 7, 3), endpoint=True).astype(dtype)
    image = open_item(save(array), PICTURE).image()
    assert np.array_equal(image.pixels, (array / np.float32(top)).astype(np.float32))
    assert image.transfer is Transfer.SRGB


def test_the_transfer_can_be_stated(save: Callable[[np.ndarray], Path]) -> None:
    item = open_item(save(np.zeros((2, 2), np.float32)), OpenOptions(transfer=Transfer.SRGB))
    assert item.image().transfer is Transfer.SRGB


def test_the_array_of_an_archive_must_be_stated_where_there_are_several(tmp_path: Path) -> None:
    first, second = np.zeros((3, 4), np.float32), np.ones((5, 6, 3), np.float32)
    np.savez(tmp_path / "a.npz", first=first, second=second)
    stated = OpenOptions(kind=Kind.IMAGE, array="second")
    assert np.array_equal(open_item(tmp_path / "a.npz", stated).image().pixels, second)
    with pytest.raises(FileProblemError, match="first, second; which one is meant must be stated"):
        probe(tmp_path / "a.npz", PICTURE)
    with pytest.raises(FileProblemError, match="none of them is 'third'"):
        probe(tmp_path / "a.npz", OpenOptions(kind=Kind.IMAGE, array="third"))


def test_the_only_array_of_an_archive_needs_no_statement(place: Callable[[str], Path]) -> None:
    assert open_item(place("one.npz"), PICTURE).image().channels == 3


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.array([[{}]], object), "Python objects, which are never unpacked"),
        (np.zeros((4, 4), np.int32), "signed integers"),
        (np.zeros((4, 4), np.complex64), "expected whole numbers"),
        (np.zeros((4, 4), "U3"), "expected whole numbers"),
        (np.zeros((4, 4), "M8[s]"), "expected whole numbers"),
        (np.zeros((4, 4), [("r", "f4"), ("g", "f4")]), "expected whole numbers"),
        (np.zeros((4, 4, 5), np.float32), r"shape \(4, 4, 5\)"),
        (np.zeros(4, np.float32), r"shape \(4,\)"),
        (np.zeros((), np.float32), r"shape \(\)"),
        (np.zeros((0, 4), np.float32), "no picture"),
    ],
    ids=lambda value: str(getattr(value, "dtype", ""))[:12],
)
def test_what_is_no_picture_is_refused(
    save: Callable[[np.ndarray], Path], array: np.ndarray, sentence: str
) -> None:
    with pytest.raises(FileProblemError, match=sentence):
        probe(save(array), PICTURE)


class _Trap:
    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (Path("sprung"),))


def test_nothing_in_an_array_of_objects_is_ever_run(
    save: Callable[[np.ndarray], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(np.array([[_Trap()]], object))
    monkeypatch.chdir(tmp_path)
    for options in (None, PICTURE, OpenOptions(kind=Kind.SPAD)):
        with pytest.raises(FileProblemError):
            open_item(path, options).data()
    assert not (tmp_path / "sprung").exists()
