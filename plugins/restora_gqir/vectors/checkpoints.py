"""Checkpoints for vectors: filled by rule, written in the published containers, read by the real loader."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from restora.data.json_values import expect
from restora.testing.fill import fill_state_dict
from restora.testing.vectors import read_json
from restora.weights.manifest import parse_manifest
from restora_gqir.configuration import PREFIXES, SD21_TEXT, SD21_UNET, Configuration

if TYPE_CHECKING:
    import torch

    from restora_gqir.net.loading import Loader

T = TypeVar("T")

PLACES: Mapping[str, tuple[str, str]] = {
    "qvae": ("qvae", "manifest.json"),
    "unet": ("unet", "manifest_base.json"),
    "lora": ("unet", "manifest_lora.json"),
    "text": ("text", "manifest.json"),
    "fusion": ("fusion", "manifest.json"),
    "raft": ("raft", "manifest.json"),
}
"""Folder and manifest of each part; `restora_gqir.configuration` names the parts."""

_SAFETENSORS = {"unet", "text"}
"""Published as diffusers and transformers folders; everything else is a torch file."""


class Checkpoints:
    """Networks for the cases in a folder of vectors, built once per folder."""

    def __init__(self, precision: str) -> None:
        self._precision = precision
        self._built: dict[tuple[Path, str], object] = {}

    @property
    def dtype(self) -> torch.dtype:
        """Of all networks but flow and fusion."""
        import torch

        return {"fp32": torch.float32, "bf16": torch.bfloat16}[self._precision]

    def built(self, root: Path, name: str, make: Callable[[Loader], T], *parts: str) -> T:
        """What `make` gives for a loader of `parts`; kept under `name`."""
        key = (root, name)
        if key not in self._built:
            with tempfile.TemporaryDirectory() as folder:
                self._built[key] = make(written_loader(root, Path(folder), *parts))
        return self._built[key]  # type: ignore[return-value]  # it was made under this name


def written_loader(root: Path, folder: Path, *parts: str) -> Loader:
    """A loader of `parts` as the vectors below `root` describe them, their files written into `folder`."""
    from restora_gqir.net.loading import Loader

    files = {part: write_part(part, read_manifest(root, part), folder) for part in parts}
    return Loader(configuration=described(root, *parts), files=files)


def read_manifest(root: Path, part: str) -> dict[str, object]:
    """A part's manifest as it stands in the vectors."""
    place, filename = PLACES[part]
    return expect(read_json(root / place / filename), dict, filename)


def write_part(part: str, manifest: Mapping[str, object], folder: Path) -> Path:
    """A part's file in its published container, filled by rule."""
    import torch

    tensors = {name: torch.from_numpy(array) for name, array in fill_state_dict(manifest).items()}
    if part not in _SAFETENSORS:
        path = folder / f"{part}.pt"
        torch.save(tensors, path)
        return path
    from safetensors.torch import save_file

    path = folder / f"{part}.safetensors"
    save_file(tensors, path)
    return path


def described(root: Path, *parts: str) -> Configuration:
    """The configuration that the vectors' own JSON files describe."""
    import json

    manifests = {}
    for part in parts:
        text = json.dumps(read_manifest(root, part))
        prefix = PREFIXES.get(part, "")
        specs = parse_manifest(text, f"{root}/{part}")
        manifests[part] = {name.removeprefix(prefix): spec for name, spec in specs.items()}
    unet = _config(root, "unet") if "unet" in parts else {}
    text_config = _config(root, "text") if "text" in parts else SD21_TEXT
    return Configuration(
        manifests=manifests,
        unet=expect(unet.get("unet", dict(SD21_UNET)), dict, "unet"),
        text=text_config,
        lora_scale=_number(unet, "lora_alpha", 1.0) / _number(unet, "lora_rank", 1.0),
        step=int(_number(unet, "model_t", 200)),
        coefficient_step=int(_number(unet, "coeff_t", 200)),
        latent_scale=_number(unet, "latent_scale", 0.18215),
    )


def _config(root: Path, place: str) -> dict[str, object]:
    return expect(read_json(root / place / "config.json"), dict, "config.json")


def _number(fields: Mapping[str, object], name: str, default: float) -> float:
    value = fields.get(name, default)
    return float(value) if isinstance(value, int | float) else default
