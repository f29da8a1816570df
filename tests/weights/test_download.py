from __future__ import annotations

import hashlib
import io
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import torch

from restora.errors import Cancelled, ConsentError, DownloadError
from restora.plugins.declarations import WeightFile
from restora.weights.consent import Consents, LicenceConsentError, UnverifiedConsentError
from restora.weights.download import Downloader
from restora.weights.space import DiskSpaceError
from restora.weights.store import FileState, WeightStore
from restora.weights.transfer import Transfer
from restora.weights.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    class Habits(Protocol):
        content: bytes
        ranges: bool
        etag: str | None
        cuts: list[int]
        statuses: list[int]
        announced: int | None
        redirect: str | None
        shift: int
        requests: list[tuple[str, dict[str, str]]]

        @property
        def asked_ranges(self) -> Sequence[str | None]: ...

    class Server(Protocol):
        habits: Habits

        @property
        def url(self) -> str: ...


Declare = Callable[..., WeightFile]
YES = Consents(allow_unverified=True)


def torch_bytes() -> bytes:
    stream = io.BytesIO()
    torch.save({"w": torch.arange(50_000)}, stream)
    return stream.getvalue()


def start_a_part(store: WeightStore, file: WeightFile, data: bytes) -> None:
    part = store.part(file)
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(data)


def test_a_file_arrives_is_verified_and_remembered(
    server: Server, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    file = weight(urls=(f"{server.url}/net.pth",))
    seen: list[tuple[int, int]] = []
    place = downloader.get(file, watch=Watch(progress=lambda done, total: seen.append((done, total))))
    assert place.read_bytes() == content
    assert downloader.store.status(file).state is FileState.VERIFIED
    assert [path.name for path in place.parent.iterdir() if path.name.startswith(".part")] == []
    assert seen[0] == (0, len(content))
    assert seen[-1] == (len(content), len(content))
    assert seen == sorted(seen)
    downloader.get(file)
    assert len(server.habits.requests) == 1


def test_a_download_goes_on_where_it_stopped(
    server: Server, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    file = weight(urls=(server.url,))
    start_a_part(downloader.store, file, content[:1000])
    assert downloader.get(file).read_bytes() == content
    assert server.habits.asked_ranges == ["bytes=1000-"]


def test_a_connection_that_breaks_is_taken_up_again_by_itself(
    server: Server, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    server.habits.cuts = [300_000, 200_000, 100_000, 1]
    file = weight(urls=(server.url,))
    assert downloader.get(file).read_bytes() == content
    assert server.habits.asked_ranges == [
        None,
        *(f"bytes={at}-" for at in (300_000, 500_000, 600_000, 600_001)),
    ]


def test_a_server_that_knows_no_ranges_starts_anew_cleanly(
    server: Server, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    server.habits.ranges = False
    server.habits.cuts = [300_000]
    file = weight(urls=(server.url,))
    start_a_part(downloader.store, file, b"something else")
    assert downloader.get(file).read_bytes() == content


def test_a_server_that_continues_at_another_place_is_not_trusted(
    server: Server, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    server.habits.shift = 5
    file = weight(urls=(server.url,))
    start_a_part(downloader.store, file, content[:1000])
    assert downloader.get(file).read_bytes() == content
    assert server.habits.asked_ranges == ["bytes=1000-", None]


def test_after_too_many_breaks_the_part_is_kept_for_the_next_time(
    server: Server, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    server.habits.cuts = [300_000, 0, 0, 0, 0]
    file = weight(urls=(server.url,))
    with pytest.raises(DownloadError, match="ended after 300000 of 1048576 bytes") as caught:
        downloader.get(file)
    assert "repeat the command" in str(caught.value.advice)
    assert str(downloader.store.status(file)) == "partial 28 %"
    server.habits.cuts = []
    assert downloader.get(file).read_bytes() == content


def test_a_busy_server_is_asked_again(
    server: Server, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    server.habits.statuses = [503, 429]
    assert downloader.get(weight(urls=(server.url,))).read_bytes() == content


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_of_the_server_is_told_at_once(
    status: int, server: Server, downloader: Downloader, weight: Declare
) -> None:
    server.habits.statuses = [status]
    with pytest.raises(DownloadError, match=f"the server answered {status}"):
        downloader.get(weight(urls=(server.url,)))
    assert len(server.habits.requests) == 1


def test_no_server_is_a_sentence(downloader: Downloader, weight: Declare) -> None:
    with pytest.raises(DownloadError, match="the connection failed"):
        downloader.get(weight(urls=("http://127.0.0.1:1/net.pth",)))


def test_a_changed_byte_is_found_the_part_deleted_and_the_next_try_is_clean(
    server: Server, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    server.habits.content = content[:-1] + b"?"
    file = weight(urls=(server.url,))
    with pytest.raises(DownloadError, match=f"has sha256 .*, expected {file.sha256}"):
        downloader.get(file)
    assert downloader.store.status(file).state is FileState.MISSING
    server.habits.content = content
    assert downloader.get(file).read_bytes() == content
    assert server.habits.asked_ranges == [None, None]


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_file_of_another_size_is_refused_before_it_is_fetched(
    difference: int, server: Server, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    file = weight(urls=(server.url,), size=len(content) + difference)
    with pytest.raises(DownloadError, match=f"a file of {len(content)} bytes, expected {file.size}"):
        downloader.get(file)
    assert downloader.store.status(file).state is FileState.MISSING


def test_a_server_that_sends_without_end_is_cut_off(
    server: Server, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    server.habits.announced = -1
    server.habits.content = content * 4
    with pytest.raises(DownloadError, match="sends more than the 1048576 bytes"):
        downloader.get(weight(urls=(server.url,)))


def test_a_part_that_is_longer_than_the_file_is_thrown_away(
    server: Server, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    file = weight(urls=(server.url,))
    start_a_part(downloader.store, file, content + b"more")
    assert downloader.get(file).read_bytes() == content
    assert server.habits.asked_ranges == [None]


def test_a_part_that_is_complete_is_not_fetched_again(
    server: Server, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    file = weight(urls=(server.url,))
    start_a_part(downloader.store, file, content)
    downloader.get(file)
    assert server.habits.requests == []


def test_a_part_beyond_the_end_of_a_file_of_unknown_size_starts_anew(
    server: Server, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    file = weight(urls=(server.url,), size=0)
    start_a_part(downloader.store, file, content + b"more")
    assert downloader.get(file).read_bytes() == content
    assert server.habits.asked_ranges == [f"bytes={len(content) + 4}-", None]


def test_a_wrong_file_in_the_store_is_replaced_by_the_right_one(
    server: Server, downloader: Downloader, weight: Declare, content: bytes, put: Callable[..., object]
) -> None:
    file = weight(urls=(server.url,))
    put(file, content[:-1] + b"?")
    assert downloader.get(file).read_bytes() == content


def test_cancelling_keeps_what_arrived(
    server: Server, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    file = weight(urls=(server.url,))
    arrived: list[int] = []
    watch = Watch(progress=lambda done, _: arrived.append(done), cancel=lambda: arrived[-1:] > [0])
    with pytest.raises(Cancelled):
        downloader.get(file, watch=watch)
    assert downloader.store.part(file).stat().st_size == arrived[-1] > 0
    assert downloader.get(file).read_bytes() == content


def test_only_https_is_used(server: Server, store: WeightStore, weight: Declare) -> None:
    strict = Downloader(store=store, transfer=Transfer(pause_s=0))
    for url in (server.url, "http://example.org/x", "ftp://example.org/x", "file:///etc/passwd", "net.pth"):
        with pytest.raises(DownloadError, match="only https"):
            strict.get(weight(urls=(url,)))
    assert server.habits.requests == []


@pytest.mark.parametrize("target", ["http://example.org/x", "ftp://example.org/x", "file:///etc/passwd"])
def test_a_redirect_away_from_https_is_refused(
    target: str, server: Server, downloader: Downloader, weight: Declare
) -> None:
    server.habits.redirect = target
    with pytest.raises(DownloadError, match=r"redirects to an address that is not used|is not allowed"):
        downloader.get(weight(urls=(server.url,)))


def test_a_redirect_to_a_good_address_keeps_the_place_to_go_on_from(
    server: Server, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    server.habits.redirect = f"{server.url}/there"
    file = weight(urls=(server.url,))
    start_a_part(downloader.store, file, content[:1000])
    assert downloader.get(file).read_bytes() == content
    assert server.habits.asked_ranges == ["bytes=1000-", "bytes=1000-"]


def test_the_next_address_is_tried_and_all_refusals_are_told(
    server: Server, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    server.habits.statuses = [404]
    file = weight(urls=(f"{server.url}/gone", f"{server.url}/here"))
    assert downloader.get(file).read_bytes() == content
    server.habits.statuses = [404, 403]
    with pytest.raises(DownloadError, match=r"gone: .*404.*; .*here: .*403"):
        downloader.get(weight(urls=file.urls, filename="again.pth", sha256="1" * 64))


def test_a_full_disk_is_noticed_before_the_first_byte(
    server: Server, downloader: Downloader, weight: Declare, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(256 * 1024 * 1024 + 1000))
    for size in (0, len(server.habits.content)):
        with pytest.raises(DiskSpaceError, match=r"257 MiB are needed .* 256 MiB are free"):
            downloader.get(weight(urls=(server.url,), size=size))
    assert len(server.habits.requests) == 1  # the one without a declared size had to ask for it


def test_what_is_already_here_counts_for_the_room_on_the_disk(
    server: Server, downloader: Downloader, weight: Declare, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = weight(urls=(server.url,))
    start_a_part(downloader.store, file, content[:-10])

    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(256 * 1024 * 1024 + 10))
    assert downloader.get(file).read_bytes() == content


def test_offline_nothing_is_asked(server: Server, store: WeightStore, weight: Declare) -> None:
    with pytest.raises(DownloadError, match="set to work offline"):
        Downloader(store=store, offline=True).get(weight(urls=(server.url,)))
    assert server.habits.requests == []


def test_a_file_without_an_address_says_where_its_author_gives_it_out(
    downloader: Downloader, weight: Declare
) -> None:
    with pytest.raises(DownloadError, match=r"gives it out on https://example\.org/net") as caught:
        downloader.get(weight())
    assert "weights import" in str(caught.value.advice)


def test_a_licence_is_asked_for_before_anything_is_fetched(
    server: Server, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    file = weight(urls=(server.url,), ask_licence=True, licence="Research only")
    with pytest.raises(LicenceConsentError, match=r"Research only \(https://example\.org/net\)") as caught:
        downloader.get(file, consents=Consents(licences=frozenset({"MIT"})))
    assert (caught.value.licence, caught.value.page) == ("Research only", "https://example.org/net")
    assert server.habits.requests == []
    accepted = Consents(licences=frozenset({"Research only"}))
    assert downloader.get(file, consents=accepted).read_bytes() == content


def test_a_file_without_a_published_hash_needs_a_yes(
    server: Server, downloader: Downloader, weight: Declare
) -> None:
    server.habits.content = torch_bytes()
    file = weight(urls=(server.url,), sha256=None, size=0)
    with pytest.raises(UnverifiedConsentError):
        downloader.get(file)
    assert server.habits.requests == []
    downloader.get(file, consents=YES)
    status = downloader.store.status(file)
    assert status.state is FileState.UNVERIFIED
    assert status.sha256 == hashlib.sha256(server.habits.content).hexdigest()


def test_an_error_page_does_not_pass_for_a_file_without_a_hash(
    server: Server, downloader: Downloader, weight: Declare
) -> None:
    server.habits.content = b"<html>please log in</html>"
    with pytest.raises(DownloadError, match=r"no file of weights: .* begins with b'<html>"):
        downloader.get(weight(urls=(server.url,), sha256=None, size=0), consents=YES)
    assert downloader.store.status(weight(urls=(server.url,), sha256=None)).state is FileState.MISSING


def test_without_a_hash_two_versions_are_never_mixed(
    server: Server, downloader: Downloader, weight: Declare
) -> None:
    old = torch_bytes()
    server.habits.content = old
    server.habits.cuts = [100_000, 0, 0, 0]
    file = weight(urls=(server.url,), sha256=None, size=0)
    with pytest.raises(DownloadError, match="ended after"):
        downloader.get(file, consents=YES)
    server.habits.cuts = []
    server.habits.etag = '"two"'
    server.habits.content = old[:50_000] + b"?" + old[50_001:]
    assert downloader.get(file, consents=YES).read_bytes() == server.habits.content


@pytest.mark.parametrize("tag", [None, 'W/"weak"'])
def test_without_hash_and_without_a_tag_a_broken_download_starts_anew(
    tag: str | None, server: Server, downloader: Downloader, weight: Declare
) -> None:
    server.habits.content = torch_bytes()
    server.habits.etag = tag
    server.habits.cuts = [100_000]
    file = weight(urls=(server.url,), sha256=None, size=0)
    assert downloader.get(file, consents=YES).read_bytes() == server.habits.content
    assert server.habits.asked_ranges == [None, None]


def test_without_hash_and_without_size_nobody_could_tell_a_broken_download(
    server: Server, downloader: Downloader, weight: Declare
) -> None:
    server.habits.announced = -1
    with pytest.raises(DownloadError, match="how large the file is"):
        downloader.get(weight(urls=(server.url,), sha256=None, size=0), consents=YES)


def test_a_file_put_there_by_hand_is_accepted_in_place(
    downloader: Downloader, weight: Declare, put: Callable[..., object]
) -> None:
    file = weight(sha256=None, size=0)
    data = torch_bytes()
    put(file, data)
    with pytest.raises(ConsentError, match=hashlib.sha256(data).hexdigest()):
        downloader.get(file)
    assert downloader.get(file, consents=YES).read_bytes() == data
    assert downloader.store.status(file).state is FileState.UNVERIFIED


def test_two_at_once_fetch_a_file_once(
    server: Server, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    file = weight(urls=(server.url,))
    threads = [threading.Thread(target=downloader.get, args=(file,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert downloader.store.status(file).state is FileState.VERIFIED
    assert len(server.habits.requests) == 1


def test_a_file_put_there_by_hand_under_another_name_is_kept(
    downloader: Downloader, weight: Declare, put: Callable[..., Path]
) -> None:
    file = weight(sha256=None, size=0)
    by_hand = put(file, torch_bytes())
    other_name = by_hand.rename(by_hand.with_name("mine.pth"))
    assert downloader.get(file, consents=YES) == by_hand
    assert by_hand.read_bytes() == torch_bytes()
    assert not other_name.exists()


def test_a_part_that_somebody_changed_meanwhile_does_not_pass(
    server: Server, downloader: Downloader, weight: Declare
) -> None:
    file = weight(urls=(server.url,))
    part = downloader.store.part(file)

    def meddle(done: int, total: int) -> None:
        if done == total:
            part.write_bytes(b"short")

    with pytest.raises(DownloadError, match="somebody changed it: 5 bytes"):
        downloader.get(file, watch=Watch(progress=meddle))
    assert downloader.store.status(file).state is FileState.MISSING


def test_a_disk_that_does_not_take_the_bytes_is_not_taken_for_a_broken_connection(
    server: Server, downloader: Downloader, weight: Declare
) -> None:
    file = weight(urls=(server.url,))
    downloader.store.part(file).mkdir(parents=True)
    with pytest.raises(DownloadError, match="cannot be written"):
        downloader.get(file)
    assert len(server.habits.requests) <= 1
