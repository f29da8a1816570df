"""A small server with every bad habit, and declarations to try it on."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from restora.data.kinds import Kind
from restora.plugins.declarations import MethodInfo, WeightFile
from restora.weights.download import Downloader
from restora.weights.store import WeightStore
from restora.weights.transfer import Transfer

CONTENT = bytes(range(256)) * 4096
"""One MiB."""

FAST = Transfer(allow_loopback_http=True, timeout_s=5, retries=2, pause_s=0.01)


@dataclass
class Habits:
    """How the server answers; tests change it before they ask."""

    content: bytes = CONTENT
    ranges: bool = True
    etag: str | None = '"one"'
    cuts: list[int] = field(default_factory=list)
    """Bytes after which the next answers end early."""
    statuses: list[int] = field(default_factory=list)
    """The next answers are errors."""
    announced: int | None = None
    """Another Content-Length than the truth; -1 for none."""
    redirect: str | None = None
    shift: int = 0
    """The place where a continuation really begins, beside the one that was asked for."""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def asked_ranges(self) -> list[str | None]:
        return [headers.get("range") for _, headers in self.requests]


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        habits: Habits = self.server.habits  # type: ignore[attr-defined]  # set by the fixture
        headers = {name.lower(): value for name, value in self.headers.items()}
        habits.requests.append((self.path, headers))
        if habits.statuses:
            self._short(habits.statuses.pop(0))
        elif habits.redirect is not None and self.path != "/there":
            self._short(302, location=habits.redirect)
        else:
            self._send(habits, headers)

    def _short(self, status: int, location: str | None = None) -> None:
        self.send_response(status)
        if location is not None:
            self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, habits: Habits, headers: dict[str, str]) -> None:
        total = len(habits.content)
        start = int(headers.get("range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        same_version = headers.get("if-range", habits.etag) == habits.etag
        if not habits.ranges or not same_version:
            start = 0
        if start >= total and start:
            self._short(416)
            return
        body = habits.content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start + habits.shift}-{total - 1}/{total}")
        length = len(body) if habits.announced is None else habits.announced
        if length >= 0:
            self.send_header("Content-Length", str(length))
        if habits.etag is not None:
            self.send_header("ETag", habits.etag)
        self.end_headers()
        self.wfile.write(body[: habits.cuts.pop(0)] if habits.cuts else body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server:
    def __init__(self) -> None:
        self.habits = Habits()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.habits = self.habits  # type: ignore[attr-defined]  # the handler looks there
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def content() -> bytes:
    return CONTENT


@pytest.fixture
def weight() -> Callable[..., WeightFile]:
    """Declare a file; by default one with the server's content and its hash."""

    def declare(**changes: Any) -> WeightFile:
        facts: dict[str, Any] = {
            "id": "net",
            "filename": "net.pth",
            "size": len(CONTENT),
            "sha256": hashlib.sha256(CONTENT).hexdigest(),
            "licence": "MIT",
            "urls": (),
            "page": "https://example.org/net",
            "container": "torch-weights",
        }
        return WeightFile(**{**facts, **changes})

    return declare


@pytest.fixture
def method() -> Callable[..., MethodInfo]:
    """Declare a method with these files."""

    def declare(method_id: str, *files: WeightFile) -> MethodInfo:
        return MethodInfo(
            id=method_id,
            title=method_id,
            summary="",
            factory="nowhere:Nothing",
            accepts=frozenset({Kind.IMAGE}),
            weights=files,
        )

    return declare


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> WeightStore:
    return WeightStore(tmp_path / "weights")


@pytest.fixture
def downloader(store: WeightStore) -> Downloader:
    return Downloader(store=store, transfer=FAST)


@pytest.fixture
def put(store: WeightStore) -> Callable[[WeightFile, bytes], Path]:
    """Lay a file into the store by hand, without any record."""

    def lay(file: WeightFile, data: bytes) -> Path:
        place = store.place(file)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        return place

    return lay
