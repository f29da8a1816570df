"""The published size: filled by rule, in the published containers, through the loader that users get.

Needs 7 GB of disk and 10 GB of memory; the benchmark runs larger pictures.
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest
import torch

from restora.nets.clip_text import embed, empty_prompt
from restora_gqir.configuration import PARTS, published
from restora_gqir.net.loading import Loader
from restora_gqir.net.one_step import Generator, as_picture, decode, encode, published_alpha
from restora_gqir.vectors.checkpoints import write_part

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Loader:
    folder = tmp_path_factory.mktemp("full")
    return Loader(configuration=published(), files={part: _written(part, folder) for part in PARTS})


def _written(part: str, folder: Path) -> Path:
    table = json.loads(resources.files("restora_gqir").joinpath(f"manifests/{part}.json").read_text())
    # The rule makes real numbers; counters are given by value in the vectors' own manifests.
    counters = {name: {**entry, "value": 0} for name, entry in table.items() if "int" in entry["dtype"]}
    return write_part(part, table | counters, folder)


def test_every_published_file_is_taken_and_a_picture_comes_out(loader: Loader) -> None:
    loader.check(*PARTS)
    with torch.inference_mode():
        text = embed(loader.text(torch.float32), empty_prompt(0))
        vae, unet = loader.vae("bilinear", torch.float32), loader.unet(torch.float32)
        stage2 = Generator(unet=unet, text=text, alpha=published_alpha(200))
        picture = as_picture(decode(vae, stage2(encode(vae, torch.rand(1, 3, 64, 64)))), is_signed=False)
    assert text.shape == (1, 77, 1024)
    assert picture.shape == (1, 3, 64, 64)
    assert picture.std() > 0.01


def test_flow_and_fusion_have_their_published_size(loader: Loader) -> None:
    assert sum(parameter.numel() for parameter in loader.fusion().parameters()) == 13_229_492
    assert sum(parameter.numel() for parameter in loader.raft().parameters()) == pytest.approx(
        5.26e6, rel=1e-3
    )
