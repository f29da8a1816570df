"""The autoencoder of Stable Diffusion from published files in the CompVis layout, built on diffusers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn

from restora.errors import WeightsFormatError

Upsampling: TypeAlias = Literal["nearest", "bilinear"]

_GROUPS = 32
_RENAMED = (
    (re.compile(r"\.down\.(\d+)\.block\.(\d+)\."), r".down_blocks.\1.resnets.\2."),
    (re.compile(r"\.down\.(\d+)\.downsample\."), r".down_blocks.\1.downsamplers.0."),
    (re.compile(r"\.mid\.block_1\."), ".mid_block.resnets.0."),
    (re.compile(r"\.mid\.block_2\."), ".mid_block.resnets.1."),
    (re.compile(r"\.mid\.attn_1\.norm\."), ".mid_block.attentions.0.group_norm."),
    (re.compile(r"\.mid\.attn_1\.([qkv])\."), r".mid_block.attentions.0.to_\1."),
    (re.compile(r"\.mid\.attn_1\.proj_out\."), ".mid_block.attentions.0.to_out.0."),
    (re.compile(r"\.nin_shortcut\."), ".conv_shortcut."),
    (re.compile(r"^(encoder|decoder)\.norm_out\."), r"\1.conv_norm_out."),
)
_UP = re.compile(r"\.up\.(\d+)\.(block\.(\d+)|upsample)\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class VaeShape:
    """The hyper-parameters of an autoencoder, as the shapes of its tensors show them."""

    widths: tuple[int, ...]
    """Channels of each level, the finest first."""
    blocks: int
    """Residual blocks per level of the encoder; the decoder has one more."""
    latent: int
    has_quant_convs: bool
    colours: int = 3

    @property
    def factor(self) -> int:
        """Pixels per latent and side."""
        return int(2 ** (len(self.widths) - 1))


def vae_shape(shapes: Mapping[str, tuple[int, ...]], *, source: object) -> VaeShape:
    """The hyper-parameters behind named shapes; WeightsFormatError, naming `source`, for another network."""
    levels = {int(m.group(1)) for m in map(re.compile(r"encoder\.down\.(\d+)\.block\.").match, shapes) if m}
    try:
        widths = tuple(
            shapes[f"encoder.down.{level}.block.0.conv1.weight"][0] for level in range(len(levels))
        )
        blocks = sum(bool(re.match(r"encoder\.down\.0\.block\.\d+\.conv1\.weight$", name)) for name in shapes)
        latent = shapes["decoder.conv_in.weight"][1]
        colours = shapes["encoder.conv_in.weight"][1]
        moments = shapes["encoder.conv_out.weight"][0]
    except (KeyError, IndexError) as error:
        raise WeightsFormatError(source, f"not an autoencoder in the CompVis layout: {error}") from error
    if not widths or moments != 2 * latent or any(".attn." in name for name in shapes):
        raise WeightsFormatError(source, "an autoencoder of an unknown kind: attention or moments do not fit")
    return VaeShape(
        widths=widths,
        blocks=blocks,
        latent=latent,
        has_quant_convs="quant_conv.weight" in shapes,
        colours=colours,
    )


def diffusers_name(name: str, levels: int) -> str:
    """The name that diffusers gives to a tensor of the CompVis layout; `levels` reverses the way up."""
    for pattern, new in _RENAMED:
        name = pattern.sub(new, name)

    def turned(match: re.Match[str]) -> str:
        part = "upsamplers.0" if match.group(3) is None else f"resnets.{match.group(3)}"
        return f".up_blocks.{levels - 1 - int(match.group(1))}.{part}."

    return _UP.sub(turned, name)


class BilinearUpsample(nn.Module):
    """Twice as large, bilinear between pixel centres, then the convolution of the upsampler it replaces."""

    def __init__(self, conv: nn.Module) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, x: Tensor, *_unused: object, **_also: object) -> Tensor:
        """B x C x h x w to B x C x 2h x 2w; diffusers passes a size that is not needed here."""
        larger = nn.functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        enlarged: Tensor = self.conv(larger)
        return enlarged


class LatentVae(nn.Module):
    """Pictures to latents and back. Nothing is drawn at random: the mean stands for the distribution."""

    def __init__(self, parts: nn.Module, shape: VaeShape) -> None:
        super().__init__()
        self.shape = shape
        self.encoder = parts.get_submodule("encoder")
        self.decoder = parts.get_submodule("decoder")
        self.quant_conv = parts.get_submodule("quant_conv") if shape.has_quant_convs else nn.Identity()
        self.post_quant_conv = (
            parts.get_submodule("post_quant_conv") if shape.has_quant_convs else nn.Identity()
        )

    def encode(self, pictures: Tensor) -> Tensor:
        """The mean of the latent distribution, B x z x h x w, of B x 3 x H x W in -1..1."""
        mean, _spread = self.moments(pictures).chunk(2, dim=1)
        return mean

    def moments(self, pictures: Tensor) -> Tensor:
        """Means, then logarithms of variances, along the channels."""
        found: Tensor = self.quant_conv(self.encoder(pictures))
        return found

    def decode(self, latents: Tensor) -> Tensor:
        """Pictures B x 3 x H x W, unclamped, in the range the network was trained for."""
        pictures: Tensor = self.decoder(self.post_quant_conv(latents))
        return pictures


def build_vae(tensors: Mapping[str, Tensor], *, upsampling: Upsampling, source: object) -> LatentVae:
    """The network with its weights, in evaluation mode, in the type the tensors have.

    `tensors` carry CompVis names. Raises WeightsFormatError, naming `source`, where they do not fit.
    """
    shape = vae_shape({name: tuple(tensor.shape) for name, tensor in tensors.items()}, source=source)
    with torch.device("meta"):
        parts: nn.Module = AutoencoderKL(
            in_channels=shape.colours,
            out_channels=shape.colours,
            down_block_types=("DownEncoderBlock2D",) * len(shape.widths),
            up_block_types=("UpDecoderBlock2D",) * len(shape.widths),
            block_out_channels=shape.widths,
            layers_per_block=shape.blocks,
            latent_channels=shape.latent,
            norm_num_groups=_GROUPS,
            use_quant_conv=shape.has_quant_convs,
            use_post_quant_conv=shape.has_quant_convs,
        )
    named = {diffusers_name(name, len(shape.widths)): _as_linear(name, t) for name, t in tensors.items()}
    try:
        parts.load_state_dict(named, assign=True)
    except RuntimeError as error:
        raise WeightsFormatError(source, f"its tensors do not fit together ({error})") from error
    vae = LatentVae(parts, shape)
    if upsampling == "bilinear":
        _swap_upsamplers(vae.decoder, len(shape.widths))
    return vae.eval().requires_grad_(requires_grad=False)


def _swap_upsamplers(decoder: nn.Module, levels: int) -> None:
    for level in range(levels - 1):
        place = f"up_blocks.{level}.upsamplers.0"
        decoder.set_submodule(place, BilinearUpsample(decoder.get_submodule(f"{place}.conv")))


def _as_linear(name: str, tensor: Tensor) -> Tensor:
    """Attention's 1 x 1 convolutions are linear layers in diffusers."""
    is_projection = ".attn_1." in name and tensor.ndim == 4
    return tensor[:, :, 0, 0] if is_projection else tensor
