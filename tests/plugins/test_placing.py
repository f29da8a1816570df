"""Loaders bring every part of a network to the device that they are told, checked without owning a card.

torch's device `meta` keeps shapes only; a tensor that stays on the processor shows all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from restora.testing.placing import computing_on
from restora.testing.vectors import Case

VECTORS = Path(__file__).parents[1] / "vectors"


def gqir() -> list[nn.Module]:
    from restora_gqir.vectors.checkpoints import Checkpoints

    checkpoints, root = Checkpoints("fp32"), VECTORS / "gqir"
    return [
        checkpoints.built(root, "vae", lambda load: load.vae("bilinear", torch.float32), "qvae"),
        checkpoints.built(root, "text", lambda load: load.text(torch.float32), "text"),
        checkpoints.built(root, "unet", lambda load: load.unet(torch.float32), "unet", "lora"),
        checkpoints.built(root, "raft", lambda load: load.raft(), "raft"),
        checkpoints.built(root, "fusion", lambda load: load.fusion(), "fusion"),
    ]


def dmdiff() -> list[nn.Module]:
    from restora_dmdiff.vectors.checkpoints import Checkpoints

    checkpoints, root = Checkpoints(), VECTORS / "dmdiff"
    case = Case(root=root, path=root / "unet.npz")
    return [
        checkpoints.built(case, "vae", lambda load: load.vae(torch.float32), "vae", "checkpoint"),
        checkpoints.built(case, "unet", lambda load: load.unet(torch.float32), "unet", "checkpoint"),
        checkpoints.built(case, "musiq", lambda load: load.musiq(), "musiq"),
    ]


def gsvar() -> list[nn.Module]:
    from restora_gsvar.vectors.checkpoints import Checkpoints

    root = VECTORS / "gsvar"
    models = Checkpoints().models(Case(root=root, path=root / "bridge.npz"))
    assert isinstance(models.codes, nn.Module)
    return [models.vae, models.codes, models.codes.transformer, models.codes.refiner.net]


def held(networks: list[nn.Module]) -> Iterator[tuple[str, Tensor]]:
    for network in networks:
        yield from network.named_parameters()
        yield from network.named_buffers()


@pytest.mark.parametrize("load", [gqir, dmdiff, gsvar])
def test_no_part_of_a_network_stays_on_the_processor(load: Callable[[], list[nn.Module]]) -> None:
    with computing_on("meta"):
        strays = [name for name, tensor in held(load()) if tensor.device.type != "meta"]
    assert not strays
