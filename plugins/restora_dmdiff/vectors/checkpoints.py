"""Checkpoints for vectors: filled by rule, written in the published containers, read by the real loader."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from restora.data.json_values import expect
from restora.nets import stable_diffusion
from restora.testing.filled_files import BuiltOnce, write_filled
from restora.testing.placing import place
from restora.testing.vectors import Case
from restora.weights.manifest import parse_manifest
from restora.weights.parts import without_prefix
from restora_dmdiff.configuration import PREFIXES, Configuration, Schedule

if TYPE_CHECKING:
    from restora_dmdiff.net.loading import Loader

T = TypeVar("T")

MANIFESTS: Mapping[str, str] = MappingProxyType(
    {
        "unet": "manifest.unet.json",
        "vae": "manifest.vae.json",
        "checkpoint": "manifest.pkl.json",
        "musiq": "manifest.musiq.json",
    }
)
"""By part, as `restora_dmdiff.configuration` names them."""

SAFETENSORS = frozenset({"unet", "vae", "text"})
"""Published as folders of diffusers and transformers; everything else is a torch file."""


class Checkpoints:
    """Networks for the cases in a folder of vectors, built once per folder."""

    def __init__(self) -> None:
        self._built = BuiltOnce()

    def built(self, case: Case, name: str, make: Callable[[Loader], T], *parts: str) -> T:
        """What `make` gives for a loader of `parts`; kept under `name`."""
        key = (case.folder, name)
        return self._built.built(key, lambda folder: make(written_loader(case, folder, *parts)))


def written_loader(case: Case, folder: Path, *parts: str) -> Loader:
    """A loader of `parts` as the files beside a case describe them, their own files written into `folder`."""
    from restora_dmdiff.net.loading import Loader

    files = {part: write_part(part, read_manifest(case, part), folder) for part in parts}
    return Loader(configuration=described(case, *parts), files=files, device=place())


def read_manifest(case: Case, part: str) -> dict[str, object]:
    """A part's manifest as it stands in the vectors."""
    return read_object(case, MANIFESTS[part])


def read_object(case: Case, filename: str) -> dict[str, object]:
    """A JSON object beside a case."""
    return expect(case.json(filename), dict, filename)


def write_part(part: str, manifest: Mapping[str, object], folder: Path) -> Path:
    """A part's file in its published container, filled by rule."""
    plain = {name: entry for name, entry in manifest.items() if "value" in expect(entry, dict, name)}
    drawn = {name: entry for name, entry in manifest.items() if name not in plain}
    values = {name: expect(entry, dict, name)["value"] for name, entry in plain.items()}
    ending = ".safetensors" if part in SAFETENSORS else ".pkl"
    return write_filled(folder / f"{part}{ending}", drawn, values)


def described(case: Case, *parts: str) -> Configuration:
    """The configuration that the vectors' own JSON files describe."""
    manifests = {}
    for part in parts:
        specs = parse_manifest(json.dumps(read_manifest(case, part)), f"{case.folder}/{part}")
        manifests[part] = without_prefix(specs, PREFIXES.get(part, ""))
    config = read_object(case, "config.json")
    heads = read_object(case, "config.musiq.json").get("num_heads", 6) if "musiq" in parts else 6
    return Configuration(
        manifests=manifests,
        unet=expect(config["unet"], dict, "unet"),
        vae=expect(config["vae"], dict, "vae"),
        text=stable_diffusion.TEXT,
        schedule=schedule_of(config),
        musiq_heads=expect(heads, int, "num_heads"),
        lora_alpha=_number(config, "lora_alpha", 8.0),
    )


def schedule_of(config: Mapping[str, object]) -> Schedule:
    """The base model's schedule, from the file of its scheduler."""
    fields = expect(config["scheduler"], dict, "scheduler")
    usual = Schedule()
    return Schedule(
        steps=int(_number(fields, "num_train_timesteps", usual.steps)),
        first=_number(fields, "beta_start", usual.first),
        last=_number(fields, "beta_end", usual.last),
    )


def _number(fields: Mapping[str, object], name: str, default: float) -> float:
    value = fields.get(name, default)
    return float(value) if isinstance(value, int | float) else default
