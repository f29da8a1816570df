"""The window of models against a server on this machine that takes its time."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from restora.data.kinds import Kind
from restora.plugins.declarations import MethodInfo, WeightFile
from restora.weights.catalogue import Catalogue
from restora.weights.room import WeightRoom
from restora.weights.store import FileState, WeightStore
from restora.weights.transfer import Transfer
from restora_desktop.dialogs.weights import WeightsDialog
from restora_desktop.models.weights import WeightColumn, origin

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Studio

CONTENT = bytes(range(256)) * 4096
_PIECE = 32 * 1024


def content_of(name: str) -> bytes:
    """Files of one size, each with another content."""
    return hashlib.sha256(name.encode()).digest() + CONTENT


class _Trickle(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        content = content_of(self.path)
        self.server.starts.append(start)  # type: ignore[attr-defined]  # set by the fixture
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("ETag", '"one"')
        self.end_headers()
        try:
            for place in range(start, len(content), _PIECE):
                self.wfile.write(content[place : place + _PIECE])
                time.sleep(0.01)
        except OSError:
            return  # the other side has paused

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), _Trickle)
    running.starts = []  # type: ignore[attr-defined]  # the handler looks there
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


def declared(server: ThreadingHTTPServer, name: str, **changes: object) -> WeightFile:
    facts: dict[str, object] = {
        "id": name,
        "filename": f"{name}.pth",
        "size": len(content_of(f"/{name}.pth")),
        "sha256": hashlib.sha256(content_of(f"/{name}.pth")).hexdigest(),
        "licence": "MIT",
        "urls": (f"http://127.0.0.1:{server.server_port}/{name}.pth",),
        "page": "https://example.org/net",
        "container": "torch-weights",
    }
    return WeightFile(**{**facts, **changes})  # type: ignore[arg-type]  # as the fields are declared


def shown(studio: Studio, monkeypatch: pytest.MonkeyPatch, folder: Path, *files: WeightFile) -> WeightsDialog:
    """The window of models of a workbench whose only method needs these files."""
    info = MethodInfo(
        id="needy.run",
        title="Needy",
        summary="s",
        factory="a:B",
        accepts=frozenset({Kind.IMAGE}),
        weights=files,
    )
    workbench = studio.desk.workbench
    assert workbench is not None
    monkeypatch.setattr(workbench.host, "methods", lambda: (info,))
    fast = Transfer(allow_loopback_http=True, timeout_s=5, retries=1, pause_s=0.01)
    workbench.weights = WeightRoom(catalogue=Catalogue([info]), store=WeightStore(folder), transfer=fast)
    studio.trigger("tools.models")
    dialog = studio.commander.tools.weights_dialog
    assert dialog is not None
    return dialog


def click(dialog: WeightsDialog, name: str) -> None:
    assert dialog.buttons[name].isEnabled(), dialog.buttons[name].toolTip()
    QTest.mouseClick(dialog.buttons[name], Qt.MouseButton.LeftButton)


def state(dialog: WeightsDialog, place: int = 0) -> FileState:
    row = dialog.model.row(place)
    assert row is not None
    return row.status.state


def test_a_download_shows_how_far_it_is_pauses_and_goes_on_where_it_was(
    studio: Studio, server: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = shown(studio, monkeypatch, tmp_path / "w", declared(server, "net"))
    assert state(dialog) is FileState.MISSING
    click(dialog, "get")
    assert not dialog.buttons["get"].isEnabled()
    studio.wait(lambda: 0 < dialog.bar.value() < 1000)
    assert "MB" in dialog.bar.text()
    click(dialog, "stop")
    studio.wait(lambda: dialog.is_idle)
    assert state(dialog) is FileState.PARTIAL
    assert "kept" in dialog.note.text()
    click(dialog, "get")
    studio.wait(lambda: dialog.is_idle)
    assert state(dialog) is FileState.VERIFIED
    starts = server.starts  # type: ignore[attr-defined]  # set by the fixture
    assert starts[0] == 0
    assert starts[-1] > 0
    click(dialog, "verify")
    studio.wait(lambda: dialog.is_idle)
    assert "as published" in dialog.note.text()
    assert not dialog.buttons["get"].isEnabled()
    assert "here already" in dialog.buttons["get"].toolTip()


def test_a_file_with_another_hash_is_told_and_thrown_away(
    studio: Studio, server: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = shown(studio, monkeypatch, tmp_path / "w", declared(server, "net", sha256="0" * 64))
    click(dialog, "get")
    studio.wait(lambda: dialog.is_idle)
    assert "what arrived has sha256" in dialog.note.text()
    assert state(dialog) is FileState.MISSING
    assert not [
        path for path in (tmp_path / "w").rglob("*") if path.is_file() and path.stat().st_size > 10_000
    ]


def test_a_file_without_a_hash_is_taken_only_after_a_yes(
    studio: Studio, server: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = shown(
        studio, monkeypatch, tmp_path / "w", declared(server, "net", sha256=None, container="text")
    )
    studio.answers.yes = False
    click(dialog, "get")
    studio.wait(lambda: dialog.is_idle)
    assert state(dialog) in {FileState.MISSING, FileState.PARTIAL}
    assert studio.answers.asked
    studio.answers.yes = True
    click(dialog, "get")
    studio.wait(lambda: dialog.is_idle and state(dialog) is FileState.UNVERIFIED)


def test_everything_a_method_needs_comes_with_one_click(
    studio: Studio, server: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = (
        declared(server, "one"),
        declared(server, "two"),
        declared(server, "words", optional=True),
    )
    dialog = shown(studio, monkeypatch, tmp_path / "w", *files)
    assert not dialog.get_all.isEnabled()
    dialog.show_method("needy.run")
    assert dialog.get_all.isEnabled()
    QTest.mouseClick(dialog.get_all, Qt.MouseButton.LeftButton)
    studio.wait(lambda: dialog.is_idle)
    parts = {
        dialog.model.index(place, WeightColumn.PART).data(): state(dialog, place)
        for place in range(dialog.model.rowCount())
    }
    assert all(found is FileState.VERIFIED for part, found in parts.items() if "optional" not in part), parts
    assert not dialog.get_all.isEnabled()
    assert "everything is here" in dialog.get_all.toolTip()


def test_a_server_that_is_gone_is_a_sentence(
    studio: Studio, server: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = declared(server, "net", urls=("http://127.0.0.1:9/net.pth",))
    dialog = shown(studio, monkeypatch, tmp_path / "w", gone)
    click(dialog, "get")
    studio.wait(lambda: dialog.is_idle)
    assert "127.0.0.1:9" in dialog.note.text()
    assert state(dialog) is FileState.MISSING


def test_files_of_one_name_are_told_apart_by_their_origin(server: ThreadingHTTPServer) -> None:
    hub = "hf://stabilityai/sd-turbo/unet/diffusion_pytorch_model.safetensors"
    assert origin(declared(server, "a", urls=(hub,))) == "sd-turbo / unet"
    assert origin(declared(server, "a", urls=("hf://owner/name/a.pth",))) == "name"
    assert origin(declared(server, "a", urls=(), page="https://github.com/owner/Project")) == "Project"
    assert origin(declared(server, "a", urls=(), page="https://example.org")) == "example.org"
    assert origin(declared(server, "a", urls=("https://example.org/x/a.pth",))) == "example.org"
