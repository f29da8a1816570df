"""Windows in which nothing shows need no network, and change nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from torch import Tensor

from restora.data.image import Image
from restora.data.item import Item, Probe
from restora.data.kinds import Kind
from restora_gsvar.fitting import Extent, Fit, Fitting
from restora_gsvar.net import pictures
from restora_gsvar.net.generating import CodeModel

Room = Any
Render = Callable[..., Item]


def with_alpha(item: Item, alpha: np.ndarray) -> Item:
    """The colours of an item under another alpha."""
    pixels = np.concatenate([item.image().pixels[:, :, :3], alpha[:, :, None]], axis=2)
    height, width = alpha.shape
    probe = Probe(kind=Kind.IMAGE, format="memory", width=width, height=height, channels=4)
    return Item(name="cut-out.png", probe=probe, load=lambda: Image(pixels=pixels.astype(np.float32)))


@pytest.fixture
def latents(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Of every picture that is decoded."""
    seen: list[np.ndarray] = []
    plain = pictures.decoded

    def decoded(vae: Any, latent: Tensor, *rest: Any, **named: Any) -> Tensor:
        seen.append(latent.numpy())
        return plain(vae, latent, *rest, **named)

    monkeypatch.setattr(pictures, "decoded", decoded)
    return seen


def test_hidden_windows_are_left_out_and_the_others_find_the_same_latents(
    room: Room, render: Render, latents: list[np.ndarray]
) -> None:
    item, alpha = render(240, 96), np.zeros((96, 240), np.float32)
    alpha[:, :96] = 1  # the windows begin at 0, 48, 96 and 144
    part = room.run("fix", with_alpha(item, alpha), overlap=4)
    whole = room.run("fix", with_alpha(item, np.ones_like(alpha)), overlap=4)
    assert (part.info["tiles"], whole.info["tiles"]) == (2, 4)
    assert_array_equal(latents[0][:, :, :, :6], latents[1][:, :, :, :6])
    assert_array_equal(part.image.pixels[:, :, 3], alpha)


def test_what_only_hidden_windows_see_stays_as_it_was(room: Room, render: Render) -> None:
    item, alpha = render(240, 96), np.zeros((96, 240), np.float32)
    alpha[40, 20] = 0.5
    found = room.run("fix", with_alpha(item, alpha), overlap=4)
    assert found.info["tiles"] == 1
    before = item.image().pixels
    assert_array_equal(found.image.pixels[:, 96:, :3], before[:, 96:])
    assert np.abs(found.image.pixels[:, :96, :3] - before[:, :96]).max() > 0.05


@pytest.mark.parametrize("size", [(240, 96), (60, 40)])
def test_a_picture_in_which_nothing_shows_asks_no_network(
    size: tuple[int, int], room: Room, render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("nothing is to be generated")

    monkeypatch.setattr(CodeModel, "generate", never)
    item = render(*size)
    found = room.run("fix", with_alpha(item, np.zeros(size[::-1], np.float32)), extent="tiles")
    assert found.info["tiles"] == 0
    assert_array_equal(found.image.pixels[:, :, :3], item.image().pixels)


@pytest.mark.parametrize("fit", Fit)
@pytest.mark.parametrize("extent", Extent)
def test_the_smallest_thing_that_shows_is_found_again_at_the_networks_size(fit: Fit, extent: Extent) -> None:
    alpha = np.zeros((301, 517), np.float32)
    alpha[170, 333] = 1e-3
    fitted = Fitting(side=6, fit=fit, extent=extent, overlap=3).fitted(np.zeros((301, 517, 3)), alpha)
    assert fitted.shown
    assert fitted.opaque is not None
    assert fitted.opaque.any()
    if fitted.is_tiled:
        assert len(fitted.shown) < len(fitted.plan.tiles())
