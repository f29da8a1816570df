from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from restora.errors import Cancelled, ConsentError, WeightsError, WeightsFormatError, WeightsMissingError
from restora.plugins.declarations import MethodInfo, WeightFile
from restora.weights import hashing
from restora.weights.store import FileState, WeightStore
from restora.weights.watch import Watch

Declare = Callable[..., WeightFile]
DeclareMethod = Callable[..., MethodInfo]
Put = Callable[[WeightFile, bytes], Path]


def change_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[7] ^= 1
    path.write_bytes(data)
    later = path.stat().st_mtime_ns + 1_000_000  # two writes may fall into one tick of the clock
    os.utime(path, ns=(later, later))


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every file that is hashed from here on."""
    paths: list[Path] = []
    original = hashing.sha256_of

    def spy(path: Path, watch: Watch = hashing.UNWATCHED) -> str:
        paths.append(path)
        return original(path, watch)

    monkeypatch.setattr(hashing, "sha256_of", spy)
    return paths


def test_nothing_is_created_by_looking(store: WeightStore, weight: Declare) -> None:
    assert store.status(weight()).state is FileState.MISSING
    assert store.unknown([]) == ()
    assert not store.folder.exists()


def test_a_file_goes_from_missing_over_partial_and_unchecked_to_verified(
    store: WeightStore, weight: Declare, put: Put, content: bytes
) -> None:
    file = weight()
    part = store.part(file)
    part.parent.mkdir(parents=True)
    part.write_bytes(content[: len(content) * 37 // 100 + 1])
    assert str(store.status(file)) == "partial 37 %"
    part.unlink()
    put(file, content)
    assert store.status(file).state is FileState.UNCHECKED
    record = store.check(file)
    assert record.sha256 == file.sha256
    assert store.status(file).state is FileState.VERIFIED
    assert store.status(file).sha256 == file.sha256


def test_a_file_is_hashed_once_and_again_only_after_it_changed(
    store: WeightStore, weight: Declare, method: DeclareMethod, put: Put, content: bytes, hashed: list[Path]
) -> None:
    file = weight()
    info = method("one.a", file)
    place = put(file, content)
    assert store.resolve(info) == {"net": place}
    assert WeightStore(store.folder).resolve(info) == {"net": place}
    assert hashed == [place]
    change_a_byte(place)
    with pytest.raises(WeightsFormatError, match=f"has sha256 .*, expected {file.sha256}"):
        store.resolve(info)
    assert store.status(file).state is FileState.WRONG
    with pytest.raises(WeightsFormatError):
        store.resolve(info)
    assert hashed == [place, place]


def test_verifying_again_finds_a_byte_that_changed_under_the_old_time(
    store: WeightStore, weight: Declare, put: Put, content: bytes
) -> None:
    file = weight()
    place = put(file, content)
    store.check(file)
    before = place.stat().st_mtime_ns
    change_a_byte(place)
    os.utime(place, ns=(before, before))
    with pytest.raises(WeightsFormatError):
        store.check(file, again=True)


def test_a_file_of_another_size_is_refused_without_hashing(
    store: WeightStore, weight: Declare, method: DeclareMethod, put: Put, content: bytes, hashed: list[Path]
) -> None:
    put(weight(), content[:-1])
    assert store.status(weight()).state is FileState.WRONG
    with pytest.raises(WeightsFormatError, match="has 1048575 bytes, expected 1048576"):
        store.resolve(method("one.a", weight()))
    assert hashed == []


def test_every_missing_file_is_named_and_optional_ones_are_left_out(
    store: WeightStore, weight: Declare, method: DeclareMethod, put: Put, content: bytes
) -> None:
    other = weight(id="other", filename="other.pth", sha256="1" * 64)
    optional = weight(id="extra", filename="extra.pth", sha256="2" * 64, optional=True)
    part = store.part(other)
    part.parent.mkdir(parents=True)
    part.write_bytes(content[: len(content) // 2])
    with pytest.raises(WeightsMissingError, match=r"one\.a: .*net\.pth, other\.pth \(50 % are here\)$"):
        store.resolve(method("one.a", weight(), other, optional))
    put(weight(), content)
    assert set(store.resolve(method("one.a", weight(), optional))) == {"net"}


def test_a_file_under_the_name_of_another_declaration_is_found(
    store: WeightStore, weight: Declare, method: DeclareMethod, put: Put, content: bytes
) -> None:
    place = put(weight(filename="first.pth"), content)
    assert store.resolve(method("two.b", weight(filename="second.pth"))) == {"net": place}


def test_a_file_without_a_published_hash_needs_a_yes_once(
    store: WeightStore, weight: Declare, method: DeclareMethod, put: Put, content: bytes
) -> None:
    file = weight(sha256=None)
    place = put(file, content)
    assert store.status(file).state is FileState.UNCHECKED
    with pytest.raises(ConsentError, match="published no hash"):
        store.resolve(method("one.a", file))
    store.put(file, place, store.sha256_of(place))
    assert store.status(file).state is FileState.UNVERIFIED
    assert store.resolve(method("one.a", file)) == {"net": place}


def test_an_accepted_file_that_changes_is_refused_until_it_is_accepted_again(
    store: WeightStore, weight: Declare, method: DeclareMethod, put: Put, content: bytes
) -> None:
    file = weight(sha256=None)
    place = put(file, content)
    store.put(file, place, store.sha256_of(place))
    change_a_byte(place)
    for _ in range(2):
        with pytest.raises(WeightsFormatError, match="as when it was accepted"):
            store.resolve(method("one.a", file))
    store.put(file, place, store.sha256_of(place))
    assert store.resolve(method("one.a", file)) == {"net": place}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"schema": 2}', '{"schema": 1, "sha256": 5}', "[" * 100_000]
)
def test_a_damaged_record_costs_only_a_new_hash(
    text: str, store: WeightStore, weight: Declare, put: Put, content: bytes
) -> None:
    place = put(weight(), content)
    store.check(weight())
    (record,) = place.parent.glob(".*.json")
    record.write_text(text, encoding="utf-8")
    assert store.status(weight()).state is FileState.UNCHECKED
    store.check(weight())
    assert store.status(weight()).state is FileState.VERIFIED


def test_hashing_reports_bytes_and_can_be_cancelled(
    store: WeightStore, weight: Declare, put: Put, content: bytes
) -> None:
    put(weight(), content)
    seen: list[tuple[int, int]] = []
    store.check(weight(), Watch(progress=lambda done, total: seen.append((done, total))))
    assert seen[-1] == (len(content), len(content))
    with pytest.raises(Cancelled):
        store.check(weight(), Watch(cancel=lambda: True), again=True)


def test_the_hash_for_a_recipe_is_remembered_until_the_file_changes(
    store: WeightStore, tmp_path: Path, hashed: list[Path], weight: Declare, put: Put, content: bytes
) -> None:
    loose = tmp_path / "loose.bin"
    loose.write_bytes(content)
    first = store.sha256_of(loose)
    assert store.sha256_of(loose) == first
    assert len(hashed) == 1
    change_a_byte(loose)
    assert store.sha256_of(loose) != first
    place = put(weight(), content)
    store.check(weight())
    assert store.sha256_of(place) == weight().sha256
    assert hashed == [loose, loose, place]


def test_removing_gives_back_the_bytes_and_leaves_a_linked_original(
    store: WeightStore, weight: Declare, put: Put, content: bytes, tmp_path: Path
) -> None:
    assert store.remove(weight()) == 0
    original = tmp_path / "mine.pth"
    original.write_bytes(content)
    place = store.place(weight())
    place.parent.mkdir(parents=True)
    place.symlink_to(original)
    assert store.remove(weight()) == len(content)
    assert original.read_bytes() == content
    assert not place.parent.exists()


def test_a_link_whose_original_is_gone_counts_as_missing(
    store: WeightStore, weight: Declare, tmp_path: Path
) -> None:
    place = store.place(weight())
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path / "gone")
    assert store.status(weight()).state is FileState.MISSING


def test_files_that_nobody_declares_are_listed(
    store: WeightStore, weight: Declare, put: Put, content: bytes
) -> None:
    known = weight()
    put(known, content)
    stray = put(weight(sha256="1" * 64), b"?")
    loose = store.folder / "loose.pth"
    loose.write_bytes(b"?")
    assert store.unknown([known]) == tuple(sorted([stray, loose]))


def test_a_declaration_with_a_bad_name_never_reaches_the_disk(store: WeightStore, weight: Declare) -> None:
    with pytest.raises(WeightsError, match="plain file name"):
        store.find(weight(filename="../../x"))


def test_waiting_for_another_process_can_be_cancelled(store: WeightStore, weight: Declare) -> None:
    with store.locked(weight()):
        outcome: list[BaseException] = []

        def second() -> None:
            try:
                with store.locked(weight(), Watch(cancel=lambda: True)):
                    pass
            except Cancelled as error:
                outcome.append(error)

        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert len(outcome) == 1


def test_a_file_that_is_being_fetched_is_not_removed_meanwhile(
    store: WeightStore, weight: Declare, put: Put, content: bytes
) -> None:
    place = put(weight(), content)
    outcome: list[Exception] = []

    def remove() -> None:
        try:
            store.remove(weight())
        except WeightsError as error:
            outcome.append(error)

    with store.locked(weight()):
        thread = threading.Thread(target=remove)
        thread.start()
        thread.join()
    assert "under way" in str(outcome[0])
    assert place.exists()


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path, weight: Declare) -> None:
    blocked = tmp_path / "a file, no folder"
    blocked.touch()
    store = WeightStore(blocked / "weights")
    with pytest.raises(WeightsError, match="cannot be written"), store.locked(weight()):
        pass


def test_where_no_record_can_be_kept_memory_must_do(
    store: WeightStore,
    weight: Declare,
    put: Put,
    content: bytes,
    hashed: list[Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(hashing, "write_text", refuse)
    put(weight(), content)
    store.check(weight())
    store.check(weight())
    assert len(hashed) == 1


def test_a_file_that_cannot_be_read_is_a_sentence(
    store: WeightStore, weight: Declare, put: Put, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> str:
        raise PermissionError(13, "Permission denied")

    put(weight(), content)
    monkeypatch.setattr(hashing, "sha256_of", refuse)
    with pytest.raises(WeightsFormatError, match=r"cannot be read .*Permission denied"):
        store.check(weight())


def test_of_files_that_stand_for_each_other_one_is_enough(
    store: WeightStore, weight: Declare, method: DeclareMethod, put: Put, content: bytes
) -> None:
    first = weight(choice="net", optional=True, sha256="1" * 64)
    second = weight(id="second", filename="second.pth", choice="net", optional=True)
    info = method("one.a", first, second)
    with pytest.raises(WeightsMissingError, match=rf"missing: one of {first.filename} \| second\.pth$"):
        store.resolve(info)
    place = put(second, content)
    assert store.resolve(info) == {"second": place}
