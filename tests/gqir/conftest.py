from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from restora.data.item import Item, Probe
from restora.data.kinds import ColourFilter, Kind
from restora.data.photon_cube import PhotonCube
from restora.data.result import Result
from restora.folders import Folders
from restora.plugins.host import PluginHost
from restora.weights.consent import Consents
from restora.weights.manifest import parse_manifest
from restora.workbench import Workbench
from restora_gqir import weights as declared
from restora_gqir.configuration import PREFIXES, Configuration
from restora_gqir.vectors.checkpoints import described, read_manifest, write_part

VECTORS = Path(__file__).parents[1] / "vectors" / "gqir"
NARROWER = {64: 48, 128: 96}
"""The vectors' text model is wider than what their generator takes: sides of a fitting one."""


@pytest.fixture(scope="session")
def vectors_folder() -> Path:
    return VECTORS


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    """Small networks are quicker on one core, and rounding is the same on every machine size."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def text_manifest() -> dict[str, object]:
    manifest = read_manifest(VECTORS, "text")
    return {
        name: {**entry, "shape": [NARROWER.get(side, side) for side in entry["shape"]]}
        for name, entry in manifest.items()
    }


@pytest.fixture(scope="session")
def tiny() -> Configuration:
    """The vectors' sizes of all networks, with a text model that fits the generator."""
    parts = described(VECTORS, "qvae", "unet", "lora", "fusion", "raft")
    text = parse_manifest(json.dumps(text_manifest()), "text")
    prefix = PREFIXES["text"]
    manifests = {**parts.manifests, "text": {name.removeprefix(prefix): spec for name, spec in text.items()}}
    config = json.loads((VECTORS / "text" / "config.json").read_text())
    config |= {"hidden_size": NARROWER[64], "intermediate_size": NARROWER[128]}
    return replace(parts, manifests=manifests, text=config)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """A tiny file for every part, in its published container."""
    folder = tmp_path_factory.mktemp("parts")
    manifests = {part: read_manifest(VECTORS, part) for part in ("qvae", "unet", "lora", "fusion", "raft")}
    return {
        part: write_part(part, each, folder) for part, each in {**manifests, "text": text_manifest()}.items()
    }


@dataclass(frozen=True)
class Room:
    """A workbench that knows gQIR alone, and takes tiny files for published ones."""

    bench: Workbench

    def put(self, file_id: str, path: Path) -> None:
        self.bench.weights.import_file(
            path, target=f"gqir/{file_id}", copy=True, consents=Consents(allow_unverified=True)
        )

    def run(self, method: str, item: Item, **params: object) -> Result:
        side = params.pop("side", None)
        request = self.bench.request(f"gqir.{method}", item, params=params, typed=True, side=side)
        return self.bench.run(request, device="cpu")


@pytest.fixture
def empty_room(tmp_path: Path, tiny: Configuration, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setattr("restora_gqir.method.published", lambda: tiny)
    with new_bench(tmp_path) as bench:
        yield Room(bench)


@pytest.fixture
def room_in(
    tiny: Configuration, files: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Path], AbstractContextManager[Room]]:
    """A room whose folder outlives it, with the files of `gqir.single`."""
    monkeypatch.setattr("restora_gqir.method.published", lambda: tiny)

    @contextmanager
    def opened(folder: Path) -> Iterator[Room]:
        with new_bench(folder) as bench:
            room = Room(bench)
            for file in declared.SINGLE:
                if file.manifest is not None:
                    room.put(file.id, files[file.manifest.rpartition("/")[2].removesuffix(".json")])
            yield room

    return opened


@pytest.fixture(scope="module")
def room(
    tmp_path_factory: pytest.TempPathFactory, tiny: Configuration, files: Mapping[str, Path]
) -> Iterator[Room]:
    """Every declared file is here; methods stay loaded from test to test."""
    with pytest.MonkeyPatch.context() as patch, new_bench(tmp_path_factory.mktemp("room")) as bench:
        patch.setattr("restora_gqir.method.published", lambda: tiny)
        room = Room(bench)
        for file in (*declared.SINGLE, *declared.BURST):
            part = None if file.manifest is None else file.manifest.rpartition("/")[2].removesuffix(".json")
            if part is not None:
                room.put(file.id, files[part])
        yield room


def new_bench(folder: Path) -> Workbench:
    host = PluginHost(builtins={"gqir": "restora_gqir.manifest"}, entry_points=False).discover()
    return Workbench(Folders.below(folder), host)


@dataclass(frozen=True)
class Frames:
    """A reader of frames in memory."""

    array: np.ndarray

    def read(self, start: int, stop: int) -> np.ndarray:
        return self.array[start:stop]


@pytest.fixture
def capture() -> Callable[..., Item]:
    return captured


def captured(
    frames: int,
    height: int = 64,
    width: int = 64,
    *,
    colour_filter: ColourFilter = ColourFilter.MONO,
    channels: int = 1,
    rate: float = 0.3,
    bits: int = 1,
    seed: int = 0,
) -> Item:
    """An item of binary frames: a bright disc that moves to the right over a slope."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    light = np.empty((frames, height, width, channels))
    for index in range(frames):
        disc = (rows - height / 2) ** 2 + (columns - width / 3 - 0.1 * index) ** 2 < (height / 5) ** 2
        light[index] = (rate * (0.5 + columns / width) * np.where(disc, 1.6, 0.8))[..., None]
    array = rng.binomial(2**bits - 1, np.clip(light, 0, 1)).astype(np.uint8)
    cube = PhotonCube(
        reader=Frames(array),
        frames=frames,
        height=height,
        width=width,
        channels=channels,
        bits=bits,
        colour_filter=colour_filter,
    )
    probe = Probe(
        kind=Kind.SPAD, format="memory", width=width, height=height, channels=channels, frames=frames
    )
    return Item(name="disc", probe=probe, load=lambda: cube)
