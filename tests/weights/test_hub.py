from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from huggingface_hub import constants

from restora.errors import DownloadError
from restora.plugins.declarations import WeightFile
from restora.weights.download import Downloader
from restora.weights.hub import HubAddress
from restora.weights.store import FileState, WeightStore

Declare = Callable[..., WeightFile]
ADDRESS = "hf://someone/model/unet/net.pth"
COMMIT = "c" * 40


class FakeHub:
    """Answers as Hugging Face does: with a small file, or with a redirect to where a large one lies."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.gate: str | None = None
        """An error code instead of an answer, such as GatedRepo."""
        self.elsewhere: str | None = None
        self.asked: list[tuple[str, str, str | None]] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                hub.asked.append(("HEAD", self.path, self.headers.get("Authorization")))
                if hub.gate is not None:
                    self.send_response(403 if hub.gate == "GatedRepo" else 404)
                    self.send_header("X-Error-Code", hub.gate)
                elif hub.elsewhere is None:
                    self.send_response(200)
                    self.send_header("ETag", f'"{hashlib.sha256(hub.content).hexdigest()}"')
                else:
                    self.send_response(302)
                    self.send_header("Location", f"{hub.elsewhere}/cdn/net.pth")
                    self.send_header("X-Repo-Commit", COMMIT)
                    self.send_header("X-Linked-Size", str(len(hub.content)))
                    self.send_header("X-Linked-Etag", f'"{hashlib.sha256(hub.content).hexdigest()}"')
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                if self.path.startswith("/api/"):  # the library looks around for reasons of its own
                    self.send_error(404)
                    return
                hub.asked.append(("GET", self.path, self.headers.get("Authorization")))
                start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
                self.send_response(206 if start else 200)
                total = len(hub.content)
                self.send_header("Content-Length", str(total - start))
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
                self.end_headers()
                self.wfile.write(hub.content[start:])

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FakeHub:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def hub(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub that huggingface_hub takes for the real one, and an empty cache."""
    with FakeHub(content) as running:
        template = running.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "ENDPOINT", running.url)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hf"))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        yield running


def fill_cache(cache: Path, data: bytes, *, revision: str = "main") -> Path:
    """Lay a file into a Hugging Face cache as the library does."""
    repository = cache / "models--someone--model"
    blob = repository / "blobs" / hashlib.sha256(data).hexdigest()
    pointer = repository / "snapshots" / COMMIT / "unet" / "net.pth"
    for folder in (blob.parent, pointer.parent, repository / "refs"):
        folder.mkdir(parents=True, exist_ok=True)
    (repository / "refs" / revision).write_text(COMMIT, encoding="utf-8")
    blob.write_bytes(data)
    pointer.symlink_to(blob)
    return blob


def test_addresses_are_taken_apart() -> None:
    assert HubAddress.parse(ADDRESS) == HubAddress(repository="someone/model", path="unet/net.pth")
    with_revision = HubAddress.parse(f"{ADDRESS}@refs/pr/1")
    assert with_revision.revision == "refs/pr/1"
    assert str(with_revision) == f"{ADDRESS}@refs/pr/1"


@pytest.mark.parametrize("rest", ["", "a/b", "a/b/", "a//c", "a/b/../c", "/a/b/c", "a/b/."])
def test_what_is_no_address_is_refused(rest: str) -> None:
    with pytest.raises(DownloadError, match="expected hf://owner/name/path"):
        HubAddress.parse(f"hf://{rest}")


def test_an_owner_that_cannot_be_is_refused(downloader: Downloader, weight: Declare) -> None:
    with pytest.raises(DownloadError, match="not an address on Hugging Face"):
        downloader.get(weight(urls=("hf://some one/--/x",)))


def test_a_file_is_fetched_with_token_and_goes_on_where_it_stopped(
    hub: FakeHub, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    file = weight(urls=(f"{ADDRESS}@v1",))
    part = downloader.store.part(file)
    part.parent.mkdir(parents=True)
    part.write_bytes(content[:1000])
    assert downloader.get(file).read_bytes() == content
    assert hub.asked == [
        ("HEAD", "/someone/model/resolve/v1/unet/net.pth", "Bearer hf_secret"),
        ("GET", "/someone/model/resolve/v1/unet/net.pth", "Bearer hf_secret"),
    ]


def test_another_host_that_serves_the_bytes_does_not_see_the_token(
    hub: FakeHub, downloader: Downloader, weight: Declare, content: bytes
) -> None:
    with FakeHub(content) as other:
        hub.elsewhere = other.url
        assert downloader.get(weight(urls=(ADDRESS,))).read_bytes() == content
        assert other.asked == [("GET", "/cdn/net.pth", None)]


def test_a_file_in_the_users_cache_is_linked_without_asking_anybody(
    hub: FakeHub, store: WeightStore, weight: Declare, content: bytes, tmp_path: Path
) -> None:
    blob = fill_cache(tmp_path / "hf", content)
    place = Downloader(store=store, offline=True).get(weight(urls=(ADDRESS,)))
    assert place.samefile(blob)
    assert store.status(weight(urls=(ADDRESS,))).state is FileState.VERIFIED
    assert hub.asked == []


@pytest.mark.parametrize("damage", [b"?", b""])
def test_a_cached_file_that_is_not_the_declared_one_is_passed_over(
    damage: bytes, hub: FakeHub, downloader: Downloader, weight: Declare, content: bytes, tmp_path: Path
) -> None:
    blob = fill_cache(tmp_path / "hf", content[:-1] + damage)
    assert downloader.get(weight(urls=(ADDRESS,))).read_bytes() == content
    assert blob.read_bytes() == content[:-1] + damage


@pytest.mark.parametrize(
    ("gate", "sentence"),
    [
        ("GatedRepo", "accepted the conditions"),
        ("RepoNotFound", "no such file"),
        ("EntryNotFound", "no such file"),
    ],
)
def test_what_the_hub_refuses_is_told_with_its_reason(
    gate: str, sentence: str, hub: FakeHub, downloader: Downloader, weight: Declare
) -> None:
    hub.gate = gate
    with pytest.raises(DownloadError, match=f"^{ADDRESS}: .*{sentence}"):
        downloader.get(weight(urls=(ADDRESS,)))


def test_a_hub_that_does_not_answer_is_a_sentence(
    hub: FakeHub, downloader: Downloader, weight: Declare, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = "http://127.0.0.1:1/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    with pytest.raises(DownloadError, match="did not answer as expected"):
        downloader.get(weight(urls=(ADDRESS,)))


def run_elsewhere(folder: Path, file: WeightFile, **environment: str) -> str:
    """What `get` says in a process of its own, where the library reads the environment anew."""
    program = """
import json, sys
from pathlib import Path
from restora.errors import RestoraError
from restora.plugins.declarations import WeightFile
from restora.weights.download import Downloader
from restora.weights.store import WeightStore
from restora.weights.transfer import Transfer
folder, facts = sys.argv[1], json.loads(sys.argv[2])
downloader = Downloader(store=WeightStore(Path(folder)), transfer=Transfer(allow_loopback_http=True))
try:
    print(downloader.get(WeightFile(**{**facts, "urls": tuple(facts["urls"])})))
except RestoraError as error:
    print(error)
"""
    names = ("id", "filename", "size", "sha256", "licence", "urls", "page", "container")
    facts = json.dumps({name: getattr(file, name) for name in names})
    finished = subprocess.run(
        [sys.executable, "-c", program, str(folder), facts],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return finished.stdout.strip()


def test_endpoint_token_home_and_offline_mode_of_the_environment_are_respected(
    weight: Declare, content: bytes, tmp_path: Path
) -> None:
    file = weight(urls=(ADDRESS,))
    home = str(tmp_path / "home")
    with FakeHub(content) as hub:
        settings = {"HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_other", "HF_HOME": home, "HF_HUB_CACHE": ""}
        said = run_elsewhere(tmp_path / "offline", file, **settings, HF_HUB_OFFLINE="1")
        assert said == f"{ADDRESS}: Hugging Face is switched to offline"
        assert hub.asked == []
        said = run_elsewhere(tmp_path / "online", file, **settings)
        assert Path(said).read_bytes() == content
        assert hub.asked[0] == ("HEAD", "/someone/model/resolve/main/unet/net.pth", "Bearer hf_other")
