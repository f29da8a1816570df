"""Checkpoints for vectors: filled by rule, written in the published containers, read by the real loader."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from restora.data.json_values import expect
from restora.testing.fill import fill_state_dict
from restora.testing.placing import place
from restora.testing.vectors import Case
from restora.weights.manifest import parse_manifest
from restora_gsvar.configuration import VAE, VAR, Configuration

if TYPE_CHECKING:
    from restora_gsvar.net.autoencoder import Autoencoder
    from restora_gsvar.net.generating import CodeModel

MANIFESTS: Mapping[str, str] = {VAE: "manifest_vae.json", VAR: "manifest_var.json"}


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """The networks of one folder of vectors."""

    configuration: Configuration
    vae: Autoencoder
    codes: CodeModel


class Checkpoints:
    """Networks for the cases in a folder of vectors, built once per folder."""

    def __init__(self) -> None:
        self._models: dict[Path, Models] = {}

    def models(self, case: Case) -> Models:
        """Read from a file of stage 2 that is written for the purpose."""
        if case.folder not in self._models:
            import torch

            from restora_gsvar.net.loading import Loader

            configuration = described(case)
            with tempfile.TemporaryDirectory() as folder:
                path = write_checkpoint(Path(folder) / "vae-ckpt-last.pth", tensors_of(case), "vae_opt")
                loader = Loader(configuration=configuration, device=place())
                self._models[case.folder] = Models(
                    configuration,
                    loader.autoencoder(path, torch.float32, with_bridge=True),
                    loader.code_model(path, torch.float32),
                )
        return self._models[case.folder]


def tensors_of(case: Case) -> dict[str, dict[str, object]]:
    """Both parts, filled by rule."""
    import torch

    filled: dict[str, dict[str, object]] = {}
    for part, filename in MANIFESTS.items():
        arrays = fill_state_dict(expect(case.json(filename), dict, filename))
        filled[part] = {name: torch.from_numpy(array) for name, array in arrays.items()}
    return filled


def write_checkpoint(path: Path, parts: Mapping[str, Mapping[str, object]], optimiser: str) -> Path:
    """A file as the research code writes it, beside an optimiser's state if one is named."""
    import torch

    trainer: dict[str, object] = {
        "config": {"depth": 24},
        **{part: dict(held) for part, held in parts.items()},
    }
    if optimiser:
        trainer[optimiser] = {"state": {0: {"exp_avg": torch.zeros(2)}}, "param_groups": [{"lr": 5e-5}]}
    torch.save({"epoch": 4, "iter": 0, "args": {"depth": 24, "exp": "filled"}, "trainer": trainer}, path)
    return path


def described(case: Case, *, fusing: frozenset[int] | None = None) -> Configuration:
    """The configuration that the vectors' own JSON files describe."""
    manifests = {}
    for part, filename in MANIFESTS.items():
        text = json.dumps(case.json(filename))
        manifests[part] = parse_manifest(text, f"{case.folder}/{filename}")
    sides = expect(expect(case.json("config.json"), dict, "config.json")["patch_nums"], list, "patch_nums")
    return Configuration(manifests=manifests, sides=tuple(sides), fusing=fusing)
