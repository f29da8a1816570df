"""LPIPS: the figure, its files, and what happens without them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from restora.data.image import Image
from restora.errors import BadInputError
from restora.folders import Folders
from restora.plugins.declarations import MetricInfo
from restora.plugins.host import PluginHost
from restora.tasks.comparing import chosen_metrics, figures
from restora.testing.filled_files import write_filled
from restora.weights.consent import Consents
from restora.weights.manifest import load_manifest, parse_manifest
from restora.workbench import Workbench
from restora_classic.declarations import metrics
from restora_classic.methods import perceptual

SHRUNK = 16
"""Of the published networks' channels, one in so many; the pictures' three stay."""


def small(part: str) -> dict[str, dict[str, object]]:
    """A part's manifest with few channels and without the classifier."""
    specs = load_manifest(f"restora_classic:manifests/{part}.json")
    return {
        name: {"shape": [s if s <= 11 else s // SHRUNK for s in spec.shape], "dtype": spec.dtype}
        for name, spec in specs.items()
        if not name.startswith("classifier")
    }


def picture(seed: int, side: int = 96, channels: int = 3) -> Image:
    pixels = np.random.default_rng(seed).random((side, side + 7, channels), np.float32)
    return Image(pixels=pixels)


def without_hash(metric: MetricInfo) -> MetricInfo:
    """The metric, but with files that nobody published: these tests bring smaller ones."""
    files = tuple(replace(file, size=0, sha256=None) for file in metric.weights)
    return replace(metric, weights=files)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    def manifests(_module: str, parts: tuple[str, ...]) -> dict[str, object]:
        return {part: parse_manifest(json.dumps(small(part)), part) for part in parts}

    monkeypatch.setattr(perceptual, "load_manifests", manifests)
    monkeypatch.setattr(metrics, "METRICS", tuple(without_hash(metric) for metric in metrics.METRICS))
    perceptual._network.cache_clear()
    host = PluginHost(builtins={"classic": "restora_classic.manifest"}, entry_points=False).discover()
    with Workbench(Folders.below(tmp_path / "home"), host) as bench:
        yield bench
    perceptual._network.cache_clear()


def bring(bench: Workbench, folder: Path, *parts: str) -> None:
    for part in parts:
        path = write_filled(folder / f"{part}.pth", small(part))
        bench.weights.import_file(
            path, target=f"classic/{part}", copy=True, consents=Consents(allow_unverified=True)
        )


def lpips(bench: Workbench, name: str, first: Image, second: Image) -> float:
    (figure,) = figures(chosen_metrics(bench.host, [name]), first, second, weights=bench.weights)
    assert figure.value is not None, figure.reason
    return figure.value


def layered(backbone: str, tensors: dict[str, Tensor]) -> nn.Sequential:
    """The features as torchvision lays them out: places in the list are the numbers in the names."""
    found = nn.Sequential()
    last = max(int(name.split(".")[1]) for name in tensors)
    pools = {"alex": {2, 5}, "vgg": {4, 9, 16, 23}}[backbone]
    for place in range(last + 2):
        weight = tensors.get(f"features.{place}.weight")
        if weight is not None:
            outside, inside, side, _ = weight.shape
            stride, padding = (4, 2) if side == 11 else (1, side // 2)
            layer: nn.Module = nn.Conv2d(inside, outside, side, stride, padding)
            layer.load_state_dict({"weight": weight, "bias": tensors[f"features.{place}.bias"]})
        else:
            layer = nn.MaxPool2d(3 if backbone == "alex" else 2, 2) if place in pools else nn.ReLU()
        found.append(layer)
    return found


def expected(backbone: str, folder: Path, first: Image, second: Image) -> float:
    """LPIPS from its description, with the layers whose results it compares counted by hand."""
    features = torch.load(folder / f"{backbone}-features.pth", weights_only=True)
    # Torch files of these tests nest at slashes only, so names stay flat.
    lins = torch.load(folder / f"{backbone}-importance.pth", weights_only=True)
    net = layered(backbone, features).double()
    compared = {"alex": [1, 4, 7, 9, 11], "vgg": [3, 8, 15, 22, 29]}[backbone]
    mean, spread = torch.tensor([-0.03, -0.088, -0.188]), torch.tensor([0.458, 0.448, 0.45])
    states = [torch.tensor(each.pixels).permute(2, 0, 1)[None].double() * 2 - 1 for each in (first, second)]
    states = [(x - mean[:, None, None]) / spread[:, None, None] for x in states]
    total = 0.0
    with torch.no_grad():
        for place, layer in enumerate(net):
            states = [layer(x) for x in states]
            if place in compared:
                a, b = (x / x.norm(dim=1, keepdim=True).clamp(min=1e-12) for x in states)
                weight = lins[f"lin{compared.index(place)}.model.1.weight"].double()
                total += float(((a - b) ** 2 * weight[0][None]).sum(dim=1).mean())
    return total


@pytest.mark.parametrize(("name", "backbone"), [("lpips", "alex"), ("lpips_vgg", "vgg")])
def test_it_is_what_the_description_says(bench: Workbench, tmp_path: Path, name: str, backbone: str) -> None:
    bring(bench, tmp_path, f"{backbone}-features", f"{backbone}-importance")
    first, second = picture(0), picture(1)
    found = lpips(bench, name, first, second)
    assert found == pytest.approx(expected(backbone, tmp_path, first, second), rel=1e-4, abs=1e-7)
    assert abs(found) > 1e-4
    assert lpips(bench, name, first, first) == 0


def test_without_its_files_the_others_are_still_told(bench: Workbench) -> None:
    found = {
        each.metric.id: each
        for each in figures(chosen_metrics(bench.host, ()), picture(0), picture(1), weights=bench.weights)
    }
    assert found["psnr"].value is not None
    assert found["lpips"].value is None
    assert "alexnet-owt-7be5be79.pth" in found["lpips"].reason
    assert "alex.pth" in found["lpips"].reason


def test_the_model_manager_lists_the_files_of_metrics(bench: Workbench) -> None:
    rows = {row.entry.name: row for row in bench.weights.list("lpips")}
    assert set(rows) == {"classic/alex-features", "classic/alex-importance"}
    assert rows["classic/alex-features"].entry.methods == ("lpips",)
    assert len(bench.weights.list()) == 4


def test_grey_counts_as_three_equal_colours(bench: Workbench, tmp_path: Path) -> None:
    bring(bench, tmp_path, "alex-features", "alex-importance")
    first, second = picture(0, channels=1), picture(1, channels=1)
    coloured = [Image(pixels=each.pixels.repeat(3, axis=2)) for each in (first, second)]
    assert lpips(bench, "lpips", first, second) == lpips(bench, "lpips", *coloured)


def test_pictures_that_are_too_small_or_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInputError, match="at least 32 pixels per side, the pictures have 27 x 20"):
        perceptual.lpips_alex(picture(0, 20), picture(1, 20), {})
    monkeypatch.setattr(perceptual, "_MOST_MPIX", {"vgg": 0.005})
    with pytest.raises(BadInputError, match=r"at most 0\.005 megapixels, the pictures have 103 x 96"):
        perceptual.lpips_vgg(picture(0), picture(1), {})


def test_files_of_another_network_are_refused(bench: Workbench, tmp_path: Path) -> None:
    bring(bench, tmp_path, "alex-importance")
    wrong = write_filled(tmp_path / "wrong.pth", small("vgg-features"))
    bench.weights.import_file(
        wrong, target="classic/alex-features", copy=True, consents=Consents(allow_unverified=True)
    )
    (figure,) = figures(chosen_metrics(bench.host, ["lpips"]), picture(0), picture(1), weights=bench.weights)
    assert figure.value is None
    assert "holds other tensors than its method needs" in figure.reason


@pytest.mark.slow
@pytest.mark.parametrize("backbone", ["alex", "vgg"])
def test_the_published_size_loads_and_measures(tmp_path: Path, backbone: str) -> None:
    paths = {}
    for part in (f"{backbone}-features", f"{backbone}-importance"):
        specs = load_manifest(f"restora_classic:manifests/{part}.json")
        table = {name: {"shape": list(spec.shape), "dtype": spec.dtype} for name, spec in specs.items()}
        paths[part] = write_filled(tmp_path / f"{part}.pth", table)
    measure = perceptual.lpips_alex if backbone == "alex" else perceptual.lpips_vgg
    assert measure(picture(0), picture(0), paths) == 0
    assert abs(measure(picture(0), picture(1), paths)) > 1e-5
