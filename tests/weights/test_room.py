from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from restora.errors import WeightsMissingError
from restora.plugins.declarations import MethodInfo, WeightFile
from restora.weights.room import WeightRoom
from restora.weights.store import FileState
from restora.weights.transfer import Transfer

Declare = Callable[..., WeightFile]


@pytest.fixture
def base(weight: Declare, server: Any) -> WeightFile:
    return weight(urls=(f"{server.url}/base",))


@pytest.fixture
def infos(method: Callable[..., MethodInfo], weight: Declare, base: WeightFile) -> list[MethodInfo]:
    own = weight(id="own", filename="own.pth", sha256="1" * 64, optional=True, ask_licence=True, licence="NC")
    return [method("one.a", base, own), method("two.b", base), method("three.plain")]


@pytest.fixture
def room(infos: list[MethodInfo], tmp_path: Path) -> WeightRoom:
    of = WeightRoom.of(infos, tmp_path / "weights")
    fast = Transfer(allow_loopback_http=True, pause_s=0.01)
    return WeightRoom(catalogue=of.catalogue, store=of.store, transfer=fast)


def states(room: WeightRoom) -> dict[str, FileState]:
    return {row.entry.name: row.status.state for row in room.list()}


def test_from_nothing_to_a_method_that_finds_its_files(room: WeightRoom, infos: list[MethodInfo]) -> None:
    assert states(room) == {"one/net": FileState.MISSING, "one/own": FileState.MISSING}
    with pytest.raises(WeightsMissingError, match=r"two\.b: .*net\.pth"):
        room.resolve(infos[1])
    (row,) = room.get("two.b")
    assert row.status.state is FileState.VERIFIED
    assert room.resolve(infos[1]) == room.resolve(infos[0]) == {"net": row.status.place}
    assert room.resolve(infos[2]) == {}
    assert states(room)["one/net"] is FileState.VERIFIED


def test_optional_files_can_be_left_out(room: WeightRoom) -> None:
    assert [row.entry.name for row in room.get("one.a", with_optional=False)] == ["one/net"]


def test_licences_that_must_be_accepted_are_known_beforehand(room: WeightRoom) -> None:
    assert [entry.file.licence for entry in room.licences_to_accept("one.a", [])] == ["NC"]
    assert room.licences_to_accept("one.a", ["NC"]) == ()
    assert room.licences_to_accept("two.b", []) == ()


def test_verifying_tells_the_changed_file(room: WeightRoom) -> None:
    (row,) = room.get("two.b")
    assert [found.problem for found in room.verify()] == [None]
    data = bytearray(row.status.place.read_bytes())
    data[0] ^= 1
    row.status.place.write_bytes(data)
    (found,) = room.verify("two.b")
    assert "expected" in str(found.problem)
    assert found.row.status.state is FileState.WRONG
    (again,) = room.get("two.b")
    assert again.status.state is FileState.VERIFIED


def test_a_file_that_another_method_needs_stays_unless_it_is_named(room: WeightRoom, content: bytes) -> None:
    room.get("two.b")
    removal = room.remove("one.a")
    assert [entry.name for entry in removal.kept] == ["one/net"]
    assert removal.removed == ()
    assert states(room)["one/net"] is FileState.VERIFIED
    removal = room.remove("two/net")
    assert [entry.name for entry in removal.removed] == ["one/net"]
    assert removal.freed == len(content)
    assert states(room)["one/net"] is FileState.MISSING


def test_importing_and_unknown_files(room: WeightRoom, tmp_path: Path, content: bytes) -> None:
    mine = tmp_path / "mine.pth"
    mine.write_bytes(content)
    row = room.import_file(mine)
    assert row.status.state is FileState.VERIFIED
    stray = room.store.folder / "stray.pth"
    stray.write_bytes(b"?")
    assert room.unknown() == (stray,)


def test_the_model_manager_opens_without_torch_and_without_the_network_library() -> None:
    program = (
        "import sys, restora.weights.room, restora.weights.conversion, restora.weights.manifest\n"
        "heavy = {'torch', 'numpy', 'safetensors', 'huggingface_hub', 'filelock'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or None)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
