"""Checkpoints for vectors: filled by rule, written in the published containers, read by the real loader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from restora.data.json_values import expect
from restora.nets import stable_diffusion
from restora.testing.filled_files import BuiltOnce, write_filled
from restora.testing.placing import place
from restora.testing.rounding import round_like
from restora.testing.vectors import read_json
from restora.weights.manifest import parse_manifest
from restora.weights.parts import without_prefix
from restora_gqir.configuration import PREFIXES, Configuration

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

    def __init__(self, precision: str, *, is_emulated: bool = False) -> None:
        self._precision = precision
        self._is_emulated = is_emulated
        self._built = BuiltOnce()

    @property
    def dtype(self) -> torch.dtype:
        """Of all networks but flow and fusion."""
        import torch

        return torch.float32 if self._is_emulated else self._stored

    @property
    def _stored(self) -> torch.dtype:
        import torch

        return {"fp32": torch.float32, "bf16": torch.bfloat16}[self._precision]

    def built(
        self,
        root: Path,
        name: str,
        make: Callable[[Loader], T],
        *parts: str,
        in_float32: bool = False,
    ) -> T:
        """What `make` gives for a loader of `parts`; kept under `name`."""

        def made(folder: Path) -> T:
            found = make(written_loader(root, folder, *parts))
            if self._is_emulated and not in_float32:
                self._round(found)
            return found

        return self._built.built((root, name), made)

    def _round(self, found: object) -> None:
        """Networks behave as in the short type from now on; see `restora.testing.rounding`."""
        import torch

        for part in found if isinstance(found, tuple) else (found,):
            if isinstance(part, torch.nn.Module):
                round_like(part, self._stored)


def written_loader(root: Path, folder: Path, *parts: str) -> Loader:
    """A loader of `parts` as the vectors below `root` describe them, their files written into `folder`."""
    from restora_gqir.net.loading import Loader

    files = {part: write_part(part, read_manifest(root, part), folder) for part in parts}
    return Loader(configuration=described(root, *parts), files=files, device=place())


def read_manifest(root: Path, part: str) -> dict[str, object]:
    """A part's manifest as it stands in the vectors."""
    place, filename = PLACES[part]
    return expect(read_json(root / place / filename), dict, filename)


def write_part(part: str, manifest: Mapping[str, object], folder: Path) -> Path:
    """A part's file in its published container, filled by rule."""
    return write_filled(folder / f"{part}{'.safetensors' if part in _SAFETENSORS else '.pt'}", manifest)


def described(root: Path, *parts: str) -> Configuration:
    """The configuration that the vectors' own JSON files describe."""
    import json

    manifests = {}
    for part in parts:
        text = json.dumps(read_manifest(root, part))
        prefix = PREFIXES.get(part, "")
        manifests[part] = without_prefix(parse_manifest(text, f"{root}/{part}"), prefix)
    unet = _config(root, "unet") if "unet" in parts else {}
    text_config = _config(root, "text") if "text" in parts else stable_diffusion.TEXT
    return Configuration(
        manifests=manifests,
        unet=expect(unet.get("unet", dict(stable_diffusion.UNET)), dict, "unet"),
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
