from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from restora.data.image import Image
from restora.data.item import Item, Probe
from restora.data.kinds import Kind
from restora.data.result import Result
from restora.folders import Folders
from restora.plugins.host import PluginHost
from restora.weights.consent import Consents
from restora.workbench import Workbench
from restora_dmdiff import weights as declared
from restora_dmdiff.configuration import Configuration

sys.path.insert(0, str(Path(__file__).parent))

from tiny_parts import CALM, configuration, manifests, write_files  # isort: skip


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    """Small networks are quicker on one core, and rounding is the same on every machine size."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session", name="manifests")
def _manifests() -> Mapping[str, dict[str, object]]:
    return manifests()


@pytest.fixture(scope="session")
def tiny(manifests: Mapping[str, dict[str, object]]) -> Configuration:
    return configuration(manifests)


@pytest.fixture(scope="session")
def files(
    tmp_path_factory: pytest.TempPathFactory, manifests: Mapping[str, dict[str, object]]
) -> Mapping[str, Path]:
    return write_files(manifests, tmp_path_factory.mktemp("parts"))


@dataclass(frozen=True)
class Room:
    """A workbench that knows DMDiff alone, and takes tiny files for published ones."""

    bench: Workbench

    def put(self, file_id: str, path: Path) -> None:
        self.bench.weights.import_file(
            path, target=f"dmdiff/{file_id}", copy=True, consents=Consents(allow_unverified=True)
        )

    def run(
        self,
        method: str,
        item: Item,
        *,
        seed: int = 0,
        slots: Mapping[str, Item] | None = None,
        **params: object,
    ) -> Result:
        params |= {slot: given.name for slot, given in (slots or {}).items()}
        request = self.bench.request(
            f"dmdiff.{method}", item, params={**CALM, **params}, typed=True, seed=seed, slots=slots
        )
        return self.bench.run(request, device="cpu")


def new_bench(folder: Path) -> Workbench:
    host = PluginHost(builtins={"dmdiff": "restora_dmdiff.manifest"}, entry_points=False).discover()
    return Workbench(Folders.below(folder), host)


@pytest.fixture
def empty_room(tmp_path: Path, tiny: Configuration, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setattr("restora_dmdiff.method.published", lambda: tiny)
    with new_bench(tmp_path) as bench:
        yield Room(bench)


@pytest.fixture(scope="session")
def room(
    tmp_path_factory: pytest.TempPathFactory, tiny: Configuration, files: Mapping[str, Path]
) -> Iterator[Room]:
    """Every file but the vocabulary is here; methods stay loaded from test to test."""
    with pytest.MonkeyPatch.context() as patch, new_bench(tmp_path_factory.mktemp("room")) as bench:
        patch.setattr("restora_dmdiff.method.published", lambda: tiny)
        room = Room(bench)
        for file_id, part in declared.PARTS.items():
            room.put(file_id, files[part])
        yield room


def photograph(
    width: int, height: int, channels: int = 3, *, seed: int = 0, kind: Kind = Kind.METALENS
) -> Item:
    """A hazy picture of soft shapes."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = 0.5 + 0.3 * np.sin(columns / 17)[:, :, None] * np.cos(rows / 23 + seed)[:, :, None]
    rough = np.random.default_rng(seed).random((height, width, channels), np.float32)
    pixels = np.asarray(0.2 + 0.6 * (0.85 * waves + 0.15 * rough), np.float32)
    probe = Probe(kind=kind, format="memory", width=width, height=height, channels=channels)
    return Item(name="photo.png", probe=probe, load=lambda: Image(pixels=pixels))


@pytest.fixture(name="photograph")
def _photograph() -> Callable[..., Item]:
    return photograph
