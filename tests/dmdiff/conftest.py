from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import CLIPTextConfig, CLIPTextModel

from restora.data.image import Image
from restora.data.item import Item, Probe
from restora.data.kinds import Kind
from restora.data.result import Result
from restora.folders import Folders
from restora.nets import stable_diffusion
from restora.plugins.host import PluginHost
from restora.testing.vectors import Case
from restora.weights.consent import Consents
from restora.weights.manifest import parse_manifest
from restora.workbench import Workbench
from restora_dmdiff import weights as declared
from restora_dmdiff.configuration import Configuration
from restora_dmdiff.vectors.checkpoints import described, read_manifest, write_part

VECTORS = Path(__file__).parents[1] / "vectors" / "dmdiff"
CASE = Case(root=VECTORS, path=VECTORS / "unet.npz")
TEXT = {
    **stable_diffusion.TEXT,
    "hidden_size": 24,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
}
"""A text model as wide as the vectors' UNet takes it."""
CALM = {"levels": "0.4", "window": "centre"}
"""Filled weights explode under the maps of real photographs; the vectors keep to 0..0.6 as well."""


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    """Small networks are quicker on one core, and rounding is the same on every machine size."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def manifests() -> Mapping[str, dict[str, object]]:
    """Of all parts, as JSON has them."""
    with torch.device("meta"):
        text = CLIPTextModel(CLIPTextConfig(**TEXT)).state_dict()
    names = {f"text_model.{name.removeprefix('text_model.')}": tensor for name, tensor in text.items()}
    parts = {part: read_manifest(CASE, part) for part in ("unet", "vae", "checkpoint", "musiq")}
    return {
        **parts,
        "text": {name: {"shape": list(t.shape), "dtype": "float32"} for name, t in names.items()},
    }


@pytest.fixture(scope="session")
def tiny(manifests: Mapping[str, dict[str, object]]) -> Configuration:
    """The vectors' sizes of all networks, with a text model that fits the UNet."""
    parts = described(CASE, "unet", "vae", "checkpoint", "musiq")
    specs = parse_manifest(json.dumps(manifests["text"]), "text")
    text = {name.removeprefix("text_model."): spec for name, spec in specs.items()}
    return replace(parts, manifests={**parts.manifests, "text": text}, text=TEXT)


@pytest.fixture(scope="session")
def files(
    tmp_path_factory: pytest.TempPathFactory, manifests: Mapping[str, dict[str, object]]
) -> Mapping[str, Path]:
    """A tiny file for every part, in its published container."""
    folder = tmp_path_factory.mktemp("parts")
    return {part: write_part(part, manifest, folder) for part, manifest in manifests.items()}


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
