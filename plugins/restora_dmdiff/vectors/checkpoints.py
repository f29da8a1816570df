"""Checkpoints for vectors: filled by rule, written in the published containers, read by the real loader."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from restora.data.json_values import expect
from restora.testing.fill import fill_state_dict
from restora.testing.vectors import Case
from restora.weights.manifest import parse_manifest
from restora_dmdiff.configuration import PREFIXES, TURBO_TEXT, Configuration, Schedule

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
        self._built: dict[tuple[Path, str], object] = {}

    def built(self, case: Case, name: str, make: Callable[[Loader], T], *parts: str) -> T:
        """What `make` gives for a loader of `parts`; kept under `name`."""
        key = (case.folder, name)
        if key not in self._built:
            with tempfile.TemporaryDirectory() as folder:
                self._built[key] = make(written_loader(case, Path(folder), *parts))
        return self._built[key]  # type: ignore[return-value]  # it was made under this name


def written_loader(case: Case, folder: Path, *parts: str) -> Loader:
    """A loader of `parts` as the files beside a case describe them, their own files written into `folder`."""
    from restora_dmdiff.net.loading import Loader

    files = {part: write_part(part, read_manifest(case, part), folder) for part in parts}
    return Loader(configuration=described(case, *parts), files=files)


def read_manifest(case: Case, part: str) -> dict[str, object]:
    """A part's manifest as it stands in the vectors."""
    return read_object(case, MANIFESTS[part])


def read_object(case: Case, filename: str) -> dict[str, object]:
    """A JSON object beside a case."""
    return expect(case.json(filename), dict, filename)


def write_part(part: str, manifest: Mapping[str, object], folder: Path) -> Path:
    """A part's file in its published container, filled by rule."""
    import torch

    plain = {name: entry for name, entry in manifest.items() if "value" in expect(entry, dict, name)}
    drawn = {name: entry for name, entry in manifest.items() if name not in plain}
    tensors = {name: torch.from_numpy(array) for name, array in fill_state_dict(drawn).items()}
    path = folder / f"{part}{'.safetensors' if part in SAFETENSORS else '.pkl'}"
    if part in SAFETENSORS:
        from safetensors.torch import save_file

        save_file(tensors, path)
    else:
        values = {name: expect(entry, dict, name)["value"] for name, entry in plain.items()}
        torch.save(_nested({**values, **tensors}), path)
    return path


def _nested(flat: Mapping[str, object]) -> dict[str, object]:
    """`a/b` becomes {a: {b: ...}}."""
    root: dict[str, object] = {}
    for name, value in flat.items():
        *folders, last = name.split("/")
        place = root
        for folder in folders:
            place = expect(place.setdefault(folder, {}), dict, folder)
        place[last] = value
    return root


def described(case: Case, *parts: str) -> Configuration:
    """The configuration that the vectors' own JSON files describe."""
    manifests = {}
    for part in parts:
        specs = parse_manifest(json.dumps(read_manifest(case, part)), f"{case.folder}/{part}")
        prefix = PREFIXES.get(part, "")
        manifests[part] = {name.removeprefix(prefix): spec for name, spec in specs.items()}
    config = read_object(case, "config.json")
    heads = read_object(case, "config.musiq.json").get("num_heads", 6) if "musiq" in parts else 6
    return Configuration(
        manifests=manifests,
        unet=expect(config["unet"], dict, "unet"),
        vae=expect(config["vae"], dict, "vae"),
        text=TURBO_TEXT,
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
