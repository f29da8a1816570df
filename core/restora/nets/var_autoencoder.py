"""The convolutional autoencoder of VAR and its descendants: pictures to latents of 1/16 their size, and back.

Modules keep the published names. Encoders hand out their features, because a bridge may want them.
"""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812  # torch's own customary name
from torch import Tensor, nn

GROUPS, EPSILON = 32, 1e-6


class GroupNorm(nn.GroupNorm):
    """As all of the autoencoder's norms are."""

    def __init__(self, channels: int) -> None:
        super().__init__(GROUPS, channels, eps=EPSILON)


class ResidualBlock(nn.Module):
    """Two normalised convolutions upon a shortcut."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.norm1 = GroupNorm(channels_in)
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        self.norm2 = GroupNorm(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        self.nin_shortcut: nn.Module = nn.Identity()
        if channels_in != channels_out:
            self.nin_shortcut = nn.Conv2d(channels_in, channels_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """B x C x h x w to B x C' x h x w."""
        h = self.conv1(F.silu(self.norm1(x), inplace=True))
        h = self.conv2(F.silu(self.norm2(h), inplace=True))
        changed: Tensor = h.add_(self.nin_shortcut(x))
        return changed


class SpatialAttention(nn.Module):
    """Every position looks at all others, with one head."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = GroupNorm(channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.proj_out = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """B x C x h x w."""
        q, k, v = (
            part.flatten(2).transpose(1, 2)[:, None] for part in self.qkv(self.norm(x)).chunk(3, dim=1)
        )
        seen = F.scaled_dot_product_attention(q, k, v)  # B x 1 x (h·w) x C
        attended: Tensor = x + self.proj_out(seen[:, 0].transpose(1, 2).reshape(x.shape))
        return attended


class Middle(nn.Module):
    """Between the way down and the way up."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.block_1 = ResidualBlock(channels, channels)
        self.attn_1 = SpatialAttention(channels)
        self.block_2 = ResidualBlock(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """B x C x h x w."""
        changed: Tensor = self.block_2(self.attn_1(self.block_1(x)))
        return changed


class Halving(nn.Module):
    """A convolution of stride 2 with one row and column of zeros after the last ones."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """B x C x h x w to B x C x h/2 x w/2."""
        halved: Tensor = self.conv(F.pad(x, (0, 1, 0, 1)))
        return halved


class Doubling(nn.Module):
    """Every pixel four times, then a convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """B x C x h x w to B x C x 2h x 2w."""
        doubled: Tensor = self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))
        return doubled


class Level(nn.Module):
    """Residual blocks at one size, each followed by attention at the smallest."""

    def __init__(self, channels_in: int, channels_out: int, blocks: int, *, attends: bool) -> None:
        super().__init__()
        widths = [channels_in, *(channels_out for _ in range(blocks))]
        self.block = nn.ModuleList(ResidualBlock(widths[i], widths[i + 1]) for i in range(blocks))
        self.attn = nn.ModuleList(SpatialAttention(channels_out) for _ in range(blocks if attends else 0))

    def forward(self, x: Tensor) -> Tensor:
        """B x C x h x w to B x C' x h x w, before any change of size."""
        for index, block in enumerate(self.block):
            x = block(x)
            if self.attn:
                x = self.attn[index](x)
        return x


class Encoder(nn.Module):
    """`widths` are those of the levels, from full size to 1/16."""

    def __init__(self, widths: tuple[int, ...], blocks: int, latent: int) -> None:
        super().__init__()
        last = len(widths) - 1
        self.conv_in = nn.Conv2d(3, widths[0], 3, padding=1)
        before = (widths[0], *widths[:-1])
        self.down = nn.ModuleList(
            Level(before[level], widths[level], blocks, attends=level == last) for level in range(last + 1)
        )
        for level in range(last):
            self.down[level].add_module("downsample", Halving(widths[level]))
        self.mid = Middle(widths[-1])
        self.norm_out = GroupNorm(widths[-1])
        self.conv_out = nn.Conv2d(widths[-1], latent, 3, padding=1)

    def forward(self, picture: Tensor) -> Tensor:
        """B x 3 x H x W in -1..1 to B x latent x H/16 x W/16."""
        x = self.narrowed(picture)
        out: Tensor = self.conv_out(F.silu(self.norm_out(self.mid(x)), inplace=True))
        return out

    def narrowed(self, picture: Tensor, features: list[Tensor] | None = None) -> Tensor:
        """After all levels; the first convolution's and every level's output are added to `features`."""
        x: Tensor = self.conv_in(picture)
        if features is not None:
            features.append(x)
        for level in self.down:
            x = level(x)
            if features is not None:
                features.append(x)
            if hasattr(level, "downsample"):
                x = level.get_submodule("downsample")(x)
        return x


class Decoder(nn.Module):
    """The way back; `widths` as the encoder's."""

    def __init__(self, widths: tuple[int, ...], blocks: int, latent: int) -> None:
        super().__init__()
        last = len(widths) - 1
        self.widths = widths
        self.conv_in = nn.Conv2d(latent, widths[-1], 3, padding=1)
        self.mid = Middle(widths[-1])
        before = (*widths[1:], widths[-1])
        self.up = nn.ModuleList(
            Level(before[level], widths[level], blocks, attends=level == last) for level in range(last + 1)
        )
        for level in range(1, last + 1):
            self.up[level].add_module("upsample", Doubling(widths[level]))
        self.norm_out = GroupNorm(widths[0])
        self.conv_out = nn.Conv2d(widths[0], 3, 3, padding=1)

    def forward(self, latents: Tensor) -> Tensor:
        """B x latent x h x w to B x 3 x 16h x 16w, not clamped."""
        x = self.mid(self.conv_in(latents))
        for level in range(len(self.widths) - 1, -1, -1):
            x = self.raised(level, x)
        return self.finished(x)

    def raised(self, level: int, x: Tensor) -> Tensor:
        """After the blocks of a level and, but for the last one, twice as large."""
        part = self.up[level]
        raised: Tensor = part(x)
        if level:
            raised = part.get_submodule("upsample")(raised)
        return raised

    def finished(self, x: Tensor) -> Tensor:
        """The last norm and convolution."""
        picture: Tensor = self.conv_out(F.silu(self.norm_out(x), inplace=True))
        return picture
