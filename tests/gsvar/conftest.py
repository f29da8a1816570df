from __future__ import annotations

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
from restora.testing.vectors import Case
from restora.weights.consent import Consents
from restora.workbench import Workbench
from restora_gsvar.configuration import BRIDGE, VAE, VAR, Configuration
from restora_gsvar.net.loading import Loader
from restora_gsvar.vectors.checkpoints import Models, described, tensors_of, write_checkpoint

VECTORS = Path(__file__).parents[1] / "vectors" / "gsvar"
CASE = Case(root=VECTORS, path=VECTORS / "infer_ref.npz")


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    """Small networks are quicker on one core, and rounding is the same on every machine size."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny() -> Configuration:
    """The vectors' sizes: windows of 96 pixels."""
    return described(CASE)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """A tiny file for every declared one, in its published container."""
    folder = tmp_path_factory.mktemp("files")
    parts = tensors_of(CASE)
    mask = {"attn_bias_for_masking": torch.zeros(1, 1, 102, 102)}
    plain = {name: tensor for name, tensor in parts[VAE].items() if BRIDGE not in name}
    counted = {"quantize.ema_vocab_hit_SV": torch.zeros(10, 64)}
    return {
        "paired-bridge": write_checkpoint(folder / "vae-ckpt-last.pth", parts, "vae_opt"),
        "paired": write_checkpoint(folder / "ar-ckpt-last.pth", parts, "var_opt"),
        "varsr": write_checkpoint(folder / "VARSR.pth", {VAR: {**parts[VAR], **mask}}, ""),
        "vqvae": write_checkpoint(folder / "VQVAE.pth", {VAE: {**plain, **counted}}, ""),
    }


@pytest.fixture(scope="session")
def models(tiny: Configuration, files: Mapping[str, Path]) -> Models:
    """The networks themselves."""
    loader, path = Loader(configuration=tiny), files["paired-bridge"]
    vae = loader.autoencoder(path, torch.float32, with_bridge=True)
    return Models(tiny, vae, loader.code_model(path, torch.float32))


@dataclass(frozen=True)
class Room:
    """A workbench that knows GS-VAR alone, and takes tiny files for published ones."""

    bench: Workbench

    def put(self, file_id: str, path: Path) -> None:
        self.bench.weights.import_file(
            path, target=f"gsvar/{file_id}", copy=True, consents=Consents(allow_unverified=True)
        )

    def run(self, method: str, item: Item, *references: Item, seed: int = 0, **params: object) -> Result:
        request = self.bench.request(
            f"gsvar.{method}", item, params=params, typed=True, seed=seed, references=references
        )
        return self.bench.run(request, device="cpu")


def new_bench(folder: Path) -> Workbench:
    host = PluginHost(builtins={"gsvar": "restora_gsvar.manifest"}, entry_points=False).discover()
    return Workbench(Folders.below(folder), host)


@pytest.fixture
def empty_room(tmp_path: Path, tiny: Configuration, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setattr("restora_gsvar.method.published", lambda: tiny)
    with new_bench(tmp_path) as bench:
        yield Room(bench)


@pytest.fixture(scope="session")
def room(
    tmp_path_factory: pytest.TempPathFactory, tiny: Configuration, files: Mapping[str, Path]
) -> Iterator[Room]:
    """All files are here; methods stay loaded from test to test."""
    with pytest.MonkeyPatch.context() as patch, new_bench(tmp_path_factory.mktemp("room")) as bench:
        patch.setattr("restora_gsvar.method.published", lambda: tiny)
        room = Room(bench)
        for file_id, path in files.items():
            room.put(file_id, path)
        yield room


def render(width: int, height: int, channels: int = 3, *, seed: int = 0) -> Item:
    """A rough picture of soft shapes."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = 0.5 + 0.3 * np.sin(columns / 17)[:, :, None] * np.cos(rows / 23 + seed)[:, :, None]
    rough = np.random.default_rng(seed).random((height, width, channels), np.float32)
    pixels = np.asarray(0.2 + 0.6 * (0.85 * waves + 0.15 * rough), np.float32)
    probe = Probe(kind=Kind.IMAGE, format="memory", width=width, height=height, channels=channels)
    return Item(name=f"render-{seed}.png", probe=probe, load=lambda: Image(pixels=pixels))


@pytest.fixture(name="render")
def _render() -> Callable[..., Item]:
    return render
