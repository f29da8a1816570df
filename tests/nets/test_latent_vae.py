from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import pytest
import torch

from restora.errors import WeightsFormatError
from restora.nets.latent_strips import StripVae
from restora.nets.latent_vae import LatentVae, build_vae, vae_shape

Filled = Callable[[str], dict[str, torch.Tensor]]
TOLERANCE = 5e-5
"""Float32 in another order of summation; the largest seen is 1e-5, and 4e-5 where one latent is a picture."""


@pytest.fixture(scope="module", params=["bilinear", "nearest"])
def vae(request: pytest.FixtureRequest, filled: Filled) -> LatentVae:
    return build_vae(filled("qvae/manifest.json"), upsampling=request.param, source="vectors")


@pytest.mark.parametrize(("height", "width"), [(64, 64), (72, 136), (8, 8), (136, 8)])
@pytest.mark.parametrize("side", [8, 40, 1000])
def test_strips_give_what_the_whole_picture_gives(vae: LatentVae, height: int, width: int, side: int) -> None:
    torch.manual_seed(0)
    pictures = torch.rand(1, 3, height, width) * 2 - 1
    with torch.inference_mode():
        latents = vae.encode(pictures)
        decoded = vae.decode(latents)
        strips = StripVae(vae, side=side)
        torch.testing.assert_close(strips.encode(pictures), latents, atol=TOLERANCE, rtol=0)
        torch.testing.assert_close(strips.decode(latents), decoded, atol=TOLERANCE, rtol=0)


def test_strips_change_neither_pictures_nor_latents(vae: LatentVae) -> None:
    pictures, latents = torch.rand(1, 3, 16, 16), torch.rand(1, 4, 2, 2)
    kept = pictures.clone(), latents.clone()
    strips = StripVae(vae, side=8)
    strips.encode(pictures)
    strips.decode(latents)
    assert torch.equal(pictures, kept[0])
    assert torch.equal(latents, kept[1])


def test_every_strip_gives_a_chance_to_stop(vae: LatentVae) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        StripVae(vae, side=8, each=stop).encode(torch.rand(1, 3, 16, 16))


def test_the_shape_follows_from_the_tensors(filled: Filled) -> None:
    shape = vae_shape({n: tuple(t.shape) for n, t in filled("qvae/manifest.json").items()}, source="x")
    assert (shape.widths, shape.blocks, shape.latent, shape.factor) == ((32, 64, 64, 64), 1, 4, 8)
    assert shape.has_quant_convs


def test_an_autoencoder_without_quant_convolutions_and_with_more_latents_is_taken(filled: Filled) -> None:
    tensors = {n: t for n, t in filled("qvae/manifest.json").items() if "quant_conv" not in n}
    tensors["encoder.conv_out.weight"] = torch.zeros(32, 64, 3, 3)
    tensors["encoder.conv_out.bias"] = torch.zeros(32)
    tensors["decoder.conv_in.weight"] = torch.zeros(64, 16, 3, 3)
    vae = build_vae(tensors, upsampling="nearest", source="sd35")
    assert vae.encode(torch.zeros(1, 3, 16, 16)).shape == (1, 16, 2, 2)


def test_other_networks_are_refused_by_name(filled: Filled) -> None:
    with pytest.raises(WeightsFormatError, match=r"other\.pt: not an autoencoder in the CompVis layout"):
        build_vae(filled("unet/manifest_lora.json"), upsampling="nearest", source="other.pt")
    tensors = filled("qvae/manifest.json")
    tensors["encoder.down.0.attn.0.q.weight"] = torch.zeros(1)
    with pytest.raises(WeightsFormatError, match="an autoencoder of an unknown kind"):
        build_vae(tensors, upsampling="nearest", source="other.pt")
    tensors = filled("qvae/manifest.json")
    tensors["encoder.mid.block_1.norm1.weight"] = torch.zeros(5)
    with pytest.raises(WeightsFormatError, match="its tensors do not fit together"):
        build_vae(tensors, upsampling="nearest", source="other.pt")


@pytest.mark.parametrize(("free", "place"), [(4 * 3 * 2 * 8 * 64 * 64 * 4, "meta"), (100_000, "cpu")])
def test_pictures_lie_on_a_card_only_where_a_quarter_of_its_free_memory_holds_them(
    vae: LatentVae, monkeypatch: pytest.MonkeyPatch, free: int, place: str
) -> None:
    monkeypatch.setattr("restora.nets.latent_strips._free_bytes", lambda _device: float(free))
    strips = StripVae(deepcopy(vae).to("meta"), side=8)
    strips._choose_store(8, (64, 64))
    assert strips._store.type == place
