"""The autoencoder layer by layer over strips of rows: the numbers of the whole picture, in bounded memory.

Between layers a picture lies in main memory, or on a card that has room to spare; only a strip of it, with
the rows around it that a convolution reaches, is computed with at any time. Group norms take their statistics
over all strips first, so the result differs from that of the whole picture by rounding alone. Attention sees
all of it, at its smallest size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own customary name
from torch import Tensor, nn

from restora.nets.latent_vae import BilinearUpsample, LatentVae

M = TypeVar("M", bound=nn.Module)


_AT_A_TIME = 3
"""Pictures between layers that exist at once: a block's input, its middle and its output."""
_SHARE = 0.25
"""Of a card's free memory that they may take; going through main memory is fifty times slower, but safe."""


class StripVae:
    """Encodes and decodes with at most about `side` x `side` pixels of a layer in computation at once.

    `each` is called before every strip.
    """

    def __init__(self, vae: LatentVae, *, side: int, each: Callable[[], None] = lambda: None) -> None:
        self._vae = vae
        self._area = side * side
        self._each = each
        weight = next(vae.parameters())
        self._device, self._dtype = weight.device, weight.dtype
        self._store = torch.device("cpu")

    def encode(self, pictures: Tensor) -> Tensor:
        """As `LatentVae.encode`; the result is on the device."""
        net = self._vae.encoder
        self._choose_store(_part(net, "conv_in", nn.Conv2d).out_channels, pictures.shape[2:])
        x = self._conv(self._stored(pictures), _part(net, "conv_in", nn.Conv2d))
        for block in _children(net, "down_blocks"):
            x = self._resnets(x, block)
            if _has(block, "downsamplers"):
                x = self._halved(x, _part(block, "downsamplers.0.conv", nn.Conv2d))
        x = self._end(self._middle(x, net), net)
        moments: Tensor = self._vae.quant_conv(x.to(self._device))
        mean, _spread = moments.chunk(2, dim=1)
        return mean

    def decode(self, latents: Tensor) -> Tensor:
        """As `LatentVae.decode`; the result is in main memory."""
        net, factor = self._vae.decoder, self._vae.shape.factor
        size = [factor * side for side in latents.shape[2:]]
        self._choose_store(_part(net, "conv_out", nn.Conv2d).in_channels, size)
        start: Tensor = self._vae.post_quant_conv(latents.to(self._device, self._dtype))
        x = self._middle(self._conv(self._stored(start), _part(net, "conv_in", nn.Conv2d)), net)
        for block in _children(net, "up_blocks"):
            x = self._resnets(x, block)
            if _has(block, "upsamplers"):
                x = self._doubled(x, block.get_submodule("upsamplers.0"))
        return self._end(x, net).cpu()

    def _choose_store(self, channels: int, size: Sequence[int]) -> None:
        """Where pictures of that size and of up to twice the channels lie between layers."""
        needed = _AT_A_TIME * 2 * channels * math.prod(size) * self._dtype.itemsize
        has_room = needed <= _SHARE * _free_bytes(self._device)
        self._store = self._device if has_room else torch.device("cpu")

    def _middle(self, x: Tensor, net: nn.Module) -> Tensor:
        x = self._resnet(x, net.get_submodule("mid_block.resnets.0"))
        attended: Tensor = net.get_submodule("mid_block.attentions.0")(x.to(self._device))
        return self._resnet(self._stored(attended), net.get_submodule("mid_block.resnets.1"))

    def _end(self, x: Tensor, net: nn.Module) -> Tensor:
        return self._conv(x, _part(net, "conv_out", nn.Conv2d), _part(net, "conv_norm_out", nn.GroupNorm))

    def _resnets(self, x: Tensor, block: nn.Module) -> Tensor:
        for resnet in _children(block, "resnets"):
            x = self._resnet(x, resnet)
        return x

    def _resnet(self, x: Tensor, block: nn.Module) -> Tensor:
        h = self._conv(x, _part(block, "conv1", nn.Conv2d), _part(block, "norm1", nn.GroupNorm))
        shortcut = _part(block, "conv_shortcut", nn.Conv2d) if _has(block, "conv_shortcut") else None
        change = self._norm(h, _part(block, "norm2", nn.GroupNorm))
        conv2 = _part(block, "conv2", nn.Conv2d)
        # Without a shortcut the sum takes the place of the block's input, which nobody needs any more.
        out = x if shortcut is None else self._empty(conv2.out_channels, *x.shape[2:])
        for top, bottom in self._strips(*x.shape[2:]):
            around = x[:, :, top:bottom].to(self._device)
            beside = around if shortcut is None else shortcut(around)
            out[:, :, top:bottom] = beside + self._strip(h, top, bottom, conv2, change)
        return out

    def _conv(self, x: Tensor, conv: nn.Conv2d, norm: nn.GroupNorm | None = None) -> Tensor:
        """A 3 x 3 convolution, after norm and activation where a norm is given."""
        change = None if norm is None else self._norm(x, norm)
        out = self._empty(conv.out_channels, *x.shape[2:])
        for top, bottom in self._strips(*x.shape[2:]):
            out[:, :, top:bottom] = self._strip(x, top, bottom, conv, change)
        return out

    def _strip(
        self, x: Tensor, top: int, bottom: int, conv: nn.Conv2d, change: Callable[[Tensor], Tensor] | None
    ) -> Tensor:
        """Rows `top` to `bottom` of a 3 x 3 convolution."""
        height = x.shape[2]
        rows = x[:, :, max(top - 1, 0) : min(bottom + 1, height)].to(self._device)
        if change is not None:
            rows = change(rows)
        return _conv_rows(rows, conv, is_top=top == 0, is_bottom=bottom == height)

    def _halved(self, x: Tensor, conv: nn.Conv2d) -> Tensor:
        """A convolution of stride 2 with one row and column of zeros after the last ones."""
        height, width = x.shape[2] // 2, x.shape[3] // 2
        out = self._empty(conv.out_channels, height, width)
        for top, bottom in self._strips(height, width):
            rows = x[:, :, 2 * top : 2 * bottom + 1].to(self._device)
            missing = 2 * (bottom - top) + 1 - rows.shape[2]
            padded = F.pad(rows, (0, 1, 0, missing))
            out[:, :, top:bottom] = F.conv2d(padded, conv.weight, conv.bias, stride=2)
        return out

    def _doubled(self, x: Tensor, upsample: nn.Module) -> Tensor:
        """Twice as large, then a 3 x 3 convolution."""
        conv = _part(upsample, "conv", nn.Conv2d)
        mode = "bilinear" if isinstance(upsample, BilinearUpsample) else "nearest"
        small, height, width = x.shape[2], 2 * x.shape[2], 2 * x.shape[3]
        out = self._empty(conv.out_channels, height, width)
        for top, bottom in self._strips(height, width):
            # One more row than the interpolation reaches at either side, so that no inner row sees a border.
            low, high = max((top - 1) // 2 - 1, 0), min((bottom + 1) // 2 + 2, small)
            larger = F.interpolate(x[:, :, low:high].to(self._device), scale_factor=2.0, mode=mode)
            first, last = max(top - 1, 0), min(bottom + 1, height)
            rows = larger[:, :, first - 2 * low : last - 2 * low]
            out[:, :, top:bottom] = _conv_rows(rows, conv, is_top=top == 0, is_bottom=bottom == height)
        return out

    def _norm(self, x: Tensor, norm: nn.GroupNorm) -> Callable[[Tensor], Tensor]:
        """What normalises and activates a strip of `x` with the statistics of all of it."""
        channels, height, width = x.shape[1:]
        sums = torch.zeros((2, channels), dtype=torch.float64, device=self._device)
        for top, bottom in self._strips(height, width):
            rows = x[0, :, top:bottom].to(self._device).double().flatten(1)
            sums += torch.stack([rows.sum(dim=1), rows.square().sum(dim=1)])
        grouped = sums.reshape(2, norm.num_groups, -1).sum(dim=2) / (
            channels // norm.num_groups * height * width
        )
        mean, squares = grouped.repeat_interleave(channels // norm.num_groups, dim=1)
        scale = norm.weight.double() / (squares - mean.square()).clamp(min=0).add(norm.eps).sqrt()
        shift = norm.bias.double() - mean * scale
        factor, offset = (part.float()[:, None, None] for part in (scale, shift))

        def normed(rows: Tensor) -> Tensor:
            return F.silu(rows.float() * factor + offset).to(rows.dtype)

        return normed

    def _strips(self, height: int, width: int) -> Iterator[tuple[int, int]]:
        rows = max(1, self._area // width)
        for top in range(0, height, rows):
            self._each()
            yield top, min(top + rows, height)

    def _stored(self, x: Tensor) -> Tensor:
        """Where pictures lie, and never the caller's own tensor, because sums are written in place."""
        return x.detach().to(self._store, self._dtype, copy=True)

    def _empty(self, channels: int, height: int, width: int) -> Tensor:
        return torch.empty((1, channels, height, width), dtype=self._dtype, device=self._store)


def _free_bytes(device: torch.device) -> float:
    """Of a card, what torch keeps in reserve included; main memory is where pictures lie anyway."""
    if device.type != "cuda":
        return 0.0
    reserve = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return float(torch.cuda.mem_get_info(device)[0] + reserve)


def _conv_rows(rows: Tensor, conv: nn.Conv2d, *, is_top: bool, is_bottom: bool) -> Tensor:
    """A 3 x 3 convolution over rows that bring their neighbours along, except at the picture's own border."""
    padded = F.pad(rows, (0, 0, int(is_top), int(is_bottom)))
    return F.conv2d(padded, conv.weight, conv.bias, padding=(0, 1))


def _has(module: nn.Module, name: str) -> bool:
    return getattr(module, name, None) is not None


def _children(module: nn.Module, name: str) -> Iterator[nn.Module]:
    return iter(module.get_submodule(name).children())


def _part(module: nn.Module, name: str, kind: type[M]) -> M:
    part = module.get_submodule(name)
    assert isinstance(part, kind), f"{name} is a {type(part).__name__}, expected {kind.__name__}"
    return part
