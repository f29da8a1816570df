from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from restora.errors import BadInputError, Cancelled, FileProblemError, WeightsFormatError
from restora.plugins.declarations import MethodInfo, WeightFile
from restora.weights.catalogue import Catalogue, UnknownWeightsError
from restora.weights.consent import Consents, UnverifiedConsentError
from restora.weights.importing import Importer
from restora.weights.store import FileState, WeightStore
from restora.weights.watch import Watch

Declare = Callable[..., WeightFile]
Import = Callable[..., Importer]
YES = Consents(allow_unverified=True)


@pytest.fixture
def importer(store: WeightStore, method: Callable[..., MethodInfo]) -> Import:
    def make(*files: WeightFile) -> Importer:
        return Importer(catalogue=Catalogue([method("one.a", *files)]), store=store)

    return make


@pytest.fixture
def mine(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "downloads" / "renamed 1.pth"
    path.parent.mkdir()
    path.write_bytes(content)
    return path


@pytest.fixture
def unhashed(tmp_path: Path) -> Path:
    path = tmp_path / "net.pth"
    torch.save({"w": torch.zeros(3)}, path)
    return path


def test_a_file_is_recognised_by_its_hash_and_linked(
    importer: Import, weight: Declare, mine: Path, store: WeightStore
) -> None:
    entry = importer(weight(), weight(id="other", sha256="1" * 64)).take(mine)
    assert entry.name == "one/net"
    assert store.status(weight()).state is FileState.VERIFIED
    place = store.place(weight())
    assert place.samefile(mine)
    assert mine.exists()


def test_a_copy_is_made_where_it_is_asked_for(
    importer: Import, weight: Declare, mine: Path, store: WeightStore, content: bytes
) -> None:
    importer(weight()).take(mine, copy=True)
    mine.unlink()
    assert store.place(weight()).read_bytes() == content


@pytest.mark.parametrize("knows_symbolic", [True, False])
def test_without_hard_links_a_symbolic_one_or_a_copy_is_made(
    knows_symbolic: bool,
    importer: Import,
    weight: Declare,
    mine: Path,
    store: WeightStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("not on this disk")

    monkeypatch.setattr(os, "link", refuse)
    if not knows_symbolic:
        monkeypatch.setattr(Path, "symlink_to", refuse)
    importer(weight()).take(mine)
    assert store.place(weight()).is_symlink() is knows_symbolic
    assert store.status(weight()).state is FileState.VERIFIED


def test_another_file_is_refused_with_what_was_found_and_expected(
    importer: Import, weight: Declare, mine: Path, content: bytes, store: WeightStore
) -> None:
    mine.write_bytes(content[:-1])
    found = hashlib.sha256(content[:-1]).hexdigest()
    for target in (None, "one/net"):
        with pytest.raises(FileProblemError) as caught:
            importer(weight(filename=mine.name)).take(mine, target=target)
        assert f"{len(content) - 1} bytes, sha256 {found}" in str(caught.value)
        assert f"one/net {len(content)} bytes, sha256 {weight().sha256}" in str(caught.value)
    assert not store.folder.exists()


def test_a_file_that_nobody_declares_is_refused(importer: Import, weight: Declare, tmp_path: Path) -> None:
    stray = tmp_path / "stray.bin"
    stray.write_bytes(b"stray")
    with pytest.raises(FileProblemError, match="no loaded method declares this file"):
        importer(weight()).take(stray)
    with pytest.raises(UnknownWeightsError):
        importer(weight()).take(stray, target="two.b")


@pytest.mark.parametrize("what", ["missing", "folder", "empty"])
def test_what_is_no_file_is_refused(what: str, importer: Import, weight: Declare, tmp_path: Path) -> None:
    path = tmp_path / "x"
    if what == "folder":
        path.mkdir()
    elif what == "empty":
        path.touch()
    with pytest.raises(FileProblemError):
        importer(weight()).take(path)


def test_a_file_without_a_published_hash_is_found_by_name_and_needs_a_yes(
    importer: Import, weight: Declare, unhashed: Path, store: WeightStore
) -> None:
    file = weight(sha256=None, size=0)
    with pytest.raises(UnverifiedConsentError, match=hashlib.sha256(unhashed.read_bytes()).hexdigest()):
        importer(file).take(unhashed)
    importer(file).take(unhashed, consents=YES)
    assert store.status(file).state is FileState.UNVERIFIED


def test_without_a_hash_the_name_may_differ_if_the_file_is_named(
    importer: Import, weight: Declare, unhashed: Path, store: WeightStore
) -> None:
    file = weight(sha256=None, size=0, filename="published.pth")
    with pytest.raises(FileProblemError, match="no loaded method declares"):
        importer(file).take(unhashed, consents=YES)
    importer(file).take(unhashed, target="one/net", consents=YES)
    assert store.place(file).samefile(unhashed)


def test_without_a_hash_the_size_must_fit_where_it_is_known(
    importer: Import, weight: Declare, unhashed: Path
) -> None:
    with pytest.raises(FileProblemError, match=r"expected one/net 5 bytes$"):
        importer(weight(sha256=None, size=5)).take(unhashed, target="one/net", consents=YES)


def test_a_file_that_may_be_two_is_asked_about(importer: Import, weight: Declare, unhashed: Path) -> None:
    first = weight(sha256=None, size=0)
    second = weight(id="other", sha256=None, size=0, page="https://example.org/other")
    with pytest.raises(BadInputError, match="this may be one/net, one/other"):
        importer(first, second).take(unhashed, consents=YES)
    assert importer(first, second).take(unhashed, target="one/other", consents=YES).name == "one/other"


def test_a_web_page_does_not_pass_for_a_file_without_a_hash(
    importer: Import, weight: Declare, tmp_path: Path
) -> None:
    page = tmp_path / "net.pth"
    page.write_text("<html>log in", encoding="utf-8")
    with pytest.raises(WeightsFormatError, match="begins with b'<html>"):
        importer(weight(sha256=None, size=0)).take(page, consents=YES)


def test_a_file_that_already_lies_in_the_store_is_only_remembered(
    importer: Import, weight: Declare, store: WeightStore, put: Callable[..., Path], content: bytes
) -> None:
    place = put(weight(), content)
    importer(weight()).take(place)
    assert store.status(weight()).state is FileState.VERIFIED
    assert place.read_bytes() == content


def test_cancelling_a_copy_leaves_nothing(
    importer: Import, weight: Declare, mine: Path, store: WeightStore
) -> None:
    looks: list[int] = []

    def third() -> bool:
        looks.append(1)
        return len(looks) > 1

    with pytest.raises(Cancelled):
        importer(weight()).take(mine, copy=True, watch=Watch(cancel=third))
    assert store.status(weight()).state is FileState.MISSING
    assert list(store.place(weight()).parent.iterdir()) == []
